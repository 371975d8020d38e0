"""Formatting keeps the tests of a file; another test is none."""

import pytest

from ai_sessions import gate

FILES = {
    "py": b"class T:\n  def test_a( self ): assert f('x')==1\n  async def test_b(self): pass\n",
    "js": b"describe('pay', () => {\n it(\"charges\", () => {})\n  test.each([1])('x', f) })\n",
    "bats": b'@test "charges once"   {\n true\n}\n',
    "go": b"func TestA(t *testing.T) {}\nfunc TestB(t *testing.T) { t.Run(`x`, f) }\n",
    "rs": b"#[test]\nfn charges() { assert_eq!(1,1) }\n",
    "other": b"whatever",
}
MORE = {
    "py": b"def test_c(): pass\n",
    "js": b"it('refunds', f)\n",
    "bats": b"@test 'refunds' {\n",
    "go": b"func TestC(t *testing.T) {}\n",
    "rs": b"#[test]\nfn refunds() {}\n",
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_spaces_quotes_and_comments_are_formatting(text):
    other = text.replace(b"'", b'"').replace(b"( self )", b"(self)").replace(b"   {", b" {")

    assert gate.has_same_tests(text, other + b"# formatted\n")


@pytest.mark.parametrize("kind", MORE)
def test_another_test_is_more_than_formatting(kind):
    assert not gate.has_same_tests(FILES[kind], FILES[kind] + MORE[kind])
    assert not gate.has_same_tests(FILES[kind], b"# nothing left\n")


def test_another_name_is_another_test():
    assert not gate.has_same_tests(b"def test_a(): pass", b"def test_b(): pass")


@pytest.mark.parametrize(
    ("name", "before", "after", "is_same"),
    [
        ("a.py", "f( 'x' )\n", 'f("x")  # why\n', True),
        ("a.py", "if a:\n  b()\nc()\n", "if a:\n  b()\n  c()\n", False),
        ("a.py", "f('x ')\n", "f('x')\n", False),
        ("a.py", "f(\n", "f((\n", False),
        ("a.js", "f('x', 1)\n", 'f(\n  "x",\n  1,\n)\n', True),
        ("a.ts", "f('it\\'s')", "f('its')", False),
        ("a.ts", "// a\nf()\n", "// a f()\n", False),
        ("a.ts", "// a'b\nf('c d')\n", "// a'b  \n\nf( 'c d' )\n", True),
        ("a.js", "/* a */ f()", "/* a f() */", False),
        ("a.js", "if (a); f()", "if (a) f()", False),
        ("a.go", "a+b", "a + b", True),
        ("a.go", "ab", "a b", False),
        ("a.rs", 'f("a b")', 'f("ab")', False),
        ("a.bats", "a\nb\n", "a b\n", False),
        ("a.bats", "a\n", "a\n", True),
    ],
)
def test_a_file_in_another_form_says_the_same(name, before, after, is_same):
    assert gate.is_same_program(name, before.encode(), after.encode()) is is_same


@pytest.mark.parametrize("text", [b"/*" * 100_000, b"'" * 100_001, b"//" * 100_000])
def test_what_is_never_closed_takes_no_time(text):
    assert not gate.is_same_program("a.js", text, text + b"x")
