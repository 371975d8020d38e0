"""Which lines a patch shows, and as many files as somebody can read."""

import subprocess

import pytest

from ai_sessions import git
from ai_sessions.diffs import files, fitting, is_shown, shown_lines

PATCH = """\
diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -1,2 +1,3 @@ def a():
 one
+two
+more
 three
@@ -9 +10 @@
-x
+y
diff --git a/gone.py b/gone.py
--- a/gone.py
+++ /dev/null
@@ -1,2 +0,0 @@
-a
-b
diff --git a/new b.py b/new b.py
--- /dev/null
+++ b/new b.py\t
@@ -0,0 +1,2 @@
+a
+b
--- "a/a\\"b.py"
+++ "b/a\\"b.py"
@@ -5,2 +5,0 @@
-a
-b
"""


def test_lines_are_those_of_the_new_side():
    lines = shown_lines(PATCH)

    assert lines == {
        "a.py": [range(1, 4), range(10, 11)],
        "gone.py": [],
        "new b.py": [range(1, 3)],
        'a"b.py': [range(5, 6)],
    }


def test_lines_that_look_like_headers_are_lines():
    patch = """\
diff --git a/a.sql b/a.sql
--- a/a.sql
+++ b/a.sql
@@ -1,3 +1,3 @@
--- an old comment
 select 1;
+++ x
-select 2;
+select 3;
\\ No newline at end of file
diff --git a/b.sql b/b.sql
--- a/b.sql
+++ b/b.sql
@@ -7 +7 @@
-x
+y
"""
    assert shown_lines(patch) == {"a.sql": [range(1, 4)], "b.sql": [range(7, 8)]}


@pytest.mark.parametrize(
    "name", ['a"b.py', "a\\b.py", "tab\tin it", "two\nlines", "é\x01.py", "a\x0cb.py"]
)
def test_a_name_is_what_git_has_written_it_for(tmp_path, name):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / name).write_text("1\n")

    assert shown_lines(git.diff(tmp_path, "")) == {name: [range(1, 2)]}


def test_a_patch_that_was_cut_goes_on_with_the_next_file():
    cut = PATCH.replace("+more\n three\n@@ -9 +10 @@\n-x\n+y\n", "...\n")

    assert set(shown_lines(cut)) == set(shown_lines(PATCH))


def test_a_patch_of_nothing_shows_nothing():
    assert shown_lines("") == {}
    assert shown_lines("@@ -1 +1 @@\n+a\n") == {}


@pytest.mark.parametrize(
    ("file", "line", "wanted"),
    [
        *(("a.py", line, True) for line in (0, -1, 1, 3, 10)),
        *(("a.py", line, False) for line in (4, 9, 11)),
        *(("./a.py", 2, True), ("b.py", 0, False), ("b.py", 1, False), ("gone.py", 7, True)),
    ],
)
def test_a_place_is_shown_when_the_patch_has_its_line(file, line, wanted):
    assert is_shown({"a.py": [range(1, 4), range(10, 11)], "gone.py": []}, file, line) is wanted


def part(name, lines):
    return (
        f"diff --git a/{name} b/{name}\n--- a/{name}\n+++ b/{name}\n@@ -0,0 +1,{lines} @@\n"
        + "+x\n" * lines
    )


BINARY = "diff --git a/a b.png b/a b.png\nBinary files /dev/null and b/a b.png differ\n"
GONE = "diff --git a/g b/g\n--- a/g\n+++ /dev/null\n@@ -1 +0,0 @@\n-diff --git a/x b/x\n"


def test_a_patch_has_a_part_for_each_file():
    parts = [part("a", 2), BINARY, GONE]

    assert files("".join(parts)) == parts
    assert files("") == [""]


def test_what_fits_is_shown_whole():
    patch = part("a", 2) + part("b", 3)

    assert fitting(patch, len(patch)) == (patch, ())
    assert fitting("", 10) == ("", ())


def test_files_that_do_not_fit_are_named_and_smaller_ones_go_in():
    patch = part("a", 9) + part("large", 900) + part("b", 9) + GONE
    room = len(part("a", 9) + part("b", 9)) + 9

    assert fitting(patch, room) == (part("a", 9) + part("b", 9), ("large", "g"))


def test_a_file_that_fits_nowhere_is_shown_in_part():
    shown, left_out = fitting(part("large", 900) + part("b", 1), 100)

    assert shown.endswith("+x\n") and 90 < len(shown) <= 100
    assert left_out == ("large (in part)", "b")


def test_what_is_no_text_is_named():
    assert fitting(BINARY + part("a", 1), 999)[1] == ("a b.png (no text)",)
