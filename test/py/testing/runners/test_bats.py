"""bats as a runner: zero, skipped and unreadable tests all look like something else."""

from pathlib import Path

import pytest

from ai_sessions.gate import run_class
from ai_sessions.testing.runners.bats import Bats

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures" / "testing"
#: A bats whose formatter begins to write the report when bats itself has ended, as 1.8 may.
LATE = """
#!/usr/bin/env bash
report=$4/report.xml bats=$$
{{
  while kill -0 "$bats" 2>/dev/null; do :; done
  head -n 2 "{path}.xml" >"$report"
  tail -n +3 "{path}.xml" >>"$report"
}} >/dev/null 2>&1 &
cat "{path}.txt"
exit 1
"""


@pytest.fixture
def run(project, environ, bats):
    def run(files, *arguments):
        return Bats(environ).run([bats, *arguments], project(files), 60)

    return run


@pytest.fixture
def replayed(project, environ):
    """Run the recording of a bats: what it printed, and the report that came after its end."""

    def replay(version, *files):
        path = FIXTURES / f"bats-{version}-broken-file"
        bats = (
            project({"bats": LATE.format(path=path), "broken.bats": "", "good.bats": ""}) / "bats"
        )
        bats.chmod(0o755)
        return Bats(environ).run([str(bats), *files], bats.parent, 60)

    return replay


def outcomes(run):
    return {case.id: case.outcome for case in run.cases}


@pytest.mark.parametrize(
    ("text", "exit_code", "wanted"),
    [
        ('@test "a" { true; }', 0, "pass"),
        ('@test "a" { [ 1 = 2 ]; }', 1, "fail"),
        ('@test "a" { skip why; }', 0, "none"),
        ("", 0, "none"),
        ('load nothing\n@test "a" { true; }', 1, "error"),
        ('@test "a" { true; ', 1, "error"),
        ('@test "a" { no_such_command; }', 1, "error"),
        ('@test "a" { source src/pay.sh; }', 1, "error"),
        ('setup_file() { no_such_command; }\n@test "a" { true; }', 1, "error"),
    ],
)
def test_the_class_comes_from_counted_cases(run, text, exit_code, wanted):
    result = run({"tests/a.bats": text}, "tests/a.bats")

    assert (result.exit_code, run_class(result)) == (exit_code, wanted)


def test_a_file_that_is_not_there_is_no_test(run):
    result = run({}, "tests/a.bats")

    assert (result.exit_code, run_class(result)) == (1, "none")


def test_a_filter_that_matches_nothing_is_no_test(run):
    assert run_class(run({"a.bats": '@test "a" { true; }'}, "-f", "zzz", "a.bats")) == "none"


def test_a_file_that_cannot_be_read_is_its_own_id(run):
    result = run({"a.bats": 'load nothing\n@test "a" { true; }'}, "a.bats")

    assert outcomes(result) == {"a.bats": "error"}
    assert "Could not find" in result.cases[0].message


def test_ids_name_the_file_so_that_equal_names_stay_apart(run):
    text = '@test "charges <once> & only once" { true; }'

    assert outcomes(run({"a.bats": text, "b/a.bats": text}, "a.bats", "b/a.bats")) == {
        "a.bats::charges <once> & only once": "passed",
        "b/a.bats::charges <once> & only once": "passed",
    }


def test_named_tests_are_chosen_beside_whole_files(run):
    files = {
        "a.bats": '@test "one" { true; }\n@test "one more (really) [$x]" { true; }',
        "b.bats": '@test "two" { true; }\n@test "three" { true; }',
    }
    result = run(files, "a.bats::one", "b.bats")

    assert sorted(outcomes(result)) == ["a.bats::one", "b.bats::three", "b.bats::two"]


def test_several_named_tests_of_one_file_run_together(run):
    files = {"a.bats": "".join(f'@test "{n} (x).y" {{ true; }}\n' for n in ("one", "two", "six"))}
    result = run(files, "a.bats::one (x).y", "a.bats::six (x).y")

    assert sorted(outcomes(result)) == ["a.bats::one (x).y", "a.bats::six (x).y"]


def test_a_script_run_and_found_missing_is_a_failed_assertion(run):
    text = '@test "a" { run ./src/pay.sh; [ "$status" -eq 0 ]; }'

    assert run_class(run({"a.bats": text}, "a.bats")) == "fail"


@pytest.mark.parametrize(
    ("command", "known"),
    [(["bats", "x"], True), (["node_modules/.bin/bats"], True), (["make", "test"], False)],
)
def test_it_knows_its_own_commands(command, known):
    assert Bats.recognises(command) is known


def test_a_broken_file_of_bats_1_8_is_an_error_and_the_names_after_it_are_right(replayed):
    result = replayed("1.8", "broken.bats", "good.bats")

    assert outcomes(result) == {
        "broken.bats": "error",
        "good.bats::c": "passed",
        "good.bats::d": "failed",
    }
    assert "syntax error" in result.cases[0].message


def test_a_broken_file_of_bats_1_13_is_an_error_of_all_files_as_none_was_run(replayed):
    result = replayed("1.13", "broken.bats", "good.bats")

    assert outcomes(result) == {"broken.bats": "error", "good.bats": "error"}
    assert "syntax error" in result.cases[0].message


def test_a_name_that_is_there_twice_is_an_error_of_the_file(run):
    result = run({"a.bats": '@test "a" { true; }\n@test "a" { true; }'}, "a.bats")

    assert run_class(result) == "error"
    assert "Duplicate test name" in result.cases[0].message
