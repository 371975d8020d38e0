"""The tests of a .NET project, which takes projects, not files: all of them run."""

import re
from collections.abc import Sequence

from ai_sessions.detection.folder import Folder
from ai_sessions.detection.found import Found, Words

_SOLUTIONS = (".sln", ".slnx")
_PROJECTS = (".csproj", ".fsproj", ".vbproj")
#: What a project refers to that has tests in it; `dotnet test` of any other runs none, and is
#: content.
_TOOLS = re.compile(r"Microsoft\.NET\.Test\.Sdk|\b(?:xunit|NUnit|MSTest|TUnit)\b", re.IGNORECASE)
_MOST_READ = 50


def dotnet(folder: Folder) -> Found | None:
    """None without a solution or a project."""
    solutions, projects = list(folder.ending(*_SOLUTIONS)), list(folder.ending(*_PROJECTS))
    if not solutions and not projects:
        return None
    files = sum(1 for _ in folder.ending("Tests.cs", "Test.cs", "Tests.fs"))
    named = _at_the_top(solutions) or solutions or _with_tests(folder, projects)
    likely = [name for name in projects if "test" in name.lower()]
    advice = ("dotnet", "test", *(named or likely or projects)[:1])
    if len(named) == 1:
        is_plain = "/" not in named[0] and len(_at_the_top([*solutions, *projects])) == 1
        whole: Words = ("dotnet", "test") if is_plain else advice
        return Found("dotnet", "the solution or project", whole, whole, files=files)
    sign = f"{len(named)} of its files may be tested" if named else "no project has a test tool"
    return Found("", f"dotnet: {sign}", advice=advice, files=files)


def _at_the_top(names: Sequence[str]) -> list[str]:
    return [name for name in names if "/" not in name]


def _with_tests(folder: Folder, projects: Sequence[str]) -> list[str]:
    return [name for name in projects[:_MOST_READ] if _TOOLS.search(folder.text(name))]
