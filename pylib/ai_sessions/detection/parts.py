"""The parts of a repository: folders below the top that have manifests, so tools of their own."""

from pathlib import PurePosixPath

from ai_sessions.detection.folder import Folder

#: Files that make a folder a project of its own.
MANIFESTS = frozenset(
    (
        *("package.json", "deno.json", "deno.jsonc", "pyproject.toml", "setup.py", "go.mod"),
        *("Cargo.toml", "Gemfile", "composer.json", "mix.exs", "pom.xml", "build.gradle"),
        *("build.gradle.kts", "manage.py", "Pipfile"),
    )
)
#: What makes a folder with tests in it a project where the top has nothing of Python.
_WEAK = "requirements.txt"
_PYTHON = ("pyproject.toml", "setup.py", "setup.cfg", "Pipfile", "manage.py", "tox.ini", _WEAK)
#: Folders whose manifests are data of tests or examples, not projects that people work on.
_ASIDE = frozenset(
    (
        *("test", "tests", "__tests__", "spec", "specs", "fixtures", "fixture", "__fixtures__"),
        *("testdata", "test-data", "examples", "example", "samples", "templates", "template"),
        *("docs", "doc", "benchmark", "benchmarks", "bench", "e2e", "third_party", "scripts"),
    )
)
_MOST_PARTS = 100


def parts_of(folder: Folder) -> list[Folder]:
    """The outermost folders with a manifest, by name; those inside another part belong to it."""
    known = MANIFESTS if folder.has(*_PYTHON) else MANIFESTS | {_WEAK}
    places = {str(PurePosixPath(name).parent) for name in folder.names if _is_manifest(name, known)}
    places -= {place for place in places if not _is_project(folder.below(place))}
    outer: list[str] = []
    for place in sorted(places):
        if not any(place.startswith(f"{one}/") for one in outer):
            outer.append(place)
    return [folder.below(place) for place in outer[:_MOST_PARTS]]


def _is_manifest(name: str, known: frozenset[str]) -> bool:
    *above, last = name.split("/")
    return last in known and bool(above) and not _ASIDE & set(above)


def _is_project(part: Folder) -> bool:
    """False for a list of packages alone, without tests that need them."""
    return part.has(*MANIFESTS) or any("/test" in f"/{name}" for name in part.ending(".py"))
