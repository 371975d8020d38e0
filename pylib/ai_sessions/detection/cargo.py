"""The tests of a Rust package or workspace."""

from ai_sessions.detection.folder import Folder, table
from ai_sessions.detection.found import TESTS, Found

_MOST_READ = 200


def cargo(folder: Folder) -> Found | None:
    """None without a Cargo.toml. A package that is a workspace too has its members tested."""
    if not folder.has("Cargo.toml"):
        return None
    manifest = folder.toml("Cargo.toml")
    is_both = "package" in manifest and bool(table(manifest, "workspace").get("members"))
    suite = ("cargo", "test", *(("--workspace",) if is_both else ()))
    sources = list(folder.ending(".rs"))[:_MOST_READ]
    files = [name for name in sources if _is_test(folder, name)]
    return Found("cargo", "Cargo.toml", ("cargo", "test", TESTS), suite, "cargo", files=len(files))


def _is_test(folder: Folder, name: str) -> bool:
    return "tests" in name.split("/")[:-1] or "#[test]" in folder.text(name)
