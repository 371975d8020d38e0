"""`test/py` mirrors the package: what a module does is tested in a file of its name."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "pylib" / "ai_sessions"
TESTS = ROOT / "test" / "py"


def without_tests(room: Path) -> list[str]:
    """Modules that no `test_<module>.py` or `test_<module>_<part>.py` mirrors.

    Modules that only promise something (`contract`) or only name it (no function) have nothing to
    test.
    """
    folder = TESTS / room
    return [
        path.stem
        for path in sorted((PACKAGE / room).glob("*.py"))
        if path.stem not in ("__init__", "contract")
        and "def " in path.read_text(encoding="utf-8")
        and not (folder / f"test_{path.stem}.py").is_file()
        and not list(folder.glob(f"test_{path.stem}_*.py"))
    ]


def rooms() -> set[str]:
    return {str(path.parent.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py")}


@pytest.mark.parametrize("room", sorted(rooms()))
def test_every_module_has_a_test_file_of_its_name(room: str) -> None:
    assert without_tests(Path(room)) == []
