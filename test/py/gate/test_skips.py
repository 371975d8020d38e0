"""Tests that do not count, as each language spells it."""

import pytest

from ai_sessions.gate.skips import added_mark, newly_skipped

PYTHON = [
    "@pytest.mark.skip\ndef test_a(): pass",
    "@pytest.mark.skip(reason='later')\ndef test_a(): pass",
    "    @pytest.mark.xfail(strict=True)\n    def test_a(self): pass",
    "pytestmark = pytest.mark.skip",
    "pytest.param(1, marks=pytest.mark.xfail)",
    "@unittest.skip('later')\nclass A: pass",
    "@unittest.expectedFailure\ndef test_a(self): pass",
    "from unittest import expectedFailure, skip\n@skip('x')\ndef test_a(self): pass",
    "pytest.skip('x', allow_module_level=True)",
    "raise unittest.SkipTest('x')",
    "def test_a(): pass\n\n\ntest_a.__test__ = False",
    "__test__ = False",
]
NODE = [
    "test.skip('a', () => {})",
    "it.todo('later')",
    "describe.skip('a', () => {})",
    "xit('a', () => {})",
    "test('a', { skip: true }, () => {})",
    "test('a', { todo: 'why' }, () => {})",
]
OTHERS = [
    ("a_test.go", 'func TestA(t *testing.T) {\n\tt.Skip("later")\n}'),
    ("a_test.go", "func TestA(t *testing.T) {\n\tt.SkipNow()\n}"),
    ("tests/a.rs", "#[test]\n#[ignore]\nfn a() {}"),
    ("tests/a.rs", '#[test]\n#[ignore = "later"]\nfn a() {}'),
    ("a.bats", '@test "a" {\n  skip later\n  false\n}'),
    ("a.bats", '@test "a" { skip; }'),
]
HONEST = [
    ("test_a.py", "class TestServer:\n    __test__ = False"),
    ("test_a.py", "@pytest.mark.skipif(sys.platform == 'win32', reason='x')\ndef test_a(): pass"),
    ("test_a.py", "@unittest.skipUnless(shutil.which('git'), 'x')\ndef test_a(self): pass"),
    ("test_a.py", "def test_a():\n    if not there():\n        pytest.skip('not here')"),
    ("test_a.py", "def test_skip(): assert skip() == 'mark skip'"),
    ("a.test.js", "test('a', { skip: !hasGit }, () => {}); line.skip(3)"),
    ("a_test.go", "\tif testing.Short() {\n\t\tt.Skip()\n\t}"),
    ("a.bats", '@test "a" {\n  [ -x /bin/jq ] || skip "no jq"\n}'),
    ("a.txt", "@pytest.mark.skip"),
]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        *(("test_a.py", text) for text in PYTHON),
        *(("a.test.mts", text) for text in NODE),
        *OTHERS,
    ],
)
def test_what_skips_a_test_on_every_machine_is_seen(path, text):
    assert added_mark(path, "", text)
    assert added_mark(path, f"{text}\n", f"{text}\n# more") == ""


@pytest.mark.parametrize(("path", "text"), HONEST)
def test_what_may_run_on_another_machine_is_left_to_the_run(path, text):
    assert added_mark(path, "", text) == ""


def test_one_more_of_the_same_marks_is_an_added_one():
    mark = "@pytest.mark.skip\ndef test_a(): pass\n"

    assert added_mark("test_a.py", mark, mark + mark) == "mark.skip"
    assert added_mark("test_a.py", mark + mark, mark) == ""


def test_newly_skipped_are_those_that_were_not_skipped_before(a_run):
    now = a_run(skipped=["a", "b"], passed=["c"])

    assert newly_skipped(None, now) == now.ids("skipped")
    assert newly_skipped(a_run(skipped=["a"], passed=["b"]), now) == {"tests/test_charge.py::b"}
