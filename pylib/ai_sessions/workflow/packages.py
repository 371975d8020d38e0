"""Lend another checkout the packages that are installed in the working tree."""

import os
from collections.abc import Iterator
from pathlib import Path

#: Folders of installed packages that a fresh checkout lacks and tests need.
FOLDERS = (".venv", "venv", "node_modules")


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
