"""Teeth: finished tests against old sources; what no test notices is unproved."""

import os
from pathlib import Path

from ai_sessions import gate, git
from ai_sessions.workflow.work import Work

_MOST_FILES = 10


def survivors(work: Work, start: str) -> tuple[str, ...]:
    """Changed source files whose version of `start`, put back alone, makes no test fail.

    A single changed file needs no trial: without it the tests were red, which has been seen.
    """
    every = work.tree.changed(start)
    if len(every) < 2:
        return ()
    changed = every[:_MOST_FILES]
    if left := len(every) - len(changed):
        told = f"{left} of {len(every)} changed files were not tried for teeth"
        work.warn([f"{work.task.id}: {told}"])
    repo = work.tree.repo
    with work.tree.checkout(work.tree.head()) as place:
        _lay(repo, place, work.tree.changed(work.tree.head()))
        proving = work.proving.elsewhere(place)
        found: list[str] = []
        for name in changed:
            now = _content(repo / name)
            _put(place / name, git.content_at(repo, start, name))
            run = proving.tests(work.task, f"teeth: {name}")
            if gate.run_class(run) == "pass":
                found.append(name)
            _put(place / name, now)
    return tuple(found)


def _lay(repo: Path, place: Path, names: tuple[str, ...]) -> None:
    """Bring the uncommitted files of the repository into a checkout of its HEAD."""
    for name in names:
        _put(place / name, _content(repo / name))


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _put(path: Path, content: bytes | None) -> None:
    """Write a file, its mode kept; None removes it."""
    if content is None or path.is_symlink():  # never through a link into another place
        path.unlink(missing_ok=True)
    if content is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if content.startswith(b"#!"):
        os.chmod(path, 0o755)  # noqa: S103  (a script has to stay one)
