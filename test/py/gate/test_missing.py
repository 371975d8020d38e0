"""Names that a test run says are missing, and whose they are to make."""

import pytest

from ai_sessions.gate.missing import Missing, missing_names, places, stands_at, whose


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("No module named 'src.pay'", Missing("module", "src.pay", "src/pay")),
        (
            "cannot import name 'charge' from 'src.pay' (/x)",
            Missing("attribute", "charge", "src/pay", file="/x"),
        ),
        (
            "cannot import name 'charge' from partially initialized module 'src.pay'",
            Missing("attribute", "charge", "src/pay"),
        ),
        ("module 'src.pay' has no attribute 'charge'", Missing("attribute", "charge", "src/pay")),
        ("Cannot find module '../src/pay'", Missing("module", "../src/pay", "../src/pay")),
        (
            "The requested module './pay.mjs' does not provide an export named 'charge'",
            Missing("attribute", "charge", "./pay.mjs"),
        ),
        (
            "SyntaxError: Named export 'charge' not found. The requested module '../pay.cjs' is a"
            " CommonJS module, which may not support all module.exports as named exports.",
            Missing("attribute", "charge", "../pay.cjs"),
        ),
        ("bats_load_safe: Could not find '/r/pay'[.bash]", Missing("module", "/r/pay", "/r/pay")),
        (
            "line 5: src/pay.sh: No such file or directory",
            Missing("module", "src/pay.sh", "src/pay.sh"),
        ),
        ("line 4: bin/pay: command not found", Missing("module", "bin/pay", "bin/pay")),
        ("line 4: pay: command not found", Missing("symbol", "pay", "", "sh")),
        (
            "no required module provides package shop/pay; to add",
            Missing("module", "shop/pay", "pay"),
        ),
        ("package shop/pay is not in std", Missing("module", "shop/pay", "pay")),
        ("undefined: Charge", Missing("symbol", "Charge", "", ".go")),
        ("Charge undefined (type Shop has no", Missing("symbol", "Charge", "", ".go")),
        ("cannot find function `charge` in", Missing("symbol", "charge", "", ".rs")),
        ("unresolved import `shop::charge`", Missing("symbol", "shop::charge", "", ".rs")),
        ("no method named `charge` found", Missing("symbol", "charge", "", ".rs")),
        ("could not find `charge` in", Missing("symbol", "charge", "", ".rs")),
    ],
)
def test_a_missing_name_is_read(text, wanted):
    assert missing_names(f"E   {text}") == (wanted,)


def test_each_name_is_told_once_in_order_of_kind():
    text = "undefined: A\nNo module named 'b'\nNo module named 'b'\nNo module named 'a'"

    assert [one.name for one in missing_names(text)] == ["b", "a", "A"]


def test_where_nothing_is_missing_there_is_no_name():
    assert missing_names("assert 1 == 2") == ()


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("src/pay", "src/pay.py"),
        ("pay", "src/pay/gateway.py"),
        ("src/pay", "src/pay/__init__.py"),
        ("../src/pay/index.js", "src/pay.js"),
        ("src/pay/mod.rs", "src/pay.rs"),
        ("index.js", "index.js"),
        ("/home/me/repo/src/pay.mjs", "src/pay.mjs"),
        ("src", "src/**"),
        ("src/a/b/c", "src/**"),
        ("src/a/b/c", "src/*/b/*.py"),
        ("src/deep/pay", "**/pay.py"),
        (".hidden", "src/.hidden"),
        ("src/pay.v1.js", "src/pay.v1.ts"),
        ("../pay", "src/pay/gateway.js"),
        ("./pay", "src/pay/gateway.js"),
        ("/pay", "src/pay/gateway.js"),
        ("pay/index.js", "pay.js"),
        ("src/pay", "pay/__init__.py"),
        ("/repo/src/pay.mjs", "src/*.mjs"),
        ("/repo/dist/pay.js", "src/pay.ts"),
        ("/repo/packages/core/dist/esm/pay.js", "packages/core/src/pay.ts"),
        ("/repo/dist/index.js", "src/index.ts"),
        ("/repo/build/cash/pay.js", "lib/cash/pay.ts"),
        ("/repo/dist/pay.js", "src/**"),
    ],
)
def test_a_place_that_a_source_pattern_means_is_ours(place, source):
    assert whose(Missing("module", "x", place), [source], []) == "ours"


@pytest.mark.parametrize(
    ("place", "source"),
    [
        ("stripe", "src/pay.py"),
        ("src/refund", "src/pay.py"),
        ("src/pay/deep", "src/pay.py"),
        ("/repo/pay", "src/pay.mjs"),
        ("src/a/b/c", "src/x/b/*.py"),
        ("./", "src/pay.py"),
        (".hidden", "src/.other"),
        ("src/pay.v2.js", "src/pay.v1.ts"),
        ("pay", "."),
        ("pay", ""),
        ("/repo/dist/refund.js", "src/pay.ts"),
        ("/repo/dist", "src/pay.ts"),
        ("/repo/other/pay.js", "src/pay.ts"),
        ("/repo/node_modules/other/dist/pay.js", "src/pay.ts"),
    ],
)
def test_any_other_place_is_foreign(place, source):
    assert whose(Missing("module", "x", place), [source], []) == "foreign"


def test_of_several_sources_one_is_enough():
    assert whose(Missing("module", "x", "b"), ["a.py", "b.py"], []) == "ours"


@pytest.mark.parametrize(
    ("kind", "there", "wanted"),
    [
        ("module", "src/pay/other.py", "there"),
        ("module", "src/pay.py", "there"),
        ("module", "src/payments.py", "ours"),
        ("module", "pay.py", "ours"),
        ("attribute", "src/pay.py", "ours"),
    ],
)
def test_a_module_that_exists_is_not_missing(kind, there, wanted):
    missing = Missing(kind, "x", "src/pay")

    assert whose(missing, ["src/pay/gateway.py", "src/pay.py"], ["README.md", there]) == wanted


@pytest.mark.parametrize(
    ("language", "source", "wanted"),
    [
        (".go", "pay/charge.go", "ours"),
        (".go", "pay/charge.rs", "foreign"),
        (".go", "pay/*", "ours"),
        (".go", "pay/", "ours"),
        ("sh", "bin/charge.bash", "ours"),
    ],
)
def test_a_symbol_without_a_place_is_ours_where_its_language_is_written(language, source, wanted):
    missing = Missing("symbol", "charge", "", language)

    assert whose(missing, ["docs/a.txt", source], []) == wanted


def test_a_symbol_of_no_known_language_may_be_in_any_file():
    assert whose(Missing("symbol", "charge"), ["pay/charge.py"], []) == "ours"


@pytest.mark.parametrize(
    ("text", "path", "wanted"),
    [
        ("Cannot find module '/tmp/x/dist/index.js'", "dist/index.js", True),
        ("Cannot find module '/tmp/x/dist/index.js'", "dist/other.js", False),
        ("Cannot find module '/tmp/x/core/lib/a.js'", "lib/a.js", True),
        ("No module named 'pkg._version'", "src/pkg/_version.py", True),
        ("No module named 'pkg._version'", "src/other/_version.py", False),
        ("No module named 'pkg._fast'", "pkg/_fast.cpython-311-x86_64-linux-gnu.so", True),
        ("cannot import name '_fast' from 'pkg' (x)", "src/pkg/_fast.abi3.so", True),
        ("cannot import name 'slow' from 'pkg' (x)", "src/pkg/_fast.abi3.so", False),
        ("x.go:1: undefined: charge", "charge.go", False),
    ],
)
def test_a_file_that_would_be_what_is_missing(text, path, wanted):
    assert any(stands_at(one, path) for one in missing_names(text)) is wanted


def test_a_package_that_node_does_not_find_is_missing():
    text = "Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@x/core' imported from /r/a.js"

    assert missing_names(text) == (Missing("module", "@x/core", "@x/core"),)


def test_the_file_that_python_looked_in_is_kept():
    text = "cannot import name 'a' from partially initialized module 'pay' (most likely due to a "
    known = missing_names("cannot import name 'a' from 'pay' (/lib/site-packages/pay.py)")

    assert known[0].file == "/lib/site-packages/pay.py"
    assert missing_names(f"{text}circular import) (/r/pay.py)")[0].name == "a"


def test_places_are_those_of_tests_that_fail(a_run):
    missing = "Error: Cannot find module '{}'"
    run = a_run(
        failed=[("a", missing.format("./a"))],
        error=[("b", missing.format("./b")), ("c", "undefined: D")],
        passed=[("d", missing.format("./d"))],
    )

    assert places(run) == {"./a", "./b"}


def test_a_file_that_plug_n_play_does_not_find_is_named():
    said = (
        "Error: Qualified path resolution failed: we looked for the following paths, but none "
        "could be accessed.\n\nSource path: /r/refunds.js\nNot found: /r/refunds.js\n"
    )
    (missing,) = missing_names(said)

    assert (missing.kind, missing.place) == ("module", "/r/refunds.js")
    assert whose(missing, ["refunds.js"], []) == "ours"
    assert whose(missing, ["charge.js"], []) == "foreign"
