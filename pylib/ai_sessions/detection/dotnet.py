"""The tests of a .NET project, which takes projects, not files: all of them run."""

from ai_sessions.detection.folder import Folder
from ai_sessions.detection.found import Found

_PROJECTS = (".sln", ".slnx", ".csproj", ".fsproj", ".vbproj")


def dotnet(folder: Folder) -> Found | None:
    """None without a solution or a project."""
    projects = list(folder.ending(*_PROJECTS))
    if not projects:
        return None
    files = sum(1 for _ in folder.ending("Tests.cs", "Test.cs", "Tests.fs"))
    if any("/" not in name for name in projects):
        whole: tuple[str, ...] = ("dotnet", "test")
    else:
        whole = ("dotnet", "test", next((one for one in projects if ".sln" in one), projects[0]))
    return Found("dotnet", "the solution or project", whole, whole, files=files)
