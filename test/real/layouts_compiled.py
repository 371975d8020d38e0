"""Projects of Go, of Rust, and of the shell."""

from layouts import Layout, Work

_GO_TEST = """\
package pay

import "testing"

func Test{name}(t *testing.T) {{
	if got := {name}(2); got != {expected} {{
		t.Fatalf("%d", got)
	}}
}}
"""
_GO_FUNC = "func {name}(cents int) int {{ return {body} }}\n"
_RUST_TEST = """\
#[test]
fn {name}s() {{
    assert_eq!(pay::{path}(2), {expected});
}}
"""
_LIB = "pub fn one() -> i64 {\n    1\n}\n"
_BESIDE = f"{_LIB}\n#[cfg(test)]\nmod tests;\n"
_SHELL = "one() {\n  echo 1\n}\n"
_BATS = """\
#!/usr/bin/env bats

@test "{name}" {{
  . "$BATS_TEST_DIRNAME/../{file}"
  [ "$({call})" = {expected} ]
}}
"""


def _private(*calls: tuple[str, str]) -> str:
    """Tests in `src/tests.rs`, which see what is private in the crate."""
    tests = (
        f"#[test]\nfn {name}s() {{\n    assert_eq!(crate::{name}(2), {wanted});\n}}\n"
        for name, wanted in calls
    )
    return "\n".join(tests)


def _go(name: str, body: str) -> str:
    return _GO_FUNC.format(name=name, body=body)


LAYOUTS = (
    Layout(
        "Go 1.19",
        {
            "go.mod": "module example.org/pay\n\ngo 1.19\n",
            "pay.go": f"package pay\n\n{_go('One', 'cents / cents')}",
            "pay_test.go": _GO_TEST.format(name="One", expected=1),
        },
        (
            Work(
                (
                    "pay.go",
                    f"package pay\n\n{_go('One', 'cents / cents')}\n{_go('Charge', 'cents * 2')}",
                ),
                ("charge_test.go", _GO_TEST.format(name="Charge", expected=4)),
            ),
            Work(
                ("refunds.go", f"package pay\n\n{_go('Refund', '-cents')}"),
                ("refunds_test.go", _GO_TEST.format(name="Refund", expected=-2)),
            ),
        ),
        tools=("go",),
    ),
    Layout(
        "cargo",
        {
            ".gitignore": "/target\n",
            "Cargo.toml": '[package]\nname = "pay"\nversion = "0.1.0"\nedition = "2021"\n',
            "src/lib.rs": _LIB,
            "tests/one.rs": "#[test]\nfn ones() {\n    assert_eq!(pay::one(), 1);\n}\n",
        },
        (
            Work(
                ("src/lib.rs", f"{_LIB}\npub fn charge(cents: i64) -> i64 {{\n    cents * 2\n}}\n"),
                ("tests/charge.rs", _RUST_TEST.format(name="charge", path="charge", expected=4)),
            ),
            Work(
                ("src/refunds.rs", "pub fn refund(cents: i64) -> i64 {\n    -cents\n}\n"),
                (
                    "tests/refunds.rs",
                    _RUST_TEST.format(name="refund", path="refunds::refund", expected=-2),
                ),
                more={
                    "src/lib.rs": f"pub mod refunds;\n\n{_LIB}\n"
                    "pub fn charge(cents: i64) -> i64 {\n    cents * 2\n}\n"
                },
            ),
        ),
        (("cargo", "generate-lockfile", "--offline"),),
        tools=("cargo",),
    ),
    Layout(
        "cargo, tests of private functions",
        {
            ".gitignore": "/target\n",
            "Cargo.toml": '[package]\nname = "pay"\nversion = "0.1.0"\nedition = "2021"\n',
            "src/lib.rs": _BESIDE,
            "src/tests.rs": "",
        },
        (
            Work(
                ("src/lib.rs", f"fn charge(cents: i64) -> i64 {{\n    cents * 2\n}}\n\n{_BESIDE}"),
                ("src/tests.rs", _private(("charge", "4"))),
            ),
            Work(
                (
                    "src/lib.rs",
                    "fn refund(cents: i64) -> i64 {\n    -cents\n}\n\n"
                    f"fn charge(cents: i64) -> i64 {{\n    cents * 2\n}}\n\n{_BESIDE}",
                ),
                ("src/tests.rs", _private(("charge", "4"), ("refund", "-2"))),
            ),
        ),
        (("cargo", "generate-lockfile", "--offline"),),
        tools=("cargo",),
    ),
    Layout(
        "bats",
        {
            "pay.sh": _SHELL,
            "test/one.bats": _BATS.format(name="one", file="pay.sh", call="one", expected=1),
        },
        (
            Work(
                ("pay.sh", f"{_SHELL}\ncharge() {{\n  echo $(($1 * 2))\n}}\n"),
                (
                    "test/charge.bats",
                    _BATS.format(name="charge", file="pay.sh", call="charge 2", expected=4),
                ),
            ),
            Work(
                ("refunds.sh", "refund() {\n  echo $((-$1))\n}\n"),
                (
                    "test/refunds.bats",
                    _BATS.format(name="refund", file="refunds.sh", call="refund 2", expected=-2),
                ),
            ),
        ),
        tools=("bats",),
    ),
)
