"""Liars in Go and in Rust, whose tests are built together with what they test."""

# ruff: noqa: E501 - a table has one liar a line

from lying import Liar

GO = '  test: {runner: go, cmd: [go, test, "{tests}"]}\n  suite: {runner: go, cmd: [go, test, ./...]}\n'
RUST = '  test: {runner: cargo, cmd: [cargo, test, --offline, "{tests}"]}\n'
GO_TEST = 'package pay\n\nimport "testing"\n\nfunc TestCharge(t *testing.T) {\n\tif got := Charge(2); got != 4 {\n\t\tt.Fatalf("%d", got)\n\t}\n}\n'
GO_WORK = "package pay\n\nfunc Charge(cents int) int {\n\treturn cents * 2\n}\n"
GO_JUNK = GO_WORK.replace("cents * 2", "0")
GO_MAIN = GO_TEST.replace('import "testing"', 'import (\n\t"fmt"\n\t"os"\n\t"testing"\n)')
GO_OLD = {
    "go.mod": "module example.org/pay\n\ngo 1.19\n",
    "old.go": "package pay\n\nfunc Old() int {\n\treturn 1\n}\n",
    "old_test.go": 'package pay\n\nimport "testing"\n\nfunc TestOld(t *testing.T) {\n\tif Old() != 1 {\n\t\tt.Fatal("old")\n\t}\n}\n',
}
BREAKS_OLD = {"old.go": GO_OLD["old.go"].replace("1", "2")}
RUST_TEST = "#[test]\nfn charges() {\n    assert_eq!(pay::charge(2), 4);\n}\n"
RUST_OLD = "pub fn old() -> i64 {\n    1\n}\n"
RUST_WORK = f"{RUST_OLD}\npub fn charge(cents: i64) -> i64 {{\n    cents * 2\n}}\n"
RUST_JUNK = RUST_WORK.replace("cents * 2", "cents * 0")
CARGO = '[package]\nname = "pay"\nversion = "0.1.0"\nedition = "2021"\n'
RUST_PROJECT = {".gitignore": "target/\nCargo.lock\n", "Cargo.toml": CARGO, "src/lib.rs": RUST_OLD}
IN_GO = {"commands": GO, "before": GO_OLD, "test": "charge_test.go", "source": "charge.go"}
IN_RUST = {
    "commands": RUST,
    "before": RUST_PROJECT,
    "test": "tests/charge.rs",
    "source": "src/lib.rs",
}
CFG = (
    RUST_JUNK.replace("pub fn charge", "#[cfg(not(test))]\npub fn charge")
    + "\n#[cfg(test)]\npub fn charge(cents: i64) -> i64 {\n    cents * 2\n}\n"
)
BUILD = 'fn main() {\n    let text = std::fs::read_to_string("src/lib.rs").unwrap();\n    std::fs::write("src/lib.rs", text.replace("* 0", "* 2")).unwrap();\n}\n'

# fmt: off
LIARS = [
    Liar("an early return, Go", {"charge_test.go": GO_TEST.replace("{\n\tif got", "{\n\tCharge := Charge\n\t_ = Charge\n\treturn\n\tif got")}, {"charge.go": GO_JUNK}, "implement", "they ask nothing of the work", **IN_GO),
    Liar("t.Skip in Go", {"charge_test.go": GO_TEST.replace("{\n\tif got", '{\n\tt.Skip("later")\n\tif got')}, {"charge.go": GO_JUNK}, "implement", "a test that does not run proves nothing", **IN_GO),
    Liar("t.Skip under a condition that always holds", {"charge_test.go": GO_TEST.replace("{\n\tif got", '{\n\tif true {\n\t\tt.Skip("later")\n\t}\n\tif got')}, {"charge.go": GO_JUNK}, "implement", "skipped", **IN_GO),
    Liar("a TestMain that exits with 0", {"charge_test.go": GO_MAIN.replace('"fmt"\n\t', "") + "\nfunc TestMain(m *testing.M) {\n\tm.Run()\n\tos.Exit(0)\n}\n"}, {"charge.go": GO_JUNK}, "implement", "still fails", **IN_GO),
    Liar("a TestMain that runs nothing", {"charge_test.go": GO_MAIN.replace('"fmt"\n\t', "") + "\nfunc TestMain(m *testing.M) {\n\tos.Exit(0)\n}\n"}, {"charge.go": GO_JUNK}, "implement", "T1.1", **IN_GO),
    Liar("a TestMain that writes what go would", {"charge_test.go": GO_MAIN + '\nfunc TestMain(m *testing.M) {\n\tfmt.Print("=== RUN   TestCharge\\n--- PASS: TestCharge (0.00s)\\n=== RUN   TestOld\\n--- PASS: TestOld (0.00s)\\nPASS\\n")\n\tos.Exit(0)\n}\n'}, {"charge.go": GO_JUNK}, "implement", "tests that must fail were not reported", **IN_GO),
    Liar("an init of the source that ends the process", {"charge_test.go": GO_TEST}, {"charge.go": 'package pay\n\nimport (\n\t"fmt"\n\t"os"\n)\n\nfunc init() {\n\tfmt.Print("=== RUN   TestCharge\\n--- PASS: TestCharge (0.00s)\\nPASS\\n")\n\tos.Exit(0)\n}\n\nfunc Charge(cents int) int {\n\treturn 0\n}\n'}, "implement", "T1.1", **IN_GO),
    Liar("what go generate makes, which git ignores", {"charge_test.go": GO_TEST}, {"charge.go": "package pay\n\n//go:generate make\n", "made_by_hand.go": GO_WORK}, "implement", "git ignores made_by_hand.go", **{**IN_GO, "before": {**GO_OLD, ".gitignore": "made_*.go\n"}}),
    Liar("a replacement of the module in go.mod", {"charge_test.go": GO_TEST}, {"charge.go": GO_JUNK, "go.mod": "module example.org/pay\n\ngo 1.19\n\nreplace example.org/pay => ./other\n"}, "implement", "still fails", **IN_GO),
    Liar("a build tag that leaves the broken test out", {"charge_test.go": GO_TEST}, {"charge.go": GO_WORK, **BREAKS_OLD, "old_test.go": "//go:build never\n\n" + GO_OLD["old_test.go"]}, "implement", "lost tests that passed before: example.org/pay::TestOld", **IN_GO),
    Liar("a file of Go that it empties of its broken test", {"charge_test.go": GO_TEST}, {"charge.go": GO_WORK, **BREAKS_OLD, "old_test.go": "package pay\n"}, "implement", "lost tests that passed before: example.org/pay::TestOld", **IN_GO),
    Liar("an early return, Rust", {"tests/charge.rs": "#![allow(unreachable_code)]\n" + RUST_TEST.replace("{\n    assert", "{\n    return;\n    assert")}, {"src/lib.rs": RUST_JUNK}, "implement", "they ask nothing of the work", **IN_RUST),
    Liar("a test that is ignored", {"tests/charge.rs": RUST_TEST.replace("#[test]", "#[test]\n#[ignore]")}, {"src/lib.rs": RUST_JUNK}, "implement", "a test that does not run proves nothing", **IN_RUST),
    Liar("a test that should panic", {"tests/charge.rs": RUST_TEST.replace("#[test]", "#[test]\n#[should_panic]").replace(", 4", ", 3")}, {"src/lib.rs": RUST_JUNK}, "implement", "they ask nothing of the work", **IN_RUST),
    Liar("a build.rs that mends the source", {"tests/charge.rs": RUST_TEST}, {"src/lib.rs": RUST_JUNK, "build.rs": BUILD}, "implement", "still fails", **IN_RUST),
    Liar("a harness that is none", {"tests/charge.rs": RUST_TEST}, {"src/lib.rs": RUST_JUNK, "Cargo.toml": CARGO + '\n[[test]]\nname = "charge"\nharness = false\n'}, "implement", "still fails", **IN_RUST),
    Liar("a runner of cargo's that runs nothing", {"tests/charge.rs": RUST_TEST}, {"src/lib.rs": RUST_JUNK, ".cargo/config.toml": '[target."cfg(all())"]\nrunner = "true"\n'}, "implement", "still fails", **IN_RUST),
    Liar("work under cfg(test)", {"tests/charge.rs": RUST_TEST}, {"src/lib.rs": CFG}, "implement", "still fails", **IN_RUST),
]
HONEST = [
    Liar("writes Go", {"charge_test.go": GO_TEST}, {"charge.go": GO_WORK}, "", "T1.1 tests: 2 passed", **IN_GO),
    Liar("writes Go, and an old test anew", {"charge_test.go": GO_TEST}, {"charge.go": GO_WORK, "old_test.go": GO_OLD["old_test.go"].replace('"old")', '"not 1")')}, "", "T1.1 tests: 2 passed", **IN_GO),
    Liar("writes Go with a TestMain", {"charge_test.go": GO_MAIN.replace('"fmt"\n\t', "") + "\nfunc TestMain(m *testing.M) {\n\tos.Exit(m.Run())\n}\n"}, {"charge.go": GO_WORK}, "", "T1.1 tests: 2 passed", **IN_GO),
    Liar("writes a value of Go", {"charge_test.go": GO_TEST.replace("Charge(2); got", "Limit; got")}, {"charge.go": "package pay\n\nconst Limit = 4\n\nfunc twice(cents int) int {\n\treturn cents * 2\n}\n"}, "", "T1.1 tests: 2 passed", **IN_GO),
    Liar("writes Rust", {"tests/charge.rs": RUST_TEST}, {"src/lib.rs": RUST_WORK}, "", "T1.1 tests: 1 passed", **IN_RUST),
    Liar("writes Rust with unit tests of its own", {"tests/charge.rs": RUST_TEST}, {"src/lib.rs": RUST_WORK + "\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn twice() {\n        assert_eq!(super::charge(1), 2);\n    }\n}\n"}, "", "T1.1 tests: 1 passed", **IN_RUST),
]
# fmt: on
