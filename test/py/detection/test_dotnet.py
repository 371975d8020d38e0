"""A .NET project runs all tests."""

import pytest

from ai_sessions.detection.dotnet import dotnet

XUNIT = '<PackageReference Include="xunit" Version="2" />'
SDK = '<PackageReference Include="Microsoft.NET.Test.Sdk" Version="17" />'


@pytest.mark.parametrize(
    ("files", "test", "advice"),
    [
        ({"Shop.sln": "", "a/a.csproj": ""}, "dotnet test", ""),
        ({"Shop.sln": "", "other/Other.sln": ""}, "dotnet test", ""),
        ({"Shop.sln": "", "a.csproj": ""}, "dotnet test Shop.sln", ""),
        ({"src/a.csproj": "", "src/Shop.slnx": ""}, "dotnet test src/Shop.slnx", ""),
        ({"a.csproj": XUNIT}, "dotnet test", ""),
        ({"a.csproj": "", "t/t.csproj": SDK}, "dotnet test t/t.csproj", ""),
        ({"src/a.fsproj": "", "t/t.fsproj": XUNIT}, "dotnet test t/t.fsproj", ""),
        ({"t/a.csproj": SDK, "t/b.csproj": SDK}, "", "dotnet test t/a.csproj"),
        ({"A.sln": "", "B.sln": ""}, "", "dotnet test A.sln"),
        ({"src/a.csproj": "", "tests/b.csproj": ""}, "", "dotnet test tests/b.csproj"),
        ({"src/a.csproj": ""}, "", "dotnet test src/a.csproj"),
    ],
)
def test_what_has_tests_in_it_is_named_where_there_is_a_choice(made, files, test, advice):
    found = dotnet(made(files))

    assert " ".join(found.test) == test
    assert not advice or " ".join(found.advice) == advice


def test_without_a_project_there_is_nothing(made):
    assert dotnet(made({"a.cs": ""})) is None
