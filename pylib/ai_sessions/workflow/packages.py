"""Lend another checkout the packages that are installed in the working tree.

Packages that are links to sources of the repository lead to the sources of that checkout: links in
`node_modules`, and what `pip install -e .` leaves in a virtual environment.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

#: Folders of installed packages that a fresh checkout lacks and tests need.
FOLDERS = (".venv", "venv", "node_modules")
_ENVIRONMENTS = (".venv", "venv")
#: Files by which installers lead to sources: paths line by line, and a table of them in Python.
_LEADING = ("*.pth", "__editable__*.py")
_QUOTED = re.compile(r"""'([^'\n]+)'|"([^"\n]+)\"""")
#: Longer ones are no such files.
_MOST_BYTES = 1 << 20


def lends(repo: Path) -> bool:
    """True where a working tree has packages to lend."""
    return any((repo / name).is_dir() for name in FOLDERS)


def lend(repo: Path, checkout: Path) -> None:
    """Link the folders. Packages that are links to sources of the repository (workspaces of npm,
    yarn and pnpm) lead to those of the checkout.
    """
    for name in FOLDERS:
        ours, theirs = repo / name, checkout / name
        if not ours.is_dir() or theirs.exists():
            continue
        if any(_source(repo, one) for one in _packages(ours)):
            _lend_each(repo, ours, checkout)
        else:
            theirs.symlink_to(ours, target_is_directory=True)


def _lend_each(repo: Path, ours: Path, checkout: Path) -> None:
    for package in _packages(ours):
        theirs = checkout / package.relative_to(repo)
        theirs.parent.mkdir(parents=True, exist_ok=True)
        source = _source(repo, package)
        theirs.symlink_to(checkout / source if source else package)


def _packages(folder: Path) -> Iterator[Path]:
    """What is in such a folder; of a scope (`@x`) what is in that."""
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("@") and entry.is_dir() and not entry.is_symlink():
            yield from sorted(entry.iterdir())
        else:
            yield entry


def _source(repo: Path, package: Path) -> str:
    """The folder of the repository that a package is a link to; empty for others."""
    if not package.is_symlink():
        return ""
    top, target = os.path.realpath(repo), os.path.realpath(package)
    inside = os.path.relpath(target, top)
    parts = inside.split(os.sep)
    return "" if parts[0] in (os.pardir, *FOLDERS) else inside


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


# -- Python packages that are installed as links to their sources


def environment(repo: Path, checkout: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` for tests in a checkout that may use the packages of `repo`."""
    lent = [name for name in _ENVIRONMENTS if (checkout / name).is_symlink()]
    own = dict.fromkeys(str(checkout / one) for name in lent for one in _linked(repo, name))
    if not own:
        return dict(environ)
    path = os.pathsep.join(filter(None, [*own, environ.get("PYTHONPATH", "")]))
    return {**environ, "PYTHONPATH": path}


def _linked(repo: Path, name: str) -> Iterator[Path]:
    """The folders below `repo` that packages of an environment are imported from."""
    tops = {repo, repo.resolve()}
    for leading in _LEADING:
        for file in sorted((repo / name).glob(f"lib/python*/site-packages/{leading}")):
            for path in _named_in(file):
                top = next((one for one in tops if path.is_relative_to(one)), None)
                if top and path.relative_to(top).parts[:1] != (name,):
                    yield path.relative_to(top)


def _named_in(file: Path) -> Iterator[Path]:
    """The absolute paths in such a file; of a table's package the folder that it is in."""
    try:
        text = file.read_bytes()[:_MOST_BYTES].decode("utf-8", "surrogateescape")
    except OSError:
        return
    if file.suffix == ".pth":
        yield from (Path(line) for line in text.splitlines() if line.startswith("/"))
        return
    found = (one or other for one, other in _QUOTED.findall(text))
    yield from (Path(one).parent for one in found if one.startswith("/"))
