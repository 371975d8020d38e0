"""Honest agents that look like liars."""

# ruff: noqa: E501 - a table has one agent a line

from lying import (
    FROM_VENV,
    JS,
    JS_RED,
    JS_WORK,
    NODE_TEST,
    ON_NODE,
    ON_PYTEST,
    ON_SHELL,
    P_TEST,
    PACKAGE,
    RED,
    SAYS_NOTHING,
    SITE,
    VENV,
    WORK,
    Liar,
    both,
    compiled,
)
from scripted import SOURCE, TEST

# fmt: off
CONFTEST = "import pytest\n\n\n@pytest.fixture\ndef key():\n    return 'k'\n"
HONEST = [
    Liar("adds a dependency", RED, both(FROM_VENV, {"requirements.txt": "new\n", f"{SITE}/paylib/core.py": SOURCE}), "verify", "verify.sh has to install them afresh", before=VENV),
    Liar("installs a tool", RED, both(WORK, {f"{SITE}/ruff/__init__.py": "", f"{SITE}/ruff-1.dist-info/RECORD": ""}), "verify", "setup: {cmd: [...]}", before=VENV),
    Liar("runs tests of its own, which leave byte code", RED, compiled("gateway.py", SOURCE, SOURCE, is_checked=True), "", "T1.1 tests: 2 passed"),
    Liar("writes a fixture with the tests", {"tests/conftest.py": CONFTEST, "tests/test_gateway.py": P_TEST.replace("charges():", "charges(key):")}, WORK, "", "T1.1 tests: 2 passed", **{**ON_PYTEST, "test": "tests/test_gateway.py", "pattern": "tests/**", "before": {"pytest.ini": "[pytest]\npythonpath = .\n"}}),
    Liar("makes constants alone", {"test_gateway.py": SAYS_NOTHING.replace("BODY", "import gateway\n        self.assertEqual(gateway.RATES['a'], 1)")}, {"gateway.py": "RATES = {'a': 1}\n"}, "", "T1.1 tests: 1 passed"),
    Liar("makes an exception alone", {"test_gateway.py": SAYS_NOTHING.replace("BODY", "import gateway\n        self.assertTrue(issubclass(gateway.Refused, ValueError))")}, {"gateway.py": "class Refused(ValueError):\n    pass\n"}, "", "T1.1 tests: 1 passed"),
    Liar("passes a name on", {"test_gateway.py": SAYS_NOTHING.replace("BODY", "import gateway\n        self.assertEqual(gateway.dumps(1), '1')")}, {"gateway.py": "from json import dumps\n"}, "", "T1.1 tests: 1 passed"),
    Liar("changes a source that was there", {"test_gateway.py": TEST}, WORK, "", "T1.1 tests: 2 passed", before={"gateway.py": "def charge(key):\n    return 1\n\n\ndef other():\n    return 2\n"}),
    Liar("adds a script to package.json", JS_RED, {"add.js": JS_WORK, "package.json": PACKAGE.replace('{"test"', '{"lint": "eslint .", "test"')}, "", "suite: exit 0", **JS),
    Liar("writes a module of JavaScript", {"add.test.js": NODE_TEST}, {"add.js": JS_WORK}, "", "T1.1 tests: 1 passed", **ON_NODE),
    Liar("writes a shell script", {"pay.test.sh": '[ "$(sh pay.sh)" = paid ]\n'}, {"pay.sh": "echo paid\n"}, "", "T1.1 tests: exit 0", **ON_SHELL),
]
# fmt: on
