"""Whose a change is: what a tool has named, what a command may have done, and everything else."""

import math
import os
import time

import pytest

from ai_sessions.providers.contract import Edits, Ran
from ai_sessions.workflow.authors import unexplained


@pytest.fixture
def repo(tmp_path):
    made = tmp_path / "shop"
    (made / "docs").mkdir(parents=True)
    for name in ("a.py", "docs/b.md"):
        (made / name).write_text("x")
    return made


def theirs(repo, edits, *changed, own=()):
    return unexplained(edits, repo, changed, own)


def since(text, began_s=0.0, ended_s=0.0):
    """A command, by the seconds from now."""
    now = time.time()
    return Edits(ran=(Ran(text, now + began_s, now + ended_s),))


def test_what_a_tool_has_named_is_the_agents(repo):
    edits = Edits(("a.py", f"{repo}/docs/../docs/b.md"))

    assert theirs(repo, edits, "a.py", "docs/b.md", "c.py") == ("c.py",)


@pytest.mark.parametrize("is_own", [False, True])
def test_where_nothing_ran_nothing_is_explained(repo, is_own):
    assert theirs(repo, Edits(), "a.py", own=("a.py",) if is_own else ()) == ("a.py",)


def test_a_repository_behind_a_link_is_the_same(repo, tmp_path):
    (tmp_path / "link").symlink_to(repo)

    assert theirs(repo, Edits((f"{tmp_path}/link/a.py",)), "a.py") == ()
    assert theirs(tmp_path / "link", Edits((f"{repo}/a.py",)), "a.py") == ()


def test_a_file_that_is_written_through_a_link_is_explained_by_both_names(repo):
    (repo / "link.py").symlink_to("a.py")

    assert theirs(repo, Edits(("link.py",)), "a.py", "link.py") == ()


def test_other_letters_for_the_same_name_are_the_same_file(repo):
    assert theirs(repo, Edits(("A.py", "e\u0301.md")), "a.py", "\u00e9.md") == ()


@pytest.mark.parametrize(
    ("began_s", "ended_s", "is_explained"),
    [(-60, 60, True), (-60, math.inf, True), (-60, -30, False), (30, 60, False)],
)
def test_a_command_explains_what_changed_while_it_ran(repo, began_s, ended_s, is_explained):
    edits = since("make", began_s, ended_s)

    assert (theirs(repo, edits, "a.py") == ()) == is_explained


def test_a_time_that_a_program_sets_back_does_not_count(repo):
    os.utime(repo / "a.py", (1.0, 1.0))

    assert theirs(repo, Edits(ran=(Ran("ls", 0.0, 2.0),)), "a.py") == ("a.py",)


def test_any_command_explains_the_tasks_own_files(repo):
    edits = since("sed -i s/x/y/ *.py", -60, -30)

    assert theirs(repo, edits, "a.py", "docs/b.md", own=("a.py",)) == ("docs/b.md",)


@pytest.mark.parametrize(
    ("command", "is_explained"),
    [
        ("rm docs/b.md", True),
        ("cd docs && git rm -q 'b.md'", True),
        ("rm -r ./docs", True),
        ("cat ab.md", False),
        ("pytest", False),
    ],
)
def test_what_is_gone_is_explained_by_a_command_that_names_it(repo, command, is_explained):
    (repo / "docs/b.md").unlink()

    assert (theirs(repo, since(command, -60, -30), "docs/b.md") == ()) == is_explained


def test_what_is_gone_while_a_command_ran_is_explained_with_its_folder_too(repo):
    (repo / "docs/b.md").unlink()
    (repo / "docs").rmdir()

    assert theirs(repo, since("./tidy", -60, 60), "docs/b.md") == ()
