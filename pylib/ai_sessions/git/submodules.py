"""Submodules of a fresh checkout, from those of the working tree: no network, no settings."""

import shutil
from pathlib import Path

from ai_sessions.git.command import NO_HOOKS, write
from ai_sessions.git.trees import repositories_at

#: What names a repository's submodules.
_NAMED = ".gitmodules"


def fill(repo: Path, checkout: Path, commit: str) -> None:
    """Give `checkout`, made of `commit`, the submodules that `repo` has, each at the commit that it
    is to have; what `repo` lacks stays empty, as it is there.
    """
    if not (checkout / _NAMED).is_file():
        return
    for path, wanted in repositories_at(repo, commit).items():
        source, place = repo / path, checkout / path
        if (source / ".git").exists() and not (place / ".git").exists():
            _copy(source, place, wanted)


def _copy(source: Path, place: Path, commit: str) -> None:
    """A commit of `source`, whose objects are used where they are."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    options = ("--quiet", "--shared", "--no-checkout", "--template=", "--", str(source), ".")
    cloned = write(place, *NO_HOOKS, "clone", *options)
    turn = ("checkout", "--quiet", "--detach", commit)
    # without a repository here, that would turn the checkout around it
    if cloned.returncode or write(place, *NO_HOOKS, *turn).returncode:
        shutil.rmtree(place, ignore_errors=True)  # not fetched here
        place.mkdir()
        return
    fill(source, place, commit)
