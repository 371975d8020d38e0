"""Which lines a patch shows."""

import pytest

from ai_sessions.diffs import is_shown, shown_lines

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
        'a\\"b.py': [range(5, 6)],
    }


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
