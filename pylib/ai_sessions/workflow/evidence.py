"""What our own process saw, in the form it is kept: runs of tests, digests of files."""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ai_sessions import gate, git
from ai_sessions.records import Json
from ai_sessions.testing.contract import Case, Outcome, Run

OUTCOMES: tuple[Outcome, ...] = ("passed", "failed", "error", "skipped")
#: Ids of passing tests are left out of the record of a suite larger than this.
_MOST_IDS = 2000


def seen(run: Run, log: str) -> dict[str, Any]:
    """A run of tests as evidence. `log`: where its whole output is kept."""
    named = OUTCOMES if len(run.cases) <= _MOST_IDS else ("failed", "error")
    return {
        "command": list(run.command),
        "exit": run.exit_code,
        "class": gate.run_class(run),
        "counts": counts(run),
        "ids": {name: sorted(run.ids(name)) for name in named if run.ids(name)},
        "opaque": run.opaque,
        "counted": run.counted,
        "duration_ms": run.duration_ms,
        "log": log,
    }


def run_of(record: Json) -> Run:
    """The run that `seen` recorded, without its output."""
    cases = tuple(
        Case(id_, name) for name in OUTCOMES for id_ in (record.get("ids") or {}).get(name, ())
    )
    return Run(
        tuple(record["command"]),
        record["exit"],
        cases,
        record["duration_ms"],
        "",
        opaque=record["opaque"],
        counted=record["counted"],
    )


def counts(run: Run) -> dict[str, int]:
    """Number of tests by outcome, none left out."""
    return {name: sum(case.outcome == name for case in run.cases) for name in OUTCOMES}


def digests(repo: Path, commit: str, names: Iterable[str]) -> dict[str, str]:
    """Digest by path of files that are frozen, of their content at a commit or in a tree; one that
    is not there is left out.

    What git keeps is the same on every machine; what is on disk may have other line ends.
    """
    return gate.frozen(git.contents_at(repo, commit, list(names)))


def hashes(repo: Path, names: Iterable[str]) -> dict[str, str]:
    """SHA-256 by path of whole files; empty for one that is not there."""
    contents = {name: _content(repo / name) for name in names}
    return {name: "" if data is None else sha256(data) for name, data in contents.items()}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _content(path: Path) -> bytes | None:
    """The content of a file; of a link: where it points; None for anything else."""
    try:
        if path.is_symlink():
            return str(path.readlink()).encode()
        return path.read_bytes() if path.is_file() else None  # a pipe would never end
    except OSError:
        return None
