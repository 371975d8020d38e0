"""cargo test as a runner, from recordings of the real tool."""

from pathlib import Path

import pytest

from ai_sessions.gate import run_class
from ai_sessions.testing.runners.cargo import Cargo


@pytest.mark.parametrize(
    ("fixture", "code", "wanted"),
    [
        ("cargo-test.txt", 101, "fail"),
        ("cargo-build-failed.txt", 101, "error"),
        ("cargo-no-tests.txt", 0, "none"),
        ("go-no-tests.jsonl", 101, "crash"),
    ],
)
def test_the_class_comes_from_counted_cases(recorded, tmp_path, fixture, code, wanted):
    run = Cargo(recorded("cargo", fixture, code)).run(["cargo", "test"], tmp_path, 20)

    assert run_class(run) == wanted


def test_ids_name_the_target_and_the_test(recorded, tmp_path):
    run = Cargo(recorded("cargo", "cargo-test.txt", 101)).run(["cargo", "test"], tmp_path, 20)

    assert {case.id: case.outcome for case in run.cases} == {
        "src/lib.rs::tests::ig": "skipped",
        "src/lib.rs::tests::ok": "passed",
        "src/lib.rs::tests::sp": "passed",
        "src/lib.rs::tests::bad": "failed",
        "tests/api.rs::it": "passed",
        "Doc-tests shop::src/lib.rs - charge (line 1)": "passed",
    }
    assert "left: 1" in next(case.message for case in run.cases if case.outcome == "failed")


def test_a_build_that_failed_says_what_is_missing(recorded, tmp_path):
    run = Cargo(recorded("cargo", "cargo-build-failed.txt", 101)).run(
        ["cargo", "test"], tmp_path, 9
    )

    assert run.cases[0].id == "tests/api.rs"
    assert run.cases[0].message.startswith("error[E0425]: cannot find function `refund`")


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["tests/api.rs"], ["--test", "api"]),
        (["tests/api.rs::it"], ["--test", "api", "--", "it"]),
        (
            ["-q", "tests/api.rs::it", "--", "--exact"],
            ["-q", "--test", "api", "--", "it", "--exact"],
        ),
    ],
)
def test_a_test_file_is_its_target(recorded, tmp_path, arguments, wanted):
    environ = recorded("cargo", "cargo-test.txt", 101)

    Cargo(environ).run(["cargo", "test", *arguments], tmp_path, 20)

    told = Path(environ["ARGUMENTS"], "arguments").read_text().splitlines()
    assert told == ["test", "--no-fail-fast", *wanted]
