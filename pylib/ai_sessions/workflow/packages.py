"""Lend another checkout the packages that are installed in the working tree.

Packages of the repository itself (workspaces of npm, yarn and pnpm, dependencies on its folders)
lead to the sources of that checkout.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ai_sessions import git

#: Folders of installed packages that a fresh checkout lacks and tests need.
FOLDERS = (".venv", "venv", "node_modules")
#: Files beside which packages are installed.
_MANIFESTS = frozenset(("package.json", "pyproject.toml", "setup.py", "requirements.txt"))


def lends(repo: Path) -> bool:
    """True where a working tree has packages to lend, at its top or in a part."""
    names = (name for name in git.files(repo) if name.rsplit("/", 1)[-1] in _MANIFESTS)
    places = {"", *map(os.path.dirname, names)}
    return any((repo / place / name).is_dir() for place in places for name in FOLDERS)


def lend(repo: Path, checkout: Path) -> None:
    """Link the folders at the top and in the parts of a workspace, as far as the checkout has those
    and no packages of its own there.
    """
    inside = list(_folders(checkout))
    local = _local(checkout, inside)
    for folder in inside:
        for name in FOLDERS:
            ours, theirs = repo / folder / name, checkout / folder / name
            if ours.is_dir() and not theirs.exists():
                _lend(repo, ours, checkout, local)


def _folders(checkout: Path) -> Iterator[str]:
    """The folders of a fresh checkout, seen from its top."""
    for folder, below, _ in os.walk(checkout):
        below[:] = sorted(one for one in below if one not in (".git", *FOLDERS))
        yield os.path.relpath(folder, checkout)


def _lend(repo: Path, ours: Path, checkout: Path, local: Mapping[str, str]) -> None:
    """A folder of packages as one link; where a package is the repository's own, one link each."""
    own = {package: _source(repo, ours, package, local) for package in _packages(ours)}
    inside = ours.relative_to(repo)
    if not any(own.values()):
        (checkout / inside).symlink_to(ours, target_is_directory=True)
        return
    for package, source in own.items():
        theirs = checkout / package.relative_to(repo)
        theirs.parent.mkdir(parents=True, exist_ok=True)
        theirs.symlink_to(checkout / source if source else package)


def _packages(folder: Path) -> Iterator[Path]:
    """What is in such a folder; of a scope (`@x`) and of the commands what is in that."""
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(("@", ".bin")) and entry.is_dir() and not entry.is_symlink():
            yield from sorted(entry.iterdir())
        else:
            yield entry


def _source(repo: Path, folder: Path, package: Path, local: Mapping[str, str]) -> str:
    """The folder of the repository that a package is a link to or a copy of; empty for others."""
    if not package.is_symlink():
        return local.get(package.relative_to(folder).as_posix(), "")
    return _source_at(repo, package)


def homes(repo: Path, places: Iterable[str], tests: Sequence[str]) -> dict[str, str]:
    """Where in the repository these places are that tests named: by a whole path, or by a package
    of `node_modules` beside or above them, whatever links lie between. Others are left out.
    """
    above = {str(folder) for test in tests for folder in Path(test).parents} | {"."}
    roots = [repo / folder / "node_modules" for folder in sorted(above)]
    found: dict[str, str] = {}
    for place in places:
        tries = [Path(place)] if place.startswith("/") else [root / place for root in roots]
        source = next(filter(None, (_source_at(repo, one) for one in tries)), "")
        if source:
            found[place] = source
    return found


def _source_at(repo: Path, path: Path) -> str:
    """Where this is among the sources of the repository, links followed; empty: elsewhere."""
    inside = os.path.relpath(os.path.realpath(path), os.path.realpath(repo))
    parts = inside.split(os.sep)
    return "" if {os.pardir, *FOLDERS} & set(parts) else inside


# -- dependencies on a folder of the repository, which a manager may copy


def _local(checkout: Path, folders: list[str]) -> dict[str, str]:
    """By name: the packages that a `package.json` takes from a folder (`file:../core`)."""
    found: dict[str, str] = {}
    for folder in folders:
        for name, wanted in _dependencies(checkout / folder / "package.json").items():
            place = os.path.normpath(os.path.join(folder, wanted))
            if (checkout / place / "package.json").is_file():
                found[name] = place
    return found


def _dependencies(file: Path) -> dict[str, str]:
    """By name: the paths that dependencies are taken from."""
    try:
        package = json.loads(file.read_bytes())
        kinds = [package.get(kind) or {} for kind in ("dependencies", "devDependencies")]
        named = {name: str(wanted) for kind in kinds for name, wanted in kind.items()}
    except (OSError, ValueError, AttributeError):
        return {}
    begins = ("file:", "link:", "portal:")
    return {
        name: wanted.partition(":")[2]
        for name, wanted in named.items()
        if wanted.startswith(begins)
    }
