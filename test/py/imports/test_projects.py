"""Working trees of one repository, and one folder in several spellings, are one project."""

import subprocess

import pytest

from ai_sessions.imports.projects import project_of


@pytest.mark.parametrize(
    ("folder", "project"),
    [
        ("", ""),
        ("/", "/"),
        ("/src/shop", "/src/shop"),
        ("/src/shop/", "/src/shop"),
        ("C:\\src\\shop", "/mnt/c/src/shop"),
        ("c:/src/shop/", "/mnt/c/src/shop"),
        ("/mnt/c/src/shop", "/mnt/c/src/shop"),
        ("/src/shop/.claude/worktrees/fix-1", "/src/shop"),
        ("/src/shop/.claude/worktrees/fix-1/api", "/src/shop/api"),
        ("C:\\src\\shop\\.claude\\worktrees\\fix-1", "/mnt/c/src/shop"),
        ("relative/shop", "relative/shop"),
    ],
)
def test_a_folder_has_one_name(folder, project):
    assert project_of(folder) == project


def _git(folder, *words):
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def test_a_working_tree_that_is_linked_stands_for_the_main_one(tmp_path):
    main, linked = tmp_path / "shop", tmp_path / "fix-1"
    main.mkdir()
    _git(main, "init", "-q")
    _git(main, "commit", "-q", "--allow-empty", "-m", "first")
    _git(main, "worktree", "add", "-q", str(linked))
    (linked / "api").mkdir()

    assert project_of(str(linked)) == str(main)
    assert project_of(str(linked / "api")) == str(main / "api")
    assert project_of(str(main / "api")) == str(main / "api")


def test_a_submodule_is_a_project_of_its_own(tmp_path):
    (tmp_path / "shop/.git/modules/lib").mkdir(parents=True)
    (tmp_path / "shop/lib").mkdir()
    (tmp_path / "shop/lib/.git").write_text("gitdir: ../.git/modules/lib\n")

    assert project_of(str(tmp_path / "shop/lib")) == str(tmp_path / "shop/lib")
