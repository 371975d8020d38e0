"""go test as a runner, from recordings of the real tool."""

from pathlib import Path

import pytest

from ai_sessions.gate import run_class
from ai_sessions.testing.runners.go import Go


@pytest.mark.parametrize(
    ("fixture", "code", "wanted"),
    [
        ("go-test.jsonl", 1, "fail"),
        ("go-build-failed.jsonl", 1, "error"),
        ("go-no-tests.jsonl", 0, "none"),
    ],
)
def test_the_class_comes_from_counted_cases(recorded, tmp_path, fixture, code, wanted):
    run = Go(recorded("go", fixture, code)).run(["go", "test", "./..."], tmp_path, 20)

    assert run_class(run) == wanted


def test_ids_name_package_test_and_subtest(recorded, tmp_path):
    run = Go(recorded("go", "go-test.jsonl", 1)).run(["go", "test", "./..."], tmp_path, 20)

    assert {case.id: case.outcome for case in run.cases} == {
        "example.com/shop/pay::TestOk": "passed",
        "example.com/shop/pay::TestBad/sub_a": "failed",
        "example.com/shop/pay::TestBad": "failed",
        "example.com/shop/pay::TestSkip": "skipped",
    }
    assert "pay_test.go:4: no: 1" in run.output


def test_a_build_that_failed_says_what_is_undefined(recorded, tmp_path):
    run = Go(recorded("go", "go-build-failed.jsonl", 1)).run(["go", "test"], tmp_path, 20)

    assert "undefined: Refund" in run.cases[0].message


def test_a_test_file_is_its_package(recorded, tmp_path):
    environ = recorded("go", "go-test.jsonl", 1)

    Go(environ).run(["go", "test", "pay/pay_test.go::TestBad", "pay/pay_test.go"], tmp_path, 20)

    arguments = Path(environ["ARGUMENTS"], "arguments").read_text().splitlines()
    assert arguments == ["test", "-json", "-run", "^(TestBad)$", "./pay"]


def test_output_that_is_no_report_is_a_crash(recorded, tmp_path):
    run = Go(recorded("go", "cargo-no-tests.txt", 1)).run(["go", "test"], tmp_path, 20)

    assert run_class(run) == "crash"
