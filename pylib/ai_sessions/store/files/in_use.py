"""Which sessions are in use now, and by whom."""

from collections.abc import Mapping
from pathlib import Path

from ai_sessions.disk import locks
from ai_sessions.store.files import checkpoints
from ai_sessions.store.files.turns import TURN


def in_use(root: Path) -> Mapping[str, str]:
    """Sessions that a command is talking in, and who: `pid 123, since 2026-…Z`."""
    found = {name: locks.held_by(root / name / TURN) for name in checkpoints.names(root)}
    return {name: holder for name, holder in found.items() if holder is not None}
