"""Whether an import would find anything: a look at the logs' sizes and times alone.

Light on imports: most imports are started by cron, find nothing, and then need no lock, no index
and no store.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ai_sessions.imports.contract import Source

FOLDER = ".imports"
SCHEMA = 1


def has_nothing_new(root: str, source: Source, logs: Sequence[Path]) -> bool:
    """Whether each of the logs was read to its end by an earlier import; False when in doubt."""
    try:
        with open(os.path.join(root, FOLDER, f"{source.name}.json"), encoding="utf-8") as file:
            known = json.load(file)
        if known["schema"] != SCHEMA or not known["whole"]:
            return False
        states = known["logs"]
        return all(source.waiting(path, states[os.fspath(path)]) == 0 for path in logs)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return False
