"""Installed copies of a project's own packages, which tests would import in place of the sources.

Work on the sources then changes nothing that the tests see. It is told before anything is paid, and
only where it is certain: nothing that is read here says that the sources come first.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ai_sessions import git
from ai_sessions.workflow import python_sources
from ai_sessions.workflow.packages import FOLDERS

#: Folders of sources from which nothing is imported by itself. What lies at the top is found first
#: by most runners.
_ROOTS = ("src/", "lib/", "python/")
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*|pytest|py\.test")
_MANAGERS = ("uv", "poetry", "pdm", "pipenv", "hatch", "rye")
_INSTALLED = frozenset(("site-packages", "dist-packages"))
#: What puts the sources before installed packages, and the files that say so.
_PUTS_FIRST = re.compile(r"\bpythonpath\b|sys\.path|PYTHONPATH|import-mode")
_SAYING = ("pyproject.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "conftest.py")
_OF_PYTHON = re.compile(r"(?:.*/)?(?:test_[^/]*|[^/]*_test)\.py")
_OF_NODE = re.compile(r"(?:.*/)?(?:tests?|__tests__)/.*|.*\.(?:test|spec)\.[cm]?[jt]sx?")
_MOST_READ = 100
_MOST_CHARACTERS = 1 << 16


def copied(
    repo: Path, environ: Mapping[str, str], words: Sequence[str], sources: Sequence[str]
) -> str:
    """Which copy tests would import in place of these sources; empty when none is known.

    `words`: the command that runs the tests; `sources`: patterns of the files that the work is in.
    """
    if any(name.startswith(_ROOTS) and name.endswith(".py") for name in sources):
        return next(_of_python(repo, environ, words, sources), "")
    return next(_of_node(repo, sources), "") if (repo / "node_modules").is_dir() else ""


# -- Python


def _of_python(
    repo: Path, environ: Mapping[str, str], words: Sequence[str], sources: Sequence[str]
) -> Iterator[str]:
    program = _interpreter(repo, words)
    names = sorted({name for one in sources if (name := _package(repo, one))})
    if not (program and names) or _puts_sources_first(repo):
        return
    for name, places in python_sources.found_at(repo, environ, program, names).items():
        installed = [place for place in places if _INSTALLED & {*Path(place).parts}]
        if installed and len(installed) == len(places):
            told = f"{name} would be imported from an installed copy, {installed[0]}"
            yield f"{told}, not from the sources: install it as a link (pip install -e .)"


def _interpreter(repo: Path, words: Sequence[str]) -> Sequence[str]:
    """The command that tells what Python its tests run with; empty when it hides behind another."""
    first = os.path.basename(words[0]) if words else ""
    if first in _MANAGERS:
        own = [repo / name / "bin/python" for name in FOLDERS]
        return [str(one) for one in own if one.exists()][:1]
    return words if _PYTHON.fullmatch(first) else ()


def _package(repo: Path, source: str) -> str:
    """The package of a source below one of the folders, where it is there already."""
    root, _, inside = source.partition("/")
    name, _, rest = inside.partition("/")
    if not rest:
        name = name.removesuffix(".py")
        return name if name.isidentifier() and (repo / source).is_file() else ""
    is_there = name.isidentifier() and (repo / root / name / "__init__.py").is_file()
    return name if is_there else ""


def _puts_sources_first(repo: Path) -> bool:
    names = git.files(repo)
    saying = [name for name in names if name.rpartition("/")[2] in _SAYING]
    tests = [name for name in names if _OF_PYTHON.fullmatch(name)]
    read = (_text(repo / name) for name in [*saying, *tests][:_MOST_READ])
    return any(_PUTS_FIRST.search(text) for text in read)


# -- Node.js


def _of_node(repo: Path, sources: Sequence[str]) -> Iterator[str]:
    """Packages of the repository that tests of others import by name, and that are no links."""
    names = git.files(repo)
    manifests = (name for name in names if name.endswith("/package.json"))
    for manifest in manifests:
        folder = manifest.rpartition("/")[0]
        package = _named(repo / manifest)
        if not package or not any(one.startswith(f"{folder}/") for one in sources):
            continue
        copy = repo / "node_modules" / package
        if copy.is_symlink() or not (copy / "package.json").is_file():
            continue
        if test := _importing(repo, names, package, folder):
            told = f"{test} imports {package} from a copy, node_modules/{package}"
            yield f"{told}, not from {folder}: install it as a link (workspaces, npm install)"


def _named(manifest: Path) -> str:
    try:
        name = json.loads(_text(manifest)).get("name")
    except (ValueError, AttributeError):
        return ""
    return name if isinstance(name, str) and ".." not in name else ""


def _importing(repo: Path, names: Sequence[str], package: str, folder: str) -> str:
    """A test outside of the package's folder that imports it by name; empty: none."""
    wanted = re.compile(rf"""['"]{re.escape(package)}(?:/[^'"\n]*)?['"]""")
    tests = [one for one in names if _OF_NODE.fullmatch(one) and not one.startswith(f"{folder}/")]
    found = (one for one in tests[:_MOST_READ] if wanted.search(_text(repo / one)))
    return next(found, "")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")[:_MOST_CHARACTERS]
    except OSError:
        return ""
