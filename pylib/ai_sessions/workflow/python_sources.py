"""From where Python imports the packages of a project that are installed as links to sources.

`pip install -e .`, `uv sync` and their like leave the path of the working tree in an environment.
A checkout that uses the same environment has to come before it.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ai_sessions import git_files
from ai_sessions.testing.execute import environment_for_tests, execute
from ai_sessions.workflow.packages import FOLDERS

_ENVIRONMENTS = (".venv", "venv")
#: Files of a project in Python.
_SIGNS = ("pyproject.toml", "setup.cfg", "*.py", "*/pyproject.toml", "*/*.py", "src/*/*.py")
#: Files by which installers lead to sources: paths line by line, and a table of them in Python.
_LEADING = ("*.pth", "__editable__*.py")
_QUOTED = re.compile(r"""'([^'\n]+)'|"([^"\n]+)\"""")
#: Longer ones are no such files.
_MOST_BYTES = 1 << 20
#: Folders of a project, in the order in which its packages are looked for.
_SOURCES = ("src", "lib", "python", ".")
_NO_PACKAGES = ("setup.py", "conftest.py", "noxfile.py", "tests", "test", "docs", "examples")
_MOST_NAMES = 20
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*")
_ASK_S = 30.0
#: The folders of installed packages.
_PACKAGES = """\
import json, sys
print(json.dumps([one for one in sys.path if one.endswith(("site-packages", "dist-packages"))]))
"""
#: Where modules would be imported from; the folder that we are in does not count.
_ORIGINS = """\
import importlib.util, json, sys
sys.path[:1] = []
found = {}
for name in sys.argv[1:]:
    spec = importlib.util.find_spec(name)
    places = list(spec.submodule_search_locations or [spec.origin]) if spec else []
    found[name] = [one for one in places if one]
print(json.dumps(found))
"""


def environment(
    repo: Path, checkout: Path, environ: Mapping[str, str], words: Sequence[str]
) -> dict[str, str]:
    """`environ` for a command in a checkout of `repo`, whose own sources come first."""
    if _is_same(repo, checkout):
        return dict(environ)
    made = dict(environ)
    if any((checkout / name).is_symlink() for name in _ENVIRONMENTS):
        made["UV_NO_SYNC"] = "1"  # uv would install the checkout into the environment of the user
    roots = _roots(repo, checkout, environ, words)
    if roots:
        own = [str(checkout / one) for one in roots]
        made["PYTHONPATH"] = os.pathsep.join(filter(None, [*own, environ.get("PYTHONPATH", "")]))
    return made


def leading_back(
    repo: Path, checkout: Path, environ: Mapping[str, str], words: Sequence[str]
) -> tuple[str, ...]:
    """Packages that a command in the checkout imports from another working tree all the same."""
    roots = _roots(repo, checkout, environ, words)
    names = sorted({name for root in roots for name in _importable(checkout / root)})
    if not names:
        return ()
    own = environment(repo, checkout, environ, words)
    origins = found_at(checkout, own, words, names)
    tops = _tops(repo)
    return tuple(
        name
        for name, places in origins.items()
        if any(_inside(tops, Path(os.path.realpath(one))) is not None for one in places)
    )


def found_at(
    cwd: Path, environ: Mapping[str, str], words: Sequence[str], names: Sequence[str]
) -> dict[str, list[str]]:
    """By name: the places that a command imports these modules from, `cwd` itself aside; empty
    where its interpreter cannot say.
    """
    origins = _asked(cwd, environ, words, _ORIGINS, *names[:_MOST_NAMES])
    return origins if isinstance(origins, dict) else {}


def _roots(
    repo: Path, checkout: Path, environ: Mapping[str, str], words: Sequence[str]
) -> tuple[Path, ...]:
    """The folders, seen from the top, that installed packages are imported from."""
    tops = _tops(repo)
    own = _own(checkout, environ, words) if _is_python(checkout) else []
    sites = dict.fromkeys([*_lent(checkout), *own])
    found = [root for site in sites for root in _linked(site, tops, checkout)]
    return tuple(dict.fromkeys(found))


def _is_python(checkout: Path) -> bool:
    """False where no interpreter need be asked, which takes as long as starting one."""
    return any(any(checkout.glob(pattern)) for pattern in _SIGNS)


def _is_same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _tops(repo: Path) -> tuple[Path, ...]:
    """All working trees of the repository: an environment may lead into another one."""
    common = Path(git_files.common_folder(os.fspath(repo)))
    linked = [Path(_text(one).strip()).parent for one in common.glob("worktrees/*/gitdir")]
    places = [repo, *([common.parent] if common.name == ".git" else []), *linked]
    scratch = [one for one in linked if "ai-sessions-" in one.parent.name]
    wanted = [one for one in places if one not in scratch]
    return tuple(dict.fromkeys([*wanted, *map(Path.resolve, wanted)]))


def _inside(tops: Sequence[Path], path: Path) -> Path | None:
    """Where this is, seen from the top of a working tree; None outside, or in its packages."""
    for top in tops:
        if path.is_relative_to(top):
            inside = path.relative_to(top)
            return None if set(FOLDERS) & set(inside.parts) else inside
    return None


# -- the folders of installed packages


def _lent(checkout: Path) -> Iterator[Path]:
    """Those of the environments that the checkout was lent, for commands behind wrappers."""
    for pattern in (name for one in _ENVIRONMENTS for name in (one, f"*/{one}")):
        for folder in sorted(checkout.glob(pattern)):
            if folder.is_symlink():
                yield from sorted(folder.resolve().glob("lib/python*/site-packages"))


def _own(checkout: Path, environ: Mapping[str, str], words: Sequence[str]) -> list[Path]:
    """Those of the interpreter that a command starts."""
    said = _asked(checkout, environ, words, _PACKAGES)
    return [Path(os.path.realpath(one)) for one in said] if isinstance(said, list) else []


def _asked(
    cwd: Path, environ: Mapping[str, str], words: Sequence[str], code: str, *arguments: str
) -> object:
    """What the interpreter of a command says; None when it cannot."""
    given = tuple(sorted(environment_for_tests(environ).items()))
    return _answer(cwd, given, _interpreter(cwd, environ, words), code, arguments)


@lru_cache(maxsize=16)
def _answer(
    cwd: Path,
    environ: tuple[tuple[str, str], ...],
    interpreter: str,
    code: str,
    arguments: tuple[str, ...],
) -> object:
    done = execute([interpreter, "-c", code, *arguments], cwd, _ASK_S, dict(environ))
    try:
        return json.loads(done.output) if done.exit_code == 0 else None
    except ValueError:
        return None


def _interpreter(cwd: Path, environ: Mapping[str, str], words: Sequence[str]) -> str:
    """The command itself, the one that its script names, else that of the PATH."""
    first = words[0] if words else ""
    if _PYTHON.fullmatch(os.path.basename(first)):
        return first
    found = shutil.which(str(cwd / first) if "/" in first else first, path=environ.get("PATH"))
    begin = _text(Path(found)).partition("\n")[0] if found else ""
    named = begin.removeprefix("#!").strip()
    is_python = begin.startswith("#!/") and _PYTHON.fullmatch(os.path.basename(named))
    return named if is_python else "python3"


# -- what is in such a folder


def _linked(site: Path, tops: Sequence[Path], checkout: Path) -> Iterator[Path]:
    """The folders of sources that packages are imported from, or were installed from."""
    for leading in _LEADING:
        for file in sorted(site.glob(leading)):
            inside = [_inside(tops, path) for path in _named_in(file)]
            yield from filter(None, inside)
    for file in sorted(site.glob("*.dist-info/direct_url.json")):
        project = _inside(tops, _installed_from(file))
        if project is not None:
            yield from _sources(checkout, project)


def _named_in(file: Path) -> Iterator[Path]:
    """The absolute paths in such a file; of a table's package the folder that it is in."""
    text = _text(file)
    if file.suffix == ".pth":
        yield from (Path(line) for line in text.splitlines() if line.startswith("/"))
        return
    found = (one or other for one, other in _QUOTED.findall(text))
    yield from (Path(one).parent for one in found if one.startswith("/"))


def _installed_from(file: Path) -> Path:
    """The folder that a package was installed from, by a link or as a copy."""
    try:
        url = urlsplit(str(json.loads(_text(file))["url"]))
    except (ValueError, KeyError, TypeError):
        return Path(os.sep)
    return Path(unquote(url.path)) if url.scheme == "file" else Path(os.sep)


def _sources(checkout: Path, project: Path) -> list[Path]:
    """Where a project of the checkout has its packages."""
    places = [project / name for name in _SOURCES]
    return next(([one] for one in places if _importable(checkout / one)), [])


def _importable(folder: Path) -> list[str]:
    """The packages and modules in a folder that are no tests."""
    if not folder.is_dir():
        return []
    names = [one.parent.name for one in folder.glob("*/__init__.py")]
    names += [one.stem for one in folder.glob("*.py") if one.name not in _NO_PACKAGES]
    return sorted(name for name in set(names) if name.isidentifier() and name not in _NO_PACKAGES)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", "surrogateescape")
    except OSError:
        return ""
