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
        ("go-1.19-build-failed.txt", 2, "error"),
        ("go-1.22-build-failed.txt", 1, "error"),
        ("go-1.27-build-failed.txt", 1, "error"),
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


@pytest.mark.parametrize("version", ["1.19", "1.22", "1.27"])
def test_packages_that_cannot_be_built_are_errors_in_every_version(recorded, tmp_path, version):
    environ = recorded("go", f"go-{version}-build-failed.txt", 1)

    run = Go(environ).run(["go", "test", "./..."], tmp_path, 20)

    told = {case.id: (case.outcome, case.message.partition("\n")[0]) for case in run.cases}
    dep = told.pop("example.com/shop/dep")
    pay = told.pop("example.com/shop/pay")
    assert told == {"example.com/shop/ok::TestOk": ("passed", "")}
    assert dep[0] == pay[0] == "error"
    assert "undefined: Refund" in next(c.message for c in run.cases if c.id.endswith("/pay"))
    assert "package example.com/shop/three" in next(
        case.message for case in run.cases if case.id.endswith("/dep")
    )


def test_a_test_that_prints_of_a_failed_build_makes_no_package_an_error(recorded, tmp_path):
    (tmp_path / "said.jsonl").write_text(
        '{"Action":"run","Package":"pay","Test":"TestA"}\n'
        '{"Action":"output","Package":"pay","Test":"TestA",'
        '"Output":"FAIL\\tpay [build failed]\\n"}\n'
        '{"Action":"pass","Package":"pay","Test":"TestA"}\n'
    )
    run = Go(recorded("go", str(tmp_path / "said.jsonl"), 0)).run(["go", "test"], tmp_path, 20)

    assert [(case.id, case.outcome) for case in run.cases] == [("pay::TestA", "passed")]


def test_a_test_file_is_its_package(recorded, tmp_path):
    environ = recorded("go", "go-test.jsonl", 1)

    Go(environ).run(["go", "test", "pay/pay_test.go::TestBad", "pay/pay_test.go"], tmp_path, 20)

    arguments = Path(environ["ARGUMENTS"], "arguments").read_text().splitlines()
    assert arguments == ["test", "-json", "-run", "^(TestBad)$", "./pay"]


@pytest.mark.parametrize(
    "said",
    [
        'go: warning: "./..." matched no packages\nno packages to test\n',
        "stat /home/dev/shop/pay: directory not found\n",
    ],
)
def test_where_there_is_no_package_yet_there_is_no_test(recorded, tmp_path, said):
    (tmp_path / "said.txt").write_text(said)
    run = Go(recorded("go", str(tmp_path / "said.txt"), 1)).run(["go", "test"], tmp_path, 20)

    assert run_class(run) == "none"


def test_output_that_is_no_report_is_a_crash(recorded, tmp_path):
    run = Go(recorded("go", "cargo-no-tests.txt", 1)).run(["go", "test"], tmp_path, 20)

    assert run_class(run) == "crash"
