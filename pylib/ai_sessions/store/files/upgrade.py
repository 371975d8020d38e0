"""Turning a session of the first layout into a journal, on disk, in steps that may be cut anywhere.

Either the old file is untouched or the journal is complete; when both are there the journal wins.
"""

import os
from pathlib import Path
from typing import Any

from ai_sessions.disk import files
from ai_sessions.store import first_layout
from ai_sessions.store.entries import numbered
from ai_sessions.store.files import checkpoints, journal, lines
from ai_sessions.store.masking import storable

#: The old file, kept beside the new ones.
KEPT = "metadata.v1.json"
#: One that could not be read, kept for a person to look at.
DAMAGED = "metadata.damaged"


def upgrade(folder: Path, name: str = "") -> bool:
    """Write the journal of an old session; False when there is nothing to upgrade.

    `name`: of the session, where the folder has another one. The caller holds the session's lock.
    Raises `OSError`.
    """
    metadata = checkpoints.metadata(os.fspath(folder), checkpoints.LARGEST_OLD_BYTES)
    if not first_layout.is_legacy(metadata):
        return False
    _keep_old(folder)
    with files.replacing(folder / journal.NAME) as fd:
        for seq, entry in enumerate(first_layout.entries(name or folder.name, metadata)):
            files.write_all(fd, _line(entry, seq))
    return True


def set_aside(folder: Path) -> None:
    """Move a file that is of no layout we know out of the way of a new checkpoint."""
    (folder / checkpoints.NAME).rename(folder / DAMAGED)


def _line(entry: dict[str, Any], seq: int) -> bytes:
    return lines.encode(numbered({**storable(entry), "seq": seq}, seq))


def _keep_old(folder: Path) -> None:
    old, kept = folder / checkpoints.NAME, folder / KEPT
    try:
        os.link(old, kept, follow_symlinks=False)
    except FileExistsError:  # an upgrade was cut after this step
        return
    except OSError:  # no hard links on this file system
        with files.replacing(kept) as fd:
            files.copy(old, fd)
    os.chmod(kept, files.PRIVATE_FILE)
