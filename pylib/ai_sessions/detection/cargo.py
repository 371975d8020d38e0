"""The tests of a Rust package or workspace."""

from ai_sessions.detection.folder import Folder, table
from ai_sessions.detection.found import TESTS, Found

_MOST_READ = 200


def cargo(folder: Folder) -> Found | None:
    """None without a Cargo.toml. All members of a workspace are tested, also where it is a package
    too, or names those that are built by default.
    """
    if not folder.has("Cargo.toml"):
        return None
    manifest = folder.toml("Cargo.toml")
    workspace = table(manifest, "workspace")
    is_part = ("package" in manifest and "members" in workspace) or "default-members" in workspace
    suite = ("cargo", "test", *(("--workspace",) if is_part else ()))
    sources = list(folder.ending(".rs"))[:_MOST_READ]
    files = [name for name in sources if _is_test(folder, name)]
    return Found("cargo", "Cargo.toml", ("cargo", "test", TESTS), suite, "cargo", files=len(files))


def is_member(folder: Folder, place: str) -> bool:
    """True for a package below this one that its `cargo test` reaches."""
    manifest = folder.toml("Cargo.toml")
    excluded = table(manifest, "workspace").get("exclude")
    return "workspace" in manifest and not (isinstance(excluded, list) and place in excluded)


def _is_test(folder: Folder, name: str) -> bool:
    return "tests" in name.split("/")[:-1] or "#[test]" in folder.text(name)
