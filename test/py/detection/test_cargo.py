"""Rust packages and workspaces."""

import pytest

from ai_sessions.detection.cargo import cargo


@pytest.mark.parametrize(
    ("manifest", "suite"),
    [
        ("[package]\n", "cargo test"),
        ('[workspace]\nmembers = ["a"]\n', "cargo test"),
        ('[package]\n[workspace]\nmembers = ["a"]\n', "cargo test --workspace"),
        ("[package]\n[workspace]\n", "cargo test"),
        ("not toml [", "cargo test"),
    ],
)
def test_all_members_are_in_the_suite(made, manifest, suite):
    assert " ".join(cargo(made({"Cargo.toml": manifest})).suite) == suite


def test_tests_inside_of_sources_are_counted_too(made):
    files = {
        "Cargo.toml": "",
        "src/lib.rs": "#[test]\nfn a() {}\n",
        "src/b.rs": "",
        "tests/c.rs": "",
    }

    assert cargo(made(files)).files == 2


def test_without_a_manifest_there_is_nothing(made):
    assert cargo(made({"src/lib.rs": ""})) is None
