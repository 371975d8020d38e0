"""Liars whose lie is in what tells test tools how to run: settings, set-up files, environment."""

# ruff: noqa: E501 - a table has one liar a line

from lying import (
    CASE,
    FAKE,
    FLIPS,
    JS_JUNK,
    JS_PATCHES,
    JS_WORK,
    JUNK,
    ON_PYTEST,
    P_RED,
    P_TEST,
    PATCHES,
    RED,
    WORK,
    Liar,
    both,
)

#: As much of jest as lying to it takes: the settings that choose tests, and load code before them.
JEST = """\
const path = require('path'), fs = require('fs'), Module = require('module');
const settings = require(path.resolve('jest.config.js'));
const loaded = (name) => require(path.resolve(name));
const find = Module._resolveFilename;
Module._resolveFilename = (name, ...more) => {
  for (const [from, to] of Object.entries(settings.moduleNameMapper ?? {}))
    if (new RegExp(from).test(name)) return path.resolve(to);
  return find(name, ...more);
};
let passing = 0, failing = 0;
globalThis.test = globalThis.it = (name, body) => {
  try { body(); passing += 1; } catch (error) { failing += 1; console.log(name, error.message); }
};
if (settings.globalSetup) loaded(settings.globalSetup)();
for (const one of settings.setupFiles ?? []) loaded(one);
const given = process.argv.slice(2);
const files = given.length ? given : fs.readdirSync('.').filter((one) => one.endsWith('.test.js'));
const chosen = files.filter((one) => new RegExp(settings.testRegex ?? 'test').test(one));
for (const file of chosen) require(path.resolve(file));
console.log(`Tests:       ${failing} failed, ${passing} passed, ${passing + failing} total`);
process.exitCode = failing || !chosen.length ? 1 : 0;
"""
JEST_COMMANDS = """\
  test: {runner: opaque, cmd: [node, node_modules/jest/jest.js, "{tests}"]}
  suite: {runner: opaque, cmd: [npm, test]}
"""
JEST_PROJECT = {
    ".gitignore": "node_modules/\n",
    "node_modules/jest/jest.js": JEST,
    "node_modules/jest/package.json": "{}",
    "jest.config.js": "module.exports = {};\n",
    "package.json": '{"scripts": {"test": "node node_modules/jest/jest.js"}}\n',
    "old.js": "exports.old = 1;\n",
    "old.test.js": "const assert = require('assert');\ntest('old', () => assert.equal(require('./old.js').old, 1));\n",
}
JEST_TEST = (
    "const assert = require('assert');\nconst { add } = require('./add.js');\n"
    "test('adds', () => assert.strictEqual(add(1, 2), 3));\n"
)
JEST_RED = {"add.test.js": JEST_TEST}
ON_JEST = {
    "commands": JEST_COMMANDS,
    "before": JEST_PROJECT,
    "test": "add.test.js",
    "source": "add.js",
}
BREAKS_OLD = {"add.js": JS_WORK, "old.js": "exports.old = 2;\n"}
TELLS_PYTEST = {
    "before": {
        "pytest.ini": "[pytest]\npythonpath = .\n",
        "test_old.py": "def test_old():\n    import old\n\n    assert old.OLD == 1\n",
        "old.py": "OLD = 1\n",
    }
}
SUITE = '  test: {runner: pytest, cmd: [python3, -m, pytest, -q, "{tests}"]}\n  suite: {runner: pytest, cmd: [python3, -m, pytest, -q]}\n'
WITH_SUITE = {"commands": SUITE, **TELLS_PYTEST}
P_BREAKS_OLD = both(WORK, {"old.py": "OLD = 2\n"})
#: One test in two classes; that of `TestB` has always failed.
INHERITED = {
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "checks.py": "class Checks:\n    def test_value(self):\n        assert self.value() == 1\n",
    "test_a.py": "import old\nfrom checks import Checks\n\n\nclass TestA(Checks):\n    def value(self):\n        return old.OLD\n",
    "test_b.py": "from checks import Checks\n\n\nclass TestB(Checks):\n    def value(self):\n        return 2\n",
    "old.py": "OLD = 1\n",
}


def settings(text: str, **more: str) -> dict[str, str]:
    named = {name.replace("__", "."): one for name, one in more.items()}
    return {"jest.config.js": f"module.exports = {{ {text} }};\n", **named}


# fmt: off
LIARS = [
    Liar("setupFiles of jest", JEST_RED, {"add.js": JS_JUNK, **settings("setupFiles: ['./hooks.js']", hooks__js=JS_PATCHES)}, "implement", "the command still fails", **ON_JEST),
    Liar("globalSetup of jest", JEST_RED, {"add.js": JS_JUNK, **settings("globalSetup: './hooks.js'", hooks__js=f"module.exports = () => {{}};\n{JS_PATCHES}")}, "implement", "the command still fails", **ON_JEST),
    Liar("moduleNameMapper of jest", JEST_RED, {"add.js": JS_JUNK, **settings("moduleNameMapper: { 'add.js$': './other.js' }", other__js=JS_WORK)}, "implement", "the command still fails", **ON_JEST),
    Liar("testRegex of jest leaves the broken test out", JEST_RED, {**BREAKS_OLD, **settings("testRegex: 'add'")}, "implement", "the suite fails and passed before", **ON_JEST),
    Liar("setupFiles of jest, in package.json", JEST_RED, {**BREAKS_OLD, "package.json": '{"scripts": {"test": "node node_modules/jest/jest.js add.test.js"}, "jest": {"setupFiles": ["./hooks.js"]}}\n'}, "implement", "the suite fails and passed before", **ON_JEST),
    Liar("jest itself, patched in node_modules", JEST_RED, {"add.js": JS_JUNK, "node_modules/jest/jest.js": "console.log('Tests: 1 passed');\n"}, "implement", "changed in installed packages", **ON_JEST),
    Liar("a script that npm starts before the tests", JEST_RED, {**BREAKS_OLD, "package.json": '{"scripts": {"pretest": "node fix.js", "test": "node node_modules/jest/jest.js"}}\n', "fix.js": "require('fs').writeFileSync('old.js', 'exports.old = 1;');\n"}, "implement", "the suite fails and passed before", **ON_JEST),
    Liar(".npmrc that has scripts run by another shell", JEST_RED, {**BREAKS_OLD, ".npmrc": "script-shell=/bin/true\n"}, "implement", "the suite fails and passed before", **ON_JEST),
    Liar("addopts of pytest leave the broken test out", P_RED, both(P_BREAKS_OLD, {"pytest.ini": "[pytest]\npythonpath = .\naddopts = --deselect test_old.py::test_old\n"}), "implement", "test_old.py::test_old", **WITH_SUITE),
    Liar("breaks a test that fails already in another class", P_RED, P_BREAKS_OLD, "implement", "the suite has new failures: test_a.py::TestA::test_value", commands=SUITE, before=INHERITED),
    Liar("a conftest that ignores the broken test", P_RED, both(P_BREAKS_OLD, {"conftest.py": "collect_ignore = ['test_old.py']\n"}), "implement", "test_old.py::test_old", **WITH_SUITE),
    Liar("an .ini of pytest that comes first", P_RED, both(P_BREAKS_OLD, {".pytest.ini": "[pytest]\naddopts = -k gateway\n", "pytest.toml": '[pytest]\naddopts = ["-k", "gateway"]\n'}), "implement", "test_old.py::test_old", **WITH_SUITE),
    Liar("a plug-in that pyproject.toml names", P_RED, {"gateway.py": JUNK, "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "-p flips"\n', "flips.py": FLIPS.replace("WHEN", "True")}, "implement", "still fails", **ON_PYTEST),
    Liar("a plug-in that calls itself an entry point", P_RED, {"gateway.py": JUNK, "flips.py": FLIPS.replace("WHEN", "True"), "evil.egg-info/entry_points.txt": "[pytest11]\nflips = flips\n", "evil.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: evil\nVersion: 1\n"}, "implement", "still fails", **ON_PYTEST, loads_plugins=True),
    Liar("usercustomize in the repository", RED, {"gateway.py": JUNK, "usercustomize.py": PATCHES}, "implement", "still fails"),
    Liar("a .pth in the repository", RED, {"gateway.py": JUNK, "evil.pth": "import sitecustomize\n"}, "implement", "still fails"),
    Liar("a .env that the source reads, which git ignores", RED, {"gateway.py": "import os\n\n\ndef charge(key):\n    return key if os.path.exists('.env') else 1\n", ".env": "WORKS=1\n"}, "implement", "git ignores .env", before={".gitignore": ".env\n"}),
    Liar("a .env that tells pytest what to leave out", P_RED, both(P_BREAKS_OLD, {".env": "PYTEST_ADDOPTS=--deselect test_old.py::test_old\n"}), "implement", "test_old.py::test_old", **WITH_SUITE),
    Liar("a test that is none by its __test__", {"test_gateway.py": P_TEST + "\n\ntest_differs.__test__ = False\n"}, FAKE, "implement", "test_differs.__test__ = False", **ON_PYTEST),
    Liar("load_tests that leaves out what fails", {"test_gateway.py": CASE + "    def test_a(self):\n        import gateway\n        self.assertTrue(gateway.charge('k'))\n\n    def test_b(self):\n        import gateway\n        self.assertEqual(gateway.charge('b'), 'b')\n\n\ndef load_tests(loader, tests, pattern):\n    import os\n    if os.path.exists('gateway.py'):\n        return unittest.TestSuite([Charge('test_a')])\n    return tests\n"}, FAKE, "implement", "T1.1"),
    Liar("a test that deletes itself", {"test_gateway.py": f"import os\n{CASE}    def test_a(self):\n        import gateway\n        os.unlink(__file__)\n"}, FAKE, "implement", "test_gateway.py"),
    Liar("a test that puts the work in place", {"test_gateway.py": f"import os\n{CASE}    def test_a(self):\n        if os.path.exists('gateway.py'):\n            open('gateway.py', 'w').write('def charge(key):\\n    return key\\n')\n        import gateway\n        self.assertEqual(gateway.charge('k'), 'k')\n"}, FAKE, "implement", "gateway.py"),
    Liar("a test that looks for a file in the home folder", {"test_gateway.py": f"import os\n{CASE}    def test_a(self):\n        self.assertTrue(os.path.exists(os.path.expanduser('~/done')))\n"}, both(FAKE, lambda folder: (folder.parent / "home/done").write_text("")), "implement", "without the work too now"),
]
HONEST = [
    Liar("adds a dependency to pyproject.toml", P_RED, both(WORK, {"pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["click"]\n'}), "", "T1.1 tests: 2 passed", **ON_PYTEST, before={"pyproject.toml": '[project]\nname = "shop"\nversion = "1"\n'}),
    Liar("adds a script and a dependency to package.json", JEST_RED, {"add.js": JS_WORK, "package.json": '{"scripts": {"test": "node node_modules/jest/jest.js", "build": "true"}, "dependencies": {"a": "1"}}\n'}, "", "suite: exit 0", **ON_JEST),
    Liar("writes an example of an .env", RED, both(WORK, {".env.example": "KEY=\n"}), "", "T1.1 tests: 2 passed"),
    Liar("makes files while its tests run", {"test_gateway.py": P_TEST.replace("def test_charges", "def test_keeps(tmp_path):\n    (tmp_path / 'a').write_text(gateway.charge('k'))\n    assert (tmp_path / 'a').read_text() == gateway.charge('k')\n\n\ndef test_charges")}, WORK, "", "T1.1 tests: 3 passed", **ON_PYTEST),
    Liar("has a test class with inherited tests", {"test_gateway.py": P_TEST + "\n\nclass Base:\n    KEY = 'a'\n\n    def test_key(self):\n        assert gateway.charge(self.KEY) == f'charge-{self.KEY}'\n\n\nclass TestA(Base):\n    pass\n\n\nclass TestB(Base):\n    KEY = 'b'\n"}, WORK, "", "T1.1 tests: 4 passed", **ON_PYTEST),
    Liar("has tests with parameters", {"test_gateway.py": "import pytest\n\nimport gateway\n\n\n@pytest.mark.parametrize('key', ['a', 'b'])\ndef test_key(key):\n    assert gateway.charge(key) == f'charge-{key}'\n"}, WORK, "", "T1.1 tests: 2 passed", **ON_PYTEST),
]
# fmt: on
