"""The test tools of Node, by the words of scripts."""

import pytest

from ai_sessions.detection.node_tools import TOOLS, options_in, tool_in


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("jest", "jest"),
        ("_mocha", "mocha"),
        ("node_modules/.bin/ava", "ava"),
        ("./node_modules/jest/bin/jest.js", "jest"),
        ("ng test", "ng"),
        ("ng build", None),
        ("playwright install", None),
        ("react-scripts test", "react-scripts"),
        ("test/jest", None),
        ("eslint", None),
    ],
)
def test_a_tool_is_known_by_its_name_or_path(words, name):
    found = tool_in(words.split(), 0)

    assert (found.name if found else None) == name


@pytest.mark.parametrize(
    ("tool", "words", "endless"),
    [
        ("vitest", "", True),
        ("vitest", "--coverage", True),
        ("vitest", "run", False),
        ("vitest", "--run", False),
        ("vitest", "run --watch", True),
        ("jest", "", False),
        ("jest", "--watchAll", True),
        ("react-scripts", "", True),
        ("react-scripts", "--watchAll=false", False),
        ("mocha", "-w", True),
        ("karma", "start", True),
        ("karma", "start --single-run", False),
        ("playwright", "test --ui", True),
    ],
)
def test_a_script_that_would_wait_for_changes_is_known(tool, words, endless):
    assert TOOLS[tool].is_endless(words.split()) is endless


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("--require ./a -R spec test/**/*.js --exit", "--require ./a --exit"),
        ("--require=./a x", "--require=./a"),
        ("--reporter --require", "--require"),
        ("x y z", ""),
    ],
)
def test_of_a_script_the_options_that_every_run_needs_are_kept(words, kept):
    assert " ".join(options_in(words.split(), ["--require"], ["--exit"])) == kept
