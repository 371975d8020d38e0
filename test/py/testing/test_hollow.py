"""Hollow sources: they have the names of the work, and every use of one fails."""

import importlib
import shutil
import subprocess
import sys

import pytest

from ai_sessions.testing.hollow import hollow

SOURCE = '''\
"""Pay."""
from __future__ import annotations

import math
from dataclasses import dataclass

LIMIT = 5
RATE: float = 0.1
NONE: int


def charge(key):
    return f"charge-{key}"


async def later():
    return 1


class Plain:
    size = 3


@dataclass
class Gateway(Exception):
    name: str = "x"

    def pay(self):
        return math.pi
'''


@pytest.fixture
def names(tmp_path, monkeypatch):
    """What a module with this text has."""

    def imported(text):
        monkeypatch.delitem(sys.modules, "hollow_pay", raising=False)
        (tmp_path / "hollow_pay.py").write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
        return vars(importlib.import_module("hollow_pay"))

    return imported


@pytest.mark.parametrize(
    "use",
    [
        lambda own: own["charge"]("k"),
        lambda own: own["LIMIT"] == 5,
        lambda own: own["RATE"] < 1,
        lambda own: own["Plain"].size,
        lambda own: own["Plain"](),
        lambda own: own["later"]().send(None),
        lambda own: own["Gateway"]("a").pay(),
        lambda own: bool(own["LIMIT"]),
        lambda own: f"{own['LIMIT']}",
    ],
)
def test_each_use_of_what_is_new_fails(names, use):
    with pytest.raises(NotImplementedError):
        use(names(hollow("pay.py", SOURCE, None)))


def test_what_was_there_works_on(names):
    old = SOURCE.replace("class Plain:\n    size = 3\n", "").replace("math.pi", "3")

    own = names(hollow("pay.py", SOURCE, old))

    assert own["charge"]("k") == "charge-k" and own["LIMIT"] == 5
    with pytest.raises(NotImplementedError):
        own["Gateway"]("a").pay()
    with pytest.raises(NotImplementedError):
        own["Plain"].size  # noqa: B018


@pytest.mark.parametrize("text", ["from legacy import charge\n", "", "def broken(:\n", "# only\n"])
def test_of_a_source_that_makes_nothing_there_is_no_hollow_one(text):
    assert hollow("pay.py", text, None) == ""


def test_of_an_unchanged_source_there_is_none():
    assert hollow("pay.py", SOURCE, f"{SOURCE}\nOLD = 1\n") == ""


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.mjs", "export const add = (a, b) => a + b;\nexport default class A {}\n"),
        ("a.mjs", "function add() {}\nexport { add, add as more };\n"),
        ("a.mjs", "export async function add() { return 1 }\n"),
        ("a.cjs", "exports.add = () => 1;\n"),
        ("a.cjs", "module.exports = { add: () => 1 };\n"),
    ],
)
def test_each_export_of_a_script_throws(tmp_path, path, text):
    (tmp_path / path).write_text(hollow(path, text, None))
    use = "import('./%s').then(all => { const own = all.default?.add ?? all.add; own(1, 2); })"

    done = subprocess.run(
        ["node", "-e", use % path], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode and "nothing of the work is here" in done.stderr


@pytest.mark.parametrize("text", ["export * from './b.js'", "console.log(1)"])
def test_of_scripts_without_names_of_their_own_there_is_none(text):
    assert hollow("a.js", text, None) == ""


def test_scripts_and_shells_that_were_there_are_tried_as_they_were():
    assert hollow("a.js", "export const a = 1;", "") == ""
    assert hollow("a.sh", "echo 1", "echo 0") == ""


@pytest.mark.parametrize(("path", "first"), [("run.sh", ""), ("run", "#!/usr/bin/env bash")])
def test_a_hollow_shell_script_fails(path, first):
    assert hollow(path, f"{first}\necho done\n", None) == f"{first}\nexit 97\n"


def test_other_languages_have_none():
    assert hollow("a.go", "package a", None) == ""


# -- Go and Rust

GO = """\
package pay

import "fmt"

type Pay struct{ Cents int }

func Old(cents int) int {
	return cents
}

func One(a interface{}, cents int) (string, error) { return fmt.Sprint(a, cents), nil }

func (p *Pay) Charge(
	cents int,
) func() struct{ A int } {
	p.Cents += cents
	return nil
}

func init() {
	fmt.Sprint()
}
"""
OLD_GO = "package pay\n\nfunc Old(cents int) int {\n\treturn cents\n}\n"
RUST = """\
pub trait Pays {
    fn pay(&self) -> i64;
}

pub fn old() -> i64 {
    1
}

pub struct Pay(pub [i64; 2]);

impl Pays for Pay {
    fn pay(&self) -> i64 {
        self.0[0]
    }
}

pub(crate) const fn twice(cents: i64) -> i64 { cents * 2 }
"""
OLD_RUST = "pub fn old() -> i64 {\n    1\n}\n"
GO_PANICS = 'if true { panic("nothing of the work is here") };'
RUST_PANICS = 'if true { panic!("nothing of the work is here") };'


def test_new_functions_of_go_panic_and_old_ones_stay():
    text = hollow("pay.go", GO, OLD_GO)

    assert f"(string, error) {{ {GO_PANICS} return fmt.Sprint(a, cents), nil }}" in text
    assert f") func() struct{{ A int }} {{ {GO_PANICS}\n\tp.Cents += cents" in text
    assert text.count("panic") == 2
    assert hollow("pay.go", GO, GO) == ""


def test_new_functions_of_rust_panic_and_old_ones_stay():
    text = hollow("src/lib.rs", RUST, OLD_RUST)

    assert f"    fn pay(&self) -> i64 {{ {RUST_PANICS}\n        self.0[0]" in text
    assert f"pub(crate) const fn twice(cents: i64) -> i64 {{ {RUST_PANICS} cents * 2 }}" in text
    assert text.count("panic") == 2
    assert hollow("src/lib.rs", RUST, RUST) == ""


@pytest.mark.parametrize(
    ("path", "more"),
    [
        *(("pay.go", one) for one in ("const Limit = 5", "var Limit = 5", "var (")),
        *(
            ("a.rs", one)
            for one in ("pub const A: i64 = 1;", "#[derive(Default)]", "static A: i64")
        ),
    ],
)
def test_sources_with_new_values_are_left_alone(path, more):
    text = GO if path == "pay.go" else RUST

    assert hollow(path, f"{text}\n{more}\n", None) == ""
    assert hollow(path, f"{text}\n{more}\n", f"{more}\n")


def test_a_function_that_was_changed_is_new():
    assert "panic" in hollow("pay.go", OLD_GO.replace("cents\n}", "2 * cents\n}"), OLD_GO)


@pytest.mark.skipif(not shutil.which("rustc"), reason="rustc is not installed")
def test_hollow_rust_compiles_without_a_warning(tmp_path):
    (tmp_path / "lib.rs").write_text(
        f"#![deny(warnings)]\n{hollow('lib.rs', RUST, None)}".replace("pub(crate)", "pub")
    )

    command = ["rustc", "--crate-type", "lib", "--emit", "metadata", "lib.rs"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not shutil.which("gofmt"), reason="gofmt is not installed")
def test_hollow_go_is_go(tmp_path):
    (tmp_path / "pay.go").write_text(hollow("pay.go", GO, None))

    done = subprocess.run(
        ["gofmt", "-e", "-l", "pay.go"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
