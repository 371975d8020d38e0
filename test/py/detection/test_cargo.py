"""Rust packages and workspaces."""

import pytest

from ai_sessions.detection.cargo import cargo, is_member


@pytest.mark.parametrize(
    ("manifest", "suite"),
    [
        ("[package]\n", "cargo test"),
        ('[workspace]\nmembers = ["a"]\n', "cargo test"),
        ('[package]\n[workspace]\nmembers = ["a"]\n', "cargo test --workspace"),
        ("[package]\n[workspace]\n", "cargo test"),
        (
            '[workspace]\nmembers = ["a", "b"]\ndefault-members = ["a"]\n',
            "cargo test --workspace",
        ),
        ("not toml [", "cargo test"),
    ],
)
def test_all_members_are_in_the_suite(made, manifest, suite):
    assert " ".join(cargo(made({"Cargo.toml": manifest})).suite) == suite


@pytest.mark.parametrize(
    ("manifest", "is_reached"),
    [
        ("[package]\n", False),
        ("[package]\n[workspace]\n", True),
        ('[workspace]\nexclude = ["xtask"]\n', False),
        ('[workspace]\nexclude = "xtask"\n', True),
        ("not toml [", False),
    ],
)
def test_a_package_below_is_reached_from_its_workspace_alone(made, manifest, is_reached):
    assert is_member(made({"Cargo.toml": manifest}), "xtask") is is_reached


def test_tests_inside_of_sources_are_counted_too(made):
    files = {
        "Cargo.toml": "",
        "src/lib.rs": "#[test]\nfn a() {}\n",
        "src/b.rs": "",
        "tests/c.rs": "",
    }

    found = cargo(made(files))
    assert (found.tool, found.files) == ("cargo", 2)


def test_without_a_manifest_there_is_nothing(made):
    assert cargo(made({"src/lib.rs": ""})) is None
