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
