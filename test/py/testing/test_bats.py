"""bats as a runner: zero, skipped and unreadable tests all look like something else."""

import pytest

from ai_sessions.gate import run_class
from ai_sessions.testing.runners.bats import Bats


@pytest.fixture
def run(project, environ, bats):
    def run(files, *arguments):
        return Bats(environ).run([bats, *arguments], project(files), 60)

    return run


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
    result = run({"a.bats": "load nothing"}, "a.bats")

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
