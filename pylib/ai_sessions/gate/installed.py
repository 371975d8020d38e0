"""What may change in installed packages while a task is done. No commit carries any of it.

Whole packages that an installer adds, replaces or removes are told: whether a fresh checkout gets
them, `verify` finds out by installing afresh. Files that were edited inside a package are refused,
as are files by which Python or a test tool starts other code, unless a manifest of the project that
changed too explains them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from ai_sessions.gate.verdict import Scope, Verdict, refused
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plurals import counted, listed

#: inode, size, times of content and of the entry, which no program can set back; and, of small
#: files that decide what is started, a digest of the content.
Mark = tuple[int, int, int, int, str]

#: Where projects say what is installed: a change there explains changes in packages.
_MANIFEST = re.compile(
    r"package\.json|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?"
    r"|pyproject\.toml|setup\.(?:py|cfg)|(?:uv|poetry|pdm|Pipfile|pixi)\.lock|Pipfile"
    r"|(?:.*[-_.])?(?:requirements|constraints)(?:[-_.].*)?\.(?:txt|in)|environment\.ya?ml|.*\.patch"
)
_PACKAGE = re.compile(r"^(.*(?:site-packages|node_modules)/)((?:@[^/]+/)?[^/]+)(?:/|$)")
#: Notes of installers, which nothing reads while tests run.
_NOTES = re.compile(
    r".*\.(?:dist-info|egg-info)/(?!entry_points\.txt).*"
    r"|.*/(?:\.package-lock\.json|\.yarn-integrity|\.modules\.yaml|\.yarn-state\.yml)"
    r"|.*/site-packages/pip/.*|(?:\.venv|venv)/\.[^/]+"
)
#: The digest of a file whose being there starts code that nobody imports begins with this.
STARTS = "starts "


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths in installed packages that differ. `edited`: inside a package, or what is started."""

    edited: tuple[str, ...]
    others: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.edited or self.others)


def is_note(path: str) -> bool:
    """True for what an installer notes for itself."""
    return bool(_NOTES.fullmatch(path))


def changes(before: Mapping[str, Mark], after: Mapping[str, Mark]) -> Changes:
    """What differs between two looks, an installer's doing told from edits by hand."""
    moved = [path for path in {**before, **after} if before.get(path) != after.get(path)]
    wrong = {path for path in moved if not _is_same(before.get(path), after.get(path))}
    by_package: dict[str, set[str]] = {}
    for path in wrong:
        if not is_note(path):
            by_package.setdefault(_package(path), set()).add(path)
    edited: set[str] = set()
    for package, paths in by_package.items():
        if not package or not _is_installed_anew(package, paths, before, after, moved):
            edited |= {path for path in paths if path in before}
        edited |= {path for path in paths if path in after and after[path][4].startswith(STARTS)}
    others = {path for paths in by_package.values() for path in paths} - edited
    return Changes(tuple(sorted(edited)), tuple(sorted(others)))


def _is_same(one: Mark | None, other: Mark | None) -> bool:
    """True for a file that was written anew with the content that it had."""
    return bool(one and other and one[4] and one[4] == other[4])


def _package(path: str) -> str:
    """The folder or file of the package that a path is in, as installers put it there; empty for
    what belongs to the environment itself.
    """
    found = _PACKAGE.match(path)
    if not found or path.endswith(".pth") or found[2] == ".bin":
        return ""
    return found[1] + found[2]


def _is_installed_anew(
    package: str,
    changed: set[str],
    before: Mapping[str, Mark],
    after: Mapping[str, Mark],
    moved: Sequence[str],
) -> bool:
    """True when each file of the package was made anew, as installers do, who note it too."""
    if package.rpartition("/")[2].startswith("."):
        return True  # what tools generate: clients of databases, say
    was = {path for path in before if _is_in(path, package) and not is_note(path)}
    now = {path for path in was if path in after}
    if not was <= {*changed, *moved} or any(before[path][0] == after[path][0] for path in now):
        return False
    if not now:  # or nothing was there
        return True
    place = package.rpartition("site-packages/")[0]
    if "site-packages/" in package:
        return any(is_note(path) and path.startswith(place) for path in moved)
    return f"{package}/package.json" in moved


def _is_in(path: str, package: str) -> bool:
    return path == package or path.startswith(f"{package}/")


def judge_installed(scope: Scope, found: Changes, changed: Iterable[str]) -> Verdict:
    """`changed`: the paths of the repository that the task changed."""
    if not found:
        return Verdict(True, "")
    explained = any(_MANIFEST.fullmatch(path.rpartition("/")[2]) for path in changed)
    if found.edited and not explained:
        reason = f"{listed(found.edited)} changed in installed packages, which no commit carries"
        feedback = (
            f"Installed packages were edited: {', '.join(found.edited[:20])}. Install them anew as "
            f"they were, and do the work in: {', '.join(scope.sources)}. A package that the work "
            "needs has to be named in the project's manifest (package.json, pyproject.toml, …)."
        )
        return refused(scope, "unseen", reason, feedback, paths=found.edited)
    every = (*found.edited, *found.others)
    told = (
        f"{scope.task}: {counted(len(every), 'file')} of installed packages changed "
        f"({listed(every, 2)}), which no commit carries: verify.sh has to install them afresh"
    )
    return Verdict(True, "", warnings=(told,))
