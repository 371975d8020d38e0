"""A task's view of the working tree: what counts, and when it is looked at again."""

import hashlib
import os

import pytest
from scripted import git

from ai_sessions.errors import NeedsPerson, NotFound
from ai_sessions.workflow.tree import Tree


@pytest.fixture
def tree(repo):
    return Tree(repo, ".ai-session")


def put(repo, name, text="x"):
    path = repo / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_one_look_answers_until_it_is_forgotten(tree, repo):
    start = tree.snapshot()
    put(repo, "a.py")

    assert tree.snapshot() == start
    assert tree.changed(start) == ()
    tree.forget()
    assert tree.changed(start) == ("a.py",)


def test_a_look_is_fresh_and_becomes_the_answer(tree, repo):
    start = tree.snapshot()
    put(repo, "a.py")

    seen = tree.look()

    assert tree.snapshot() == seen != start


def test_what_we_put_back_or_commit_is_looked_at_again(tree, repo):
    start = tree.snapshot()
    put(repo, "a.py")
    put(repo, "b.py")
    tree.forget()
    assert tree.changed(start) == ("a.py", "b.py")

    tree.put_back(start, ["a.py"])
    assert tree.changed(start) == ("b.py",)
    commit = tree.commit(["b.py"], "Add b", {"Task": "T1.1"})

    assert tree.changed(commit) == ()
    assert tree.head() == commit


def test_the_workspace_and_links_to_packages_are_not_the_tasks(tree, repo):
    start = tree.snapshot()
    for name in (".ai-session/pay/state/T1.1.json", "src/a.py", ".venv"):
        put(repo, name)
    tree.forget()

    assert tree.changed(start) == ("src/a.py",)
    assert "src/a.py" in tree.files()
    assert not [name for name in tree.files() if name.startswith((".ai-session", ".venv"))]


def test_files_are_those_that_are_there_ignored_ones_left_out(tree, repo):
    put(repo, ".gitignore", "*.log\n")
    put(repo, "out.log")
    put(repo, "new.py")
    (repo / "README.md").unlink()

    assert tree.files() == (".gitignore", "new.py")


def test_a_commit_takes_what_was_named_and_our_workspace_less_what_is_left_out(tree, repo):
    for name in ("a.py", "theirs.py", ".ai-session/pay/mine.json", ".ai-session/pay/other.json"):
        put(repo, name)

    tree.commit(["a.py"], "Add a", {}, [".ai-session/pay/other.json"])

    shown = git(repo, "show", "--name-only", "--format=", "HEAD").split()
    assert shown == [".ai-session/pay/mine.json", "a.py"]
    assert "?? theirs.py" in git(repo, "status", "--porcelain")


def test_without_a_change_a_commit_is_the_one_that_is_there(tree):
    assert tree.commit(["README.md"], "Nothing", {}) == tree.head()


def test_before_the_first_commit_a_person_is_needed(tmp_path):
    git(tmp_path, "init", "-q")

    with pytest.raises(NeedsPerson, match="has no commit yet"):
        Tree(tmp_path, ".ai-session").head()


def test_a_name_that_is_no_commit_is_not_found(tree):
    with pytest.raises(NotFound, match="no such commit: nowhere"):
        tree.commit_id("nowhere")


def test_files_that_are_not_tracked_stay_so_when_they_are_put_back(tree, repo):
    put(repo, "note.txt", "mine")
    start = tree.look()
    put(repo, "note.txt", "theirs")

    tree.put_back(start, ["note.txt"])

    assert (repo / "note.txt").read_text() == "mine"
    assert git(repo, "status", "--porcelain") == "?? note.txt\n"


def test_folders_that_became_empty_go_too(tree, repo):
    start = tree.snapshot()
    put(repo, "deep/er/a.py")

    tree.put_back(start, ["deep/er/a.py"])

    assert not (repo / "deep").exists()


@pytest.mark.parametrize(
    ("target", "wrong"),
    [("README.md", ()), ("gone", ()), ("out.log", ("link",)), ("/etc/hosts", ("link",))],
)
def test_a_link_carries_only_what_git_has(tree, repo, target, wrong):
    put(repo, ".gitignore", "*.log\n")
    put(repo, "out.log")
    start = tree.snapshot()
    (repo / "link").symlink_to(target)
    tree.forget()

    assert tree.uncarried(start, tree.changed(start)) == wrong


def test_a_repository_of_its_own_is_not_carried(tree, repo):
    start = tree.snapshot()
    put(repo, "inner/a.py")
    git(repo / "inner", "init", "-q")

    assert tree.uncarried(start, ["inner"]) == ("inner",)


def test_what_passes_is_not_committed_though_somebody_has_added_it(tree, repo):
    names = (".ai-session/pay/cache/plan.json", ".ai-session/pay/state/T1.1.json")
    for name in names:
        put(repo, name, "1")
    git(repo, "add", "--all")
    git(repo, "commit", "-qm", "What lay there")
    for name in names:
        put(repo, name, "2")

    tree.commit([], "T1.1", {"Task": "T1.1"})

    assert git(repo, "show", "--format=", "--name-only").split() == [names[1]]


def test_a_file_that_a_sparse_checkout_leaves_out_is_not_there(tree, repo):
    git(repo, "update-index", "--skip-worktree", "README.md")
    (repo / "README.md").unlink()
    put(repo, "a.py")

    assert tree.files() == ("a.py",)


def test_files_are_known_by_their_content_links_by_where_they_point(tree, repo):
    (repo / "a.py").write_text("a")
    (repo / "link").symlink_to("a.py")
    (repo / "folder").mkdir()
    os.mkfifo(repo / "pipe")

    assert tree.hashes(["a.py", "link", "folder", "pipe", "absent"]) == {
        **{"a.py": hashlib.sha256(b"a").hexdigest(), "link": hashlib.sha256(b"a.py").hexdigest()},
        **{"folder": "", "pipe": "", "absent": ""},
    }


def test_files_are_frozen_as_a_commit_has_them(tree, repo):
    (repo / "a.py").write_text("a")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "a")
    (repo / "a.py").write_text("b")

    assert tree.digests("HEAD", ["a.py", "absent"]) == {
        "a.py": f"sha256:{hashlib.sha256(b'a').hexdigest()}"
    }


CACHES = (
    *(".venv", "venv", "node_modules", "target", "__pycache__", ".tox", ".nox", ".cache"),
    *(".gradle", ".next", ".turbo", ".parcel-cache", "coverage", "htmlcov", ".pytest_cache"),
    *(".mypy_cache", ".ruff_cache", ".hypothesis", ".eggs", ".idea", ".vscode"),
)


@pytest.mark.parametrize("above", ["", "sub/", "out/"])
def test_ignored_files_that_were_made_are_told_and_caches_are_not(tree, repo, above):
    put(repo, ".gitignore", "".join(f"{name}/\n" for name in (*CACHES, "out")))
    for name in (*CACHES, "out/deep"):
        put(repo, f"{above}{name}/file")

    told = [f"{above}{name}/file" for name in ("out/deep",)]
    assert list(tree.unseen(0)) == told
    assert tree.unseen((repo / told[0]).lstat().st_ctime + 1) == ()


def test_links_to_packages_are_nobodys_work_wherever_they_are(tree, repo):
    before = tree.look()
    for folder in (repo, repo / "packages/core"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "node_modules").symlink_to("/elsewhere")
    (repo / "packages/core/index.js").write_text("")
    tree.look()

    assert tree.changed(before) == ("packages/core/index.js",)
    assert not any("node_modules" in name for name in tree.files())
