"""Patterns of a plan."""

import pytest

from ai_sessions.plan import paths


@pytest.mark.parametrize(
    ("path", "pattern", "fits"),
    [
        ("src/a.py", "src/a.py", True),
        ("src/a.py", "src/*.py", True),
        ("src/deep/a.py", "src/*.py", False),
        ("src/deep/a.py", "src/**/*.py", True),
        ("src/a.py", "src/**/*.py", True),
        ("src/a.py", "src/", True),
        ("src/a.py", "src", True),
        ("srcs/a.py", "src", False),
        ("a.pyc", "a.py", False),
        ("tests/test_a.py", "tests/test_[!b].py", True),
        ("x+y.py", "x+y.py", True),
        ("any/thing", "**", True),
        ("src/deep/a.py", "src/**.py", True),
        ("src/a.py.py", "src/*.py", True),
        ("a/ab", "**/a*b", True),
        ("x/a/y/b/z", "**/a/**/b/**/z", True),
        ("x/a/y/b/z", "**/b/**/a/**/z", False),
        ("a/x1/b/x2/c", "a/*/b/*/c", True),
        ("a/xay/b", "a/*a*/b", True),
        ("a/b", "a?b", False),
        ("a/b", "a[!x]b", False),
        ("a[b", "a[[]b", True),
        ("a-b", "a[+--]b", True),
        ("a", "[z-a]", False),
        ("a", "[!]", False),
        ("app/[slug]/page.tsx", "app/[slug]/page.tsx", True),
        ("app/s/page.tsx", "app/[slug]/page.tsx", True),
        ("app/x/page.tsx", "app/[slug]/page.tsx", False),
        ("app/[user-id]/a/b.ts", "app/[user-id]", True),
        ("app/[[...all]]/x/page.tsx", "app/[[...all]]/**/*.tsx", True),
        ("app/[a]/x[b]y.ts", "app/*/x[b]*.ts", True),
        ("[!]", "[!]", True),
    ],
)
def test_a_pattern_means_what_it_says(path, pattern, fits):
    assert paths.matches(path, [pattern]) is fits


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("**/" * 40 + "x.py", "a/" * 60 + "a.py"),
        ("**a" * 40 + "x", "a" * 200),
        ("*a" * 40 + "x", "a" * 200),
        ("**/*a*" * 20 + "x", "a/" * 100),
    ],
)
def test_many_wildcards_take_no_time(pattern, path):
    """Each would take years when all ways to match were tried."""
    assert not paths.matches(path, [pattern])


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("!lib/a.py", "a pattern cannot be negated"),
        ("lib/{a,b}.py", "{a,b} is taken as it stands"),
        ("lib/a.py ", "it has a blank at an end"),
        (" lib/a.py", "it has a blank at an end"),
        ("lib/a\x01.py", "it has a blank at an end or a character that is not seen"),
        ("~/lib/a.py", "no shell reads it"),
        (".", "name a folder"),
        ("./", "name a folder"),
    ],
)
def test_a_pattern_that_is_mistaken_has_a_reason(pattern, why):
    assert paths.problem(pattern).startswith(why)


@pytest.mark.parametrize(
    "pattern",
    ["a.py", "[a-z]*.py", "[!a].py", "[", "a[]b", "**", "app/[user-id]", "{{a.b}}/x", "app/$id.ts"],
)
def test_a_pattern_that_can_match_has_none(pattern):
    assert paths.problem(pattern) == ""


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("src/a.py", "src/a.py", True),
        ("src/a.py", "src/*.py", True),
        ("src/*.py", "src/**", True),
        ("src/*.py", "test/*.py", False),
        ("src/*.py", "src/*.js", False),
        ("src/a.py", "src/b.py", False),
    ],
)
def test_two_patterns_may_meet(one, other, meet):
    assert paths.may_meet(one, other) is meet
    assert paths.may_meet(other, one) is meet


@pytest.mark.parametrize(
    "text", ["", "/etc/passwd", "../x", "a/../b", ".git/config", "a\\b", "a//b"]
)
def test_paths_that_leave_the_repository_are_not_safe(text):
    assert not paths.is_safe(text)


@pytest.mark.parametrize("text", ["a", "a/b.py", "src/", "a..b", ".github/x"])
def test_ordinary_paths_are_safe(text):
    assert paths.is_safe(text)


@pytest.mark.parametrize(
    "part", [".git", ".GIT", ".Git.", ".git ", "git~1", "GIT~2", ".g\u200cit", ".git::$INDEX"]
)
def test_gits_own_folder_is_known_under_all_its_names(part):
    assert paths.is_for_git(part)
    assert not paths.is_safe(f"src/{part}/config")


@pytest.mark.parametrize("part", [".gitignore", "git", ".github", "git~", "a.git"])
def test_names_that_only_look_like_gits_are_fine(part):
    assert not paths.is_for_git(part)
