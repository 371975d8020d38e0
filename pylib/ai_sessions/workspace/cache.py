"""Values that can always be derived again, kept in `cache/`; not committed."""

from __future__ import annotations

import contextlib

from ai_sessions.errors import StorageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ai_sessions.workspace.files import Workspace


def read_cached(space: Workspace, key: str, name: str) -> Any:
    """A derived value kept under `key`; None when the key is another or nothing was kept."""
    found = space.record("cache", name)
    return found.get("value") if found and found.get("key") == key else None


def save_cached(space: Workspace, key: str, value: Any, name: str) -> None:
    """Keep a derived value; a read-only checkout only makes the next run slower."""
    save_record(space, {"key": key, "value": value}, name)


def save_record(space: Workspace, record: Mapping[str, Any], name: str) -> None:
    """Keep an object as it is; where that cannot be, nothing happens."""
    with contextlib.suppress(StorageError):
        space.save(record, "cache", name)
