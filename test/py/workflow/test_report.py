"""What checks come to, and how it is told."""

from xml.etree import ElementTree

import pytest

from ai_sessions.workflow.report import Check, Report, lower, page, plain, verdict_of

OK, FAILED = Check("T1.1 tests", "ok", "3 passed", 1500), Check("suite", "failed", "1 < 2")
OPEN, NOTED = Check("set-up", "open", "no network"), Check("T1.2", "noted")
REPORT = Report(
    "pay", "NO-GO", "1234567890", (OK, FAILED, OPEN, NOTED), ("why?",), ("late",), "f.md", "x.sh"
)


@pytest.mark.parametrize(
    ("checks", "verdict", "strictly"),
    [
        ([OK], "GO", "GO"),
        ([OK, NOTED], "GO", "NO-GO"),
        ([OK, OPEN], "MANUAL", "NO-GO"),
        ([OPEN, FAILED], "NO-GO", "NO-GO"),
        ([FAILED], "NO-GO", "NO-GO"),
        ([NOTED], "MANUAL", "NO-GO"),
        ([], "MANUAL", "MANUAL"),
    ],
)
def test_the_verdict_follows_from_the_checks(checks, verdict, strictly):
    assert verdict_of(checks, strict=False) == verdict
    assert verdict_of(checks, strict=True) == strictly


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        *(("GO", "MANUAL", "MANUAL"), ("GO", "NO-GO", "NO-GO"), ("MANUAL", "NO-GO", "NO-GO")),
        *(("NO-GO", "GO", "NO-GO"), ("MANUAL", "GO", "MANUAL"), ("GO", "GO", "GO")),
        *(("GO", "fine", "GO"), ("NO-GO", "", "NO-GO")),
    ],
)
def test_of_two_verdicts_the_worse_one_counts(one, other, wanted):
    assert lower(one, other) == wanted


@pytest.mark.parametrize(
    ("verdict", "refused", "code"),
    [("GO", 0, 0), ("GO", 5, 5), ("MANUAL", 0, 6), ("NO-GO", 0, 1), ("NO-GO", 5, 1)],
)
def test_the_exit_code_is_the_verdicts_or_that_of_a_refused_commit(verdict, refused, code):
    given = (refused,) if refused else ()  # no commit was asked for, or it was made
    report = Report("pay", verdict, "", (), (), (), "", "", *given)

    assert report.exit_code == code


def test_people_read_the_verdict_first_then_each_check():
    assert REPORT.lines() == [
        "NO-GO   pay at 1234567   1 of 4 checks ok   f.md",
        "  ok            T1.1 tests: 3 passed",
        "  FAILED        suite: 1 < 2",
        "  not verified  set-up: no network",
        "  noted         T1.2",
        "  objection: why?",
        "  note: late",
    ]


def test_words_that_judge_can_be_given_a_colour():
    lines = REPORT.lines(lambda word: f"<{word}>")

    assert lines[0].startswith("<NO-GO>   pay")
    assert lines[1] == "  <ok          >  T1.1 tests: 3 passed"


def test_a_page_has_a_part_for_objections_and_notes_where_there_are_some():
    assert page(REPORT).splitlines() == [
        *("# NO-GO: pay", "", "Commit 1234567890", ""),
        *(f"- {check.shown()}" for check in REPORT.checks),
        *("", "## Objections", "", "- why?", "", "## Notes", "", "- late"),
    ]
    assert "##" not in page(Report("pay", "GO", "1", (OK,), (), (), "", ""))


def test_programs_read_the_same():
    facts = REPORT.facts()

    assert plain(NOTED) == {"name": "T1.2", "status": "noted", "told": "", "duration_ms": 0}
    assert facts["checks"] == [plain(check) for check in REPORT.checks]
    assert facts["checks"][0] == {
        **{"name": "T1.1 tests", "status": "ok", "told": "3 passed", "duration_ms": 1500}
    }
    del facts["checks"]
    assert facts == {
        **{"feature": "pay", "verdict": "NO-GO", "commit": "1234567890", "reasons": ["why?"]},
        **{"notes": ["late"], "file": "f.md", "next": "x.sh"},
    }


def test_ci_systems_read_junit():
    suite = ElementTree.fromstring(REPORT.junit())  # noqa: S314

    assert suite.attrib == {**{"name": "verify pay", "tests": "4", "failures": "1", "skipped": "1"}}
    cases = {case.get("name"): case for case in suite}
    assert cases["T1.1 tests"].attrib == {
        **{"classname": "pay", "name": "T1.1 tests", "time": "1.500"}
    }
    assert cases["suite"].find("failure").get("message") == "1 < 2"
    assert cases["set-up"].find("skipped").get("message") == "no network"
    assert [len(case) for case in suite] == [0, 1, 1, 0]
