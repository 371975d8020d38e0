"""cargo test as a runner, from recordings of the real tool."""

import json
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


@pytest.mark.parametrize(
    "said",
    [
        "error: no test target named `api` in default-run packages\n",
        "error: failed to parse manifest at `/home/dev/shop/Cargo.toml`\n\nCaused by:\n"
        "  no targets specified in the manifest\n",
    ],
)
def test_where_there_is_no_target_yet_there_is_no_test(recorded, tmp_path, said):
    (tmp_path / "said.txt").write_text(said)
    environ = recorded("cargo", str(tmp_path / "said.txt"), 101)

    assert run_class(Cargo(environ).run(["cargo", "test"], tmp_path, 20)) == "none"


# -- a workspace: its crates have files of the same name

CARGO = """#!/bin/sh
printf '%s\\n' "$*" >> "{0}/arguments"
case $1 in metadata) cat "{0}/metadata.json" ;; *) cat "{0}/said.txt"; exit 101 ;; esac
"""
RAN = """\
     Running {0} (target/debug/deps/{1}-0123456789abcdef)

running 1 test
test works ... {2}
"""


def described(folder: Path, crate: str) -> dict[str, object]:
    targets = [("lib", crate.replace("-", "_"), "src/lib.rs"), ("test", "api", "tests/api.rs")]
    return {
        "name": crate,
        "targets": [
            {"kind": [kind], "name": name, "src_path": str(folder / "crates" / crate / file)}
            for kind, name, file in targets
        ],
    }


@pytest.fixture
def workspace(tmp_path, environ):
    """Run cargo in a workspace of two crates; it says `said`."""
    folder = tmp_path.resolve() / "shop"
    folder.mkdir()
    (folder / "Cargo.toml").write_text('[workspace]\nmembers = ["crates/*"]\n')
    tool = folder / "cargo"
    tool.write_text(CARGO.format(folder))
    tool.chmod(0o755)
    crates = [described(folder, crate) for crate in ("cli", "core-a")]
    (folder / "metadata.json").write_text(json.dumps({"packages": crates}))

    def run(said, *arguments):
        (folder / "said.txt").write_text(said)
        return Cargo(environ).run([str(tool), "test", *arguments], folder, 20)

    run.told = lambda: (folder / "arguments").read_text().splitlines()[-1]
    return run


def test_tests_of_two_crates_stay_apart(workspace):
    lines = [
        *(("unittests src/lib.rs", "cli", "ok"), ("tests/api.rs", "api", "ok")),
        *(("unittests src/lib.rs", "core_a", "FAILED"), ("tests/api.rs", "api", "FAILED")),
    ]
    run = workspace("".join(RAN.format(*line) for line in lines))

    assert {case.id: case.outcome for case in run.cases} == {
        "crates/cli/src/lib.rs::works": "passed",
        "crates/cli/tests/api.rs::works": "passed",
        "crates/core-a/src/lib.rs::works": "failed",
        "crates/core-a/tests/api.rs::works": "failed",
    }


def test_a_file_of_a_crate_is_chosen_in_that_crate(workspace):
    run = workspace(RAN.format("tests/api.rs", "api", "ok"), "crates/core-a/tests/api.rs::works")

    assert [case.id for case in run.cases] == ["crates/core-a/tests/api.rs::works"]
    assert workspace.told() == "test --no-fail-fast -p core-a --test api -- works"
    workspace("", "crates/core-a/src/lib.rs")
    assert workspace.told() == "test --no-fail-fast -p core-a --lib"


def test_tests_of_two_crates_that_cannot_be_built_stay_apart(workspace):
    broken = "error[E0425]: no\nerror: could not compile `{}` ({}) due to 1 previous error\n"
    run = workspace(broken.format("core-a", 'test "api"') + broken.format("cli", "lib test"))

    assert sorted(case.id for case in run.cases) == [
        "crates/cli/src/lib.rs",
        "crates/core-a/tests/api.rs",
    ]


def test_where_a_workspace_cannot_be_described_the_lines_count(workspace, tmp_path):
    (tmp_path / "shop" / "metadata.json").write_text("error: no such registry")
    run = workspace(RAN.format("tests/api.rs", "api", "ok"))

    assert [case.id for case in run.cases] == ["tests/api.rs::works"]
