"""Lists of models as they were when servers were asked last, so that one question a day will do.

One small file beside the budgets. Light on imports: whoever chooses a model reads it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ai_sessions import times
from ai_sessions.disk import files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path
    from typing import Any

    Told = dict[str, Any]

#: Below the folder of sessions.
FILE = ".budget/models.json"
_LOCK = "models.lock"
_LONGEST_BYTES = 8 << 20
_TEXTS = ("day", "source", "at", "asked_at")
_KINDS = {
    **{"id": str, "display_name": str, "window": int, "capabilities": list},
    **{"free": bool, "free_tier": bool},
}


def read(root: Path | str) -> dict[str, Told]:
    """The newest lists, each by the name it was kept under, as `catalog.served` takes them.

    `at`: when it was read; `asked_at`: when the server was asked last, answer or not. What cannot
    be read counts as none: it is asked for again.
    """
    import json

    try:
        told = json.loads(files.read_bytes(_path(root), _LONGEST_BYTES))["lists"]
        return {str(name): _checked(one) for name, one in told.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}


def keep(root: Path | str, name: str, found: list[Told], source: str, now: datetime) -> None:
    """Put a list in place of the one before; an empty one only says that it was asked for.

    Raises `StorageError`.
    """
    import json

    known = read(root)
    kept = {**known.get(name, {"models": []}), "asked_at": times.utc(now.isoformat())}
    if found:
        kept |= {"models": found, "source": source, "day": f"{now:%Y-%m-%d}"}
        kept["at"] = kept["asked_at"]
    with files.reported(_path(root)):
        text = json.dumps({"lists": {**known, name: kept}})
        files.replace(_path(root), text.encode(), sync=False)


def asking(root: Path | str) -> AbstractContextManager[None]:
    """A context in which nobody else asks. Raises `LockBusy` if somebody does, `StorageError`."""
    from pathlib import Path

    from ai_sessions.disk import locks

    folder = Path(_path(root)).parent
    with files.reported(str(folder)):
        files.make_folders(folder.parent)
        files.make_folder(folder)
    return locks.held(folder / _LOCK, 0, "the lists of models")


def _path(root: Path | str) -> str:
    return f"{os.fspath(root)}/{FILE}"


def _checked(told: Mapping[str, Any]) -> Told:
    """Raises `TypeError` or `KeyError` for what `keep` has not written."""
    texts = {name: str(told.get(name, "")) for name in _TEXTS}
    return {**texts, "models": [_row(one) for one in told["models"]]}


def _row(told: Mapping[str, Any]) -> Told:
    row = {name: told[name] for name in _KINDS if name in told}
    if "id" not in row or not all(isinstance(one, _KINDS[name]) for name, one in row.items()):
        raise TypeError("no row of a model")
    return row
