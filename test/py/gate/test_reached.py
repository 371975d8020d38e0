"""What a test command runs by name: scripts of a manifest and rules of a Makefile."""

import pytest

from ai_sessions.gate import reached

SCRIPTS = {
    "test": "npm run unit && run-s 'check:*'",
    "preunit": "node prepare.js",
    "unit": "mocha",
    "check:types": "tsc",
    "build": "rollup",
    "verify": "npm run lint",
    "lint": "eslint .",
}


def test_scripts_that_the_tests_start_are_reached_and_no_others():
    found = reached.scripts(SCRIPTS, ("npm", "test"))

    assert [*found] == ["check:types", "preunit", "test", "unit"]
    assert found["unit"] == "mocha"


def test_a_script_that_the_command_names_is_reached_whatever_its_name():
    assert [*reached.scripts(SCRIPTS, ("npm", "run", "verify"))][-2:] == ["unit", "verify"]
    assert "lint" in reached.scripts(SCRIPTS, ("npm", "run", "verify"))


def test_scripts_that_start_each_other_come_to_an_end():
    both = {"test": "npm run other", "other": "npm test", "apart": ""}

    assert [*reached.scripts(both, ())] == ["other", "test"]


MAKEFILE = """\
CC := cc
.PHONY: test
all: build
build:
\tcc main.c
check: lint
\t./run-tests.sh
\t$(MAKE) more
lint:
\tlint.sh
more::
\tmore.sh
deploy:
\tdeploy.sh
"""


def test_rules_of_a_makefile_are_reached_from_the_command():
    found = reached.recipes(MAKEFILE, ("make", "check"))

    assert found.split() == ["./run-tests.sh", "$(MAKE)", "more", "lint.sh", "more.sh"]


def test_without_a_rule_for_tests_it_is_the_first_one():
    assert reached.recipes(MAKEFILE, ("make",)).split() == ["cc", "main.c"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("./run.sh src/main.c", ["./run.sh"]),
        ("node --require ./setup.js test/a.js", ["node", "--require", "./setup.js"]),
        (
            "A=./x.js tsc src/a.ts && bash ci/go.sh",
            ["A=./x.js", "./x.js", "tsc", "bash", "ci/go.sh"],
        ),
        ("mocha --require=./setup.js lib", ["mocha", "./setup.js"]),
        ("\t@python3 tools/go.py", ["python3", "tools/go.py"]),
    ],
)
def test_programs_and_values_of_options_are_what_a_command_starts(command, words):
    found = [*reached.started(command)]

    assert [one for one in words if one in found] == words
    assert "src/main.c" not in found and "src/a.ts" not in found
