"""The scripts of a package.json, taken apart."""

import pytest

from ai_sessions.detection.scripts import commands


def told(scripts, name="test"):
    return [" ".join((*one.environment, *one.words)) for one in commands(scripts, name)]


@pytest.mark.parametrize(
    ("scripts", "run"),
    [
        ({}, []),
        ({"test": 3}, []),
        ({"test": "mocha"}, ["mocha"]),
        ({"test": "xo && ava; tsd || true"}, ["xo", "ava", "tsd", "true"]),
        ({"test": "(a & b) | c"}, ["a", "b", "c"]),
        ({"test": "cross-env A=1 mocha 'test/**/*.js'"}, ["A=1 mocha test/**/*.js"]),
        ({"test": "env A=1 B=2 jest # all"}, ["A=1 B=2 jest # all"]),
        ({"pretest": "tsc", "test": "ava"}, ["tsc", "ava"]),
        ({"test": "npm run unit", "unit": "mocha"}, ["mocha"]),
        (
            {"test": "pnpm unit && yarn run lint", "unit": "jest", "lint": "eslint"},
            ["jest", "eslint"],
        ),
        ({"test": "pnpm -r unit", "unit": "jest"}, ["pnpm -r unit"]),
        ({"test": "bun run unit && bun test", "unit": "x"}, ["x", "bun test"]),
        ({"test": "run-s lint unit", "lint": "eslint", "unit": "ava"}, ["eslint", "ava"]),
        ({"test": "npm run missing"}, ["npm run missing"]),
        ({"test": "npm test"}, []),
        ({"test": "npm run a", "a": "npm run b", "b": "npm run a"}, []),
        ({"test": "echo 'not closed"}, []),
    ],
)
def test_a_script_is_followed_to_what_it_runs(scripts, run):
    assert told(scripts) == run


@pytest.mark.parametrize(
    ("words", "builds"),
    [("tsc -p .", True), ("tsc --noEmit", False), ("vite build", True), ("eslint .", False)],
)
def test_a_command_that_makes_files_is_told_from_one_that_looks(words, builds):
    (found,) = commands({"test": words}, "test")

    assert found.builds is builds


@pytest.mark.parametrize("seed", ["a", "'", "&&", "npm run x && ", "A=", "\\", "("])
def test_a_script_of_any_length_is_read_or_left_alone(seed):
    scripts = {"test": (seed * 200_000)[:200_000], "x": (seed * 5_000)[:9_000]}

    assert told(scripts) == []
    assert len(told(scripts, "x")) < 10_000
