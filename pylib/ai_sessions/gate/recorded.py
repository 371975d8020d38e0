"""Snapshots that tests record: what may become of them, and what a run says that lacks them.

A run that proves something writes none (it has `CI=true`): what it wrote itself it would compare
with itself. They are recorded before, from the work, so they are frozen with it, not at red.
"""

import re
from collections.abc import Iterable

from ai_sessions.testing.contract import Run

#: Where an entry begins: jest and vitest, syrupy, ava's report.
_BEGINS = re.compile(rb"^(?=exports\[|# name: |## )", re.MULTILINE)
#: What jest, vitest and ava say; vitest says the same of an entry that differs.
_LACKING = re.compile(
    r"New snapshot was not written|No snapshot available|Snapshot `[^`\n]*` mismatched"
)
ASK_FOR_SNAPSHOTS = (
    "Our run has CI=true, so it writes no snapshots: what it wrote it would compare with itself. "
    "Run the tests once without CI, so that new snapshots are recorded from the work (do not "
    "update those that are there), and leave the files beside the tests.\n"
)


def only_grew(before: bytes | None, after: bytes | None) -> bool:
    """True when a file of snapshots still has every entry that it had; None: it was not there."""
    if before is None or after is None:
        return before is None and after is not None
    return before == after or (_BEGINS.search(before) is not None and _has_all(before, after))


def lacks_snapshots(run: Run) -> bool:
    """True when a run says that snapshots are missing, or may be."""
    return bool(run.exit_code and _LACKING.search(run.output))


def told(names: Iterable[str]) -> str:
    """What a person is to know of snapshots that were recorded from the work."""
    return f"{', '.join(sorted(names))} holds what the work returned, right or wrong: read it"


def _has_all(before: bytes, after: bytes) -> bool:
    then, now = (_entries(text) for text in (before, after))
    return then.keys() <= now.keys() and all(now[head] == text for head, text in then.items())


def _entries(text: bytes) -> dict[bytes, bytes]:
    """What stands in each entry, by its first line; what is before the first has no name."""
    _head, *entries = _BEGINS.split(text.replace(b"\r\n", b"\n"))
    return {entry.partition(b"\n")[0]: entry.rstrip() for entry in entries}
