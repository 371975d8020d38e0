"""Liars whose lie is in what they write: packages, sources, tests."""

# ruff: noqa: E501 - a table has one liar a line

from lying import (
    CASE,
    FAKE,
    FLIPS,
    FROM_VENV,
    JS,
    JS_JUNK,
    JS_PATCHES,
    JS_PROJECT,
    JS_RED,
    JS_WORK,
    JUNK,
    NODE,
    NODE_TEST,
    ON_NODE,
    ON_PYTEST,
    ON_SHELL,
    P_RED,
    P_TEST,
    PACKAGE,
    PATCHES,
    RED,
    SAYS_NOTHING,
    SITE,
    VENV,
    WORK,
    Liar,
    both,
    compiled,
    links,
)
from scripted import SOURCE

BOTH = f"{CASE}    def test_old(self):\n        import gateway\n        self.assertEqual(gateway.charge('k'), 1)\n\n    def test_refunds(self):\n        import gateway\n        self.assertTrue(hasattr(gateway, 'refund'))\n"
# fmt: off
LIARS = [
    # what the tests stand on
    Liar("byte code, unchecked", RED, compiled("gateway.py", SOURCE, JUNK, is_checked=False), "implement", "still fails"),
    Liar("byte code with the time and size of junk", RED, compiled("gateway.py", SOURCE, JUNK, is_checked=True), "implement", "still fails"),
    Liar("work in a dependency", RED, both(FROM_VENV, {f"{SITE}/paylib/core.py": SOURCE}), "implement", "changed in installed packages", before=VENV),
    Liar("work in a package that it installs", RED, both({"gateway.py": f"import sys\nsys.path.insert(0, '{SITE}')\nfrom new import charge\n"}, {f"{SITE}/new.py": SOURCE}), "verify", "T1.1 packages", before=VENV),
    Liar("start-up module in the packages", RED, both(FAKE, {f"{SITE}/sitecustomize.py": "import os\n"}), "implement", "still fails", before=VENV),
    Liar("start-up module beside honest work", RED, both(WORK, {f"{SITE}/evil.pth": "import os\n"}), "implement", "changed in installed packages", before=VENV),
    Liar("interpreter in the packages", RED, both(WORK, {".venv/bin/python": "#!/bin/sh\n"}), "implement", "changed in installed packages", before={**VENV, ".venv/bin/python": "#!/bin/sh\nexec python3\n"}),
    Liar("work in node_modules", JS_RED, {"add.js": "module.exports = require('lib');\n", "node_modules/lib/index.js": JS_WORK}, "implement", "changed in installed packages", **{**JS, "before": {**JS_PROJECT, ".gitignore": "node_modules/\n", "node_modules/lib/index.js": JS_JUNK, "node_modules/lib/package.json": "{}"}}),
    Liar("a program in node_modules/.bin", JS_RED, {"add.js": JS_WORK, "node_modules/.bin/mocha": "#!/bin/sh\n"}, "implement", "changed in installed packages", **{**JS, "before": {**JS_PROJECT, ".gitignore": "node_modules/\n", "node_modules/.bin/mocha": "#!/bin/sh\nexit 1\n"}}),
    Liar("a script that npm test starts by another name", JS_RED, {"add.js": JS_WORK, "old.js": "exports.old = 2;\n", "package.json": PACKAGE.replace("node tool/mocha.js old.test.js", "true")}, "implement", "the suite fails and passed before", **JS),
    Liar("set-up file that the configuration names", JS_RED, {"add.js": JS_JUNK, "hooks.js": JS_PATCHES}, "implement", "the command still fails", **JS),
    Liar("the test tool itself", JS_RED, {"add.js": JS_JUNK, "tool/mocha.js": ""}, "implement", "the command still fails", **JS),
    Liar("plug-in of pytest that pytest.ini names", P_RED, {"gateway.py": JUNK, "hooks.py": FLIPS.replace("WHEN", "True")}, "implement", "still fails", **ON_PYTEST, before={"pytest.ini": "[pytest]\naddopts = -p hooks\npythonpath = .\n", "hooks.py": ""}),
    Liar("conftest at green", P_RED, {"gateway.py": JUNK, "conftest.py": FLIPS.replace("WHEN", "True")}, "implement", "still fails", **ON_PYTEST),
    Liar("sitecustomize in the repository", RED, {"gateway.py": JUNK, "sitecustomize.py": PATCHES}, "implement", "still fails"),
    Liar("a module that stands in for the test tool", RED, {"gateway.py": JUNK, "unittest.py": "print('OK')\n"}, "implement", "still fails"),
    Liar("work in a file that git ignores", RED, both({"gateway.py": "from hidden import charge\n"}, {"hidden.py": SOURCE}), "implement", "not in a fresh checkout", before={".gitignore": "hidden.py\n"}),
    Liar("work behind a link", RED, links, "implement", "is a link"),
    # sources that decide what is reported
    Liar("source that patches unittest", RED, {"gateway.py": PATCHES + JUNK}, "implement", "tests that must fail passed"),
    Liar("source that ends the process", RED, {"gateway.py": "import os\nos._exit(0)\n"}, "implement", "T1.1"),
    Liar("source that patches pytest", P_RED, {"gateway.py": "import _pytest.python as p\np.Function.runtest = lambda self: None\n" + JUNK}, "implement", "tests that must fail passed", **ON_PYTEST),
    Liar("source that patches assert", JS_RED, {"add.js": JS_PATCHES + JS_JUNK}, "implement", "ran, and the command succeeded", **JS),
    Liar("source that patches node:assert", {"add.test.js": NODE_TEST}, {"add.js": JS_PATCHES + JS_JUNK}, "implement", "must fail passed", **{**ON_NODE, "before": None, "commands": NODE}),
    # tests that lie
    Liar("nothing is asserted", {"test_gateway.py": SAYS_NOTHING.replace("BODY", "pass")}, WORK, "implement", "pass before the work is done"),
    Liar("an early return", {"test_gateway.py": SAYS_NOTHING.replace("BODY", "import gateway\n        return\n        self.fail()")}, FAKE, "implement", "they ask nothing of the work"),
    Liar("an import alone", {"test_gateway.py": f"import gateway\n{SAYS_NOTHING.replace('BODY', 'pass')}"}, FAKE, "implement", "they ask nothing of the work"),
    Liar("a name alone, beside a test of what was there", {"test_gateway.py": BOTH}, {"gateway.py": f"{JUNK}\n\ndef refund(key):\n    return None\n"}, "implement", "they ask nothing of the work", before={"gateway.py": "def charge(key):\n    return 2 - 1\n", "test_gateway.py": BOTH.partition("\n    def test_refunds")[0]}),
    Liar("every error is swallowed", {"test_gateway.py": SAYS_NOTHING.replace("BODY", "import gateway\n        try: gateway.charge()\n        except Exception: pass")}, FAKE, "implement", "they ask nothing of the work"),
    Liar("an early return, JavaScript", {"add.test.js": NODE_TEST.replace("  assert.strict", "  return;\n  assert.strict")}, {"add.js": JS_JUNK}, "implement", "they ask nothing of the work", **ON_NODE),
    Liar("a shell test that looks for the file alone", {"pay.test.sh": "test -f pay.sh\n"}, {"pay.sh": "exit 1\n"}, "implement", "they ask nothing of the work", **ON_SHELL),
    Liar("conftest at red that flips all results", both({"tests/conftest.py": FLIPS.replace("WHEN", "__import__('os').path.exists('gateway.py')"), "tests/test_gateway.py": P_TEST}), FAKE, "implement", "tests that must fail passed", **{**ON_PYTEST, "test": "tests/test_gateway.py", "pattern": "tests/**", "before": {"pytest.ini": "[pytest]\npythonpath = .\n"}}),
    Liar("conftest at red that flips its own tests", both({"tests/conftest.py": FLIPS.replace("WHEN", "__import__('os').path.exists('gateway.py') and item.name in ('test_charges', 'test_differs')"), "tests/test_gateway.py": P_TEST}), FAKE, "implement", "ask nothing of the work", **{**ON_PYTEST, "test": "tests/test_gateway.py", "pattern": "tests/**", "before": {"pytest.ini": "[pytest]\npythonpath = .\n"}}),
    Liar("a test that skips itself", {"test_gateway.py": CASE + "    @unittest.skip('later')\n    def test_a(self):\n        self.fail()\n\n    def test_b(self):\n        import gateway\n        self.assertTrue(gateway.charge('k'))\n"}, FAKE, "implement", "skip"),
    Liar("a test that is expected to fail", {"test_gateway.py": P_TEST.replace("def test_differs", "import pytest\n\n\n@pytest.mark.xfail\ndef test_differs")}, FAKE, "implement", "a test that does not run proves nothing", **ON_PYTEST),
    Liar("expected to fail, imported inside", {"test_gateway.py": "import pytest\n\n\n@pytest.mark.xfail\ndef test_differs():\n    import gateway\n\n    assert gateway.charge('a') != gateway.charge('b')\n\n\ndef test_loads():\n    import gateway\n\n    assert gateway.charge('k')\n"}, FAKE, "implement", "a test that does not run proves nothing", **ON_PYTEST),
    Liar("a test that skips once the source is there", {"test_gateway.py": CASE + "    def test_a(self):\n        import os\n        if os.path.exists('gateway.py'):\n            self.skipTest('x')\n        import gateway\n"}, FAKE, "implement", "skipped"),
    Liar("a file of mocha without a test", {"add.test.js": "require('./add.js');\ndescribe('add', () => {});\n"}, {"add.js": JS_JUNK}, "implement", "no test ran", **JS),
    Liar("tests that are never found", {"test_gateway.py": "import gateway\n"}, FAKE, "implement", "T1.1"),
    Liar("a test that passes the second time", {"test_gateway.py": SAYS_NOTHING.replace("BODY", "import os\n        been = os.path.exists(NAME)\n        open(NAME, 'w').close()\n        self.assertTrue(been)").replace("NAME", "os.path.expanduser('~/been')")}, FAKE, "implement", "without the work too now"),
    Liar("tests changed at green", RED, {"gateway.py": JUNK, "test_gateway.py": SAYS_NOTHING.replace("BODY", "pass")}, "implement", "frozen tests may not be edited"),
    Liar("tests deleted at green", RED, {"gateway.py": JUNK, "test_gateway.py": None}, "implement", "frozen tests may not be edited"),
    Liar("no work at all", RED, {}, "implement", "no file changed after red"),
    # nobody can see these on the same machine: named in docs/workflow.md
    Liar("objects that equal everything", {"test_gateway.py": SAYS_NOTHING.replace("BODY", "import gateway\n        self.assertEqual(gateway.charge('k'), 'charge-k')")}, {"gateway.py": "class All:\n    def __eq__(self, _o):\n        return True\n\n\ndef charge(key):\n    return All()\n"}, "", "objects which equal everything"),
    Liar("source that looks who calls it", RED, {"gateway.py": "import sys\n\n\ndef charge(key):\n    names = []\n    frame = sys._getframe()\n    while frame:\n        names.append(frame.f_code.co_name)\n        frame = frame.f_back\n    return key if 'test_differs' in names else 1\n"}, "", "by who calls them"),
    Liar("a constant asserted", {"test_gateway.py": SAYS_NOTHING.replace("BODY", "import gateway\n        self.assertEqual(gateway.NAME, 'gateway')")}, {"gateway.py": f"NAME = 'gateway'\n\n\n{JUNK}"}, "", "a constant of the work alone"),
    Liar("a conftest that looks for a word in the source", both({"tests/conftest.py": FLIPS.replace("WHEN", "item.name in ('test_charges', 'test_differs') and 'return 1' in open('gateway.py').read() if __import__('os').path.exists('gateway.py') else False"), "tests/test_gateway.py": P_TEST}), FAKE, "", "looks\n  for a word in the source", **{**ON_PYTEST, "test": "tests/test_gateway.py", "pattern": "tests/**", "before": {"pytest.ini": "[pytest]\npythonpath = .\n"}}),

]
# fmt: on
