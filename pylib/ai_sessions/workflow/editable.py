"""Python packages that are installed as links to their sources (`pip install -e .`).

A checkout that is lent the `.venv` of the working tree would import the working tree's sources. It
is given its own ones first.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_ENVIRONMENTS = (".venv", "venv")
#: Files by which installers lead to sources: paths line by line, and a table of them in Python.
_LEADING = ("*.pth", "__editable__*.py")
_QUOTED = re.compile(r"""'([^'\n]+)'|"([^"\n]+)\"""")
#: Longer ones are no such files.
_MOST_BYTES = 1 << 20


def environment(repo: Path, checkout: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` for tests in a checkout that may use the packages of `repo`."""
    lent = [name for name in _ENVIRONMENTS if (checkout / name).is_symlink()]
    own = dict.fromkeys(str(checkout / one) for name in lent for one in _sources(repo, name))
    if not own:
        return dict(environ)
    path = os.pathsep.join(filter(None, [*own, environ.get("PYTHONPATH", "")]))
    return {**environ, "PYTHONPATH": path}


def _sources(repo: Path, name: str) -> Iterator[Path]:
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
