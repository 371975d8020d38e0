"""A .NET project runs all tests."""

import pytest

from ai_sessions.detection.dotnet import dotnet


@pytest.mark.parametrize(
    ("names", "test"),
    [
        (["Shop.sln", "a/a.csproj"], "dotnet test"),
        (["a.csproj"], "dotnet test"),
        (["src/a.csproj", "src/Shop.slnx"], "dotnet test src/Shop.slnx"),
        (["src/a.fsproj"], "dotnet test src/a.fsproj"),
    ],
)
def test_the_solution_is_named_where_it_is_not_at_the_top(made, names, test):
    assert " ".join(dotnet(made(dict.fromkeys(names, ""))).test) == test


def test_without_a_project_there_is_nothing(made):
    assert dotnet(made({"a.cs": ""})) is None
