"""A report that a test process wrote is read with distrust."""

import pytest

from ai_sessions.testing import junit

WHOLE = b'<testsuites><testsuite><testcase name="a"/><testcase name="b"/></testsuite></testsuites>'


@pytest.fixture
def report(tmp_path):
    def write(content):
        path = tmp_path / "report.xml"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("content", [WHOLE, b"<testsuite></testsuite>\n\n", b"x" * 99 + WHOLE])
def test_a_report_with_its_closing_tag_is_whole(report, content):
    assert junit.is_whole(report(content))


@pytest.mark.parametrize("content", [b"", WHOLE[:-1], b"</testsuite> and more", WHOLE + b" " * 99])
def test_any_other_is_not(report, content):
    assert not junit.is_whole(report(content))


def test_cases_come_in_their_order(report):
    assert [one.get("name") for one in junit.testcases(report(WHOLE))] == ["a", "b"]


def test_a_report_without_cases_is_not_one_that_cannot_be_read(report):
    assert junit.testcases(report(b"<testsuite/>")) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<testsuite>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><testsuite/>',
        b"<!DOCTYPE a><testsuite/>",
        b"<testsuite><testcase/></testsuite><!ENTITY",
        '<?xml version="1.0" encoding="utf-16"?><testsuite/>'.encode("utf-16"),
        b"<testsuite name='\xff'/>",
    ],
)
def test_what_cannot_be_read_is_no_report(report, content):
    assert junit.testcases(report(content)) is None


def test_no_report_and_one_too_large_are_none(report, tmp_path):
    large = report(WHOLE)
    with large.open("r+b") as file:
        file.truncate((64 << 20) + 1)

    assert junit.testcases(large) is None
    assert junit.testcases(tmp_path / "absent") is None
    assert not junit.is_whole(tmp_path / "absent")


def test_a_suite_that_is_closed_within_the_report_does_not_make_it_whole(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text('<?xml version="1.0"?>\n<testsuites>\n<testsuite name="a"></testsuite>\n')
    assert not junit.is_whole(report)

    with report.open("a") as file:
        file.write("</testsuites>\n")
    assert junit.is_whole(report)
