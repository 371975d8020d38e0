"""Rules of a Makefile."""

import pytest

from ai_sessions.detection.make import make


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("all:\n\ntest: all\n\ttrue\n", ("make", "test")),
        ("test :\n", ("make", "test")),
        ("check:\ntest:\n", ("make", "test")),
        ("check: all\n", ("make", "check")),
        ("test::\n\ttrue\n", ("make", "test")),
        ("lint test: all\n", ("make", "test")),
        ("test ::= x\n", ()),
        ("# test: all\n", ()),
        ("define help\ntest: runs all\nendef\n", ()),
        ("define help\ntest: never closed\n", ()),
        ("test := x\n", ()),
        ("tests:\n", ()),
        ("\ttest:\n", ()),
        ("", ()),
    ],
)
def test_a_rule_for_tests_is_known(made, text, words):
    assert make(made({"Makefile": text})) == words


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("justfile", "build:\n  cc\n\ntest *args: build\n  ./t {{args}}\n", ("just", "test")),
        ("Justfile", "@check:\n  ./t\n", ("just", "check")),
        ("justfile", "test := 'x'\ntests:\n  ./t\n", ()),
        ("Taskfile.yml", "version: 3\ntasks:\n  test:\n    cmds: [./t]\n", ("task", "test")),
        ("Taskfile.yaml", "tasks: [test]\n", ()),
        ("Taskfile.yml", "tasks: {test: [\n", ()),
    ],
)
def test_recipes_of_other_tools_are_known(made, name, text, words):
    assert make(made({name: text})) == words


def test_a_makefile_without_the_rule_leaves_it_to_the_others(made):
    assert make(made({"Makefile": "all:\n", "justfile": "test:\n"})) == ("just", "test")


def test_without_a_makefile_there_is_no_rule(made):
    assert make(made({"sub/Makefile": "test:\n"})) == ()
