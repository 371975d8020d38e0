"""Looks at installed packages, byte code that is dropped, and what is on record of both."""

import os

import pytest
from scripted import ROOT, git

from ai_sessions.workflow.installed import Installed, left_by_tasks, note_installed
from ai_sessions.workspace.files import Workspace

SITE = ".venv/lib/python3.11/site-packages"


def put(repo, name, text="x"):
    path = repo / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def own(tmp_path):
    git(tmp_path, "init", "-q")
    put(tmp_path, ".gitignore", ".venv/\nnode_modules/\n")
    put(tmp_path, f"{SITE}/pay/__init__.py")
    put(tmp_path, f"{SITE}/pay/core.py")
    put(tmp_path, "web/node_modules/x/index.js")
    return tmp_path


@pytest.mark.parametrize("name", [f"{SITE}/pay/core.py", "web/node_modules/x/index.js"])
def test_an_edit_is_seen_though_size_and_time_are_set_back(own, name):
    installed = Installed(own, own)
    was = (own / name).stat()
    put(own, name, "y")
    os.utime(own / name, ns=(was.st_atime_ns, was.st_mtime_ns))

    found, marks = installed.changed()

    assert found.edited == (name,) and [*marks] == [name]


@pytest.mark.parametrize(
    ("name", "text", "is_edit"),
    [
        (f"{SITE}/a.pth", "import evil", True),
        (f"{SITE}/a.pth", "/somewhere/src", False),
        (f"{SITE}/a-1.dist-info/entry_points.txt", "[pytest11]\nx = evil", True),
        (f"{SITE}/a-1.dist-info/entry_points.txt", "[console_scripts]\nx = a:main", False),
        (f"{SITE}/__editable___a_finder.py", "import sys", False),
        (f"{SITE}/usercustomize.py", "import sys", True),
    ],
)
def test_a_new_file_that_starts_code_is_an_edit(own, name, text, is_edit):
    installed = Installed(own, own)
    put(own, name, text)

    found, _marks = installed.changed()

    assert (found.edited, found.others) == (((name,), ()) if is_edit else ((), (name,)))


@pytest.mark.parametrize(
    "name", [f"{SITE}/pay/__pycache__/core.x.pyc", "web/node_modules/.cache/x", ".venv/.lock"]
)
def test_caches_are_no_change(own, name):
    installed = Installed(own, own)
    put(own, name)

    assert not installed.changed()[0]


def test_what_changed_since_a_run_was_interrupted_is_not_taken_for_as_it_was(own):
    since_s = put(own, "note").stat().st_ctime
    put(own, f"{SITE}/pay/core.py", "longer")

    found, _marks = Installed(own, own, since_s).changed()

    assert f"{SITE}/pay/core.py" in found.others


def test_byte_code_that_came_with_the_task_is_dropped(own):
    since_s = put(own, "note").stat().st_ctime
    new = [put(own, name) for name in ("__pycache__/a.pyc", "pay/b.pyc", f"{SITE}/pay/c.pyc")]
    put(own, "node_modules/.cache/babel/x")
    kept = put(own, "pay/a.py")

    Installed(own, own).drop_compiled(since_s + 9)
    assert all(path.exists() for path in new)
    Installed(own, own).drop_compiled(since_s)

    assert not any(path.exists() for path in new) and kept.exists()
    assert not (own / "node_modules/.cache").exists()


def test_a_link_out_of_the_repository_is_not_followed(own, tmp_path_factory):
    outside = put(tmp_path_factory.mktemp("outside"), "a.pyc")
    (own / "link").symlink_to(outside.parent)
    (own / "node_modules").mkdir()
    (own / "node_modules/.cache").symlink_to(outside.parent)

    Installed(own, own).drop_compiled(0)

    assert outside.exists()


def test_what_a_task_left_is_known_until_it_is_installed_anew(own):
    space = Workspace(str(own), ROOT, "pay")
    installed = Installed(own, own)
    name = f"{SITE}/pay/core.py"
    put(own, name, "longer")
    note_installed(space, "T1.1", installed.changed()[1], refused=True)

    assert left_by_tasks(space, ["T1.1", "T1.2"], refused=True) == {"T1.1": [name]}

    (own / name).unlink()
    put(own, name)
    assert left_by_tasks(space, ["T1.1"]) == {}


def test_only_what_was_refused_stops_the_next_run(own):
    space = Workspace(str(own), ROOT, "pay")
    installed = Installed(own, own)
    assert note_installed(space, "T1.1", installed.changed()[1], refused=False) == ""

    put(own, f"{SITE}/new.py")
    note_installed(space, "T1.1", installed.changed()[1], refused=False)

    assert left_by_tasks(space, ["T1.1"], refused=True) == {}
    assert [*left_by_tasks(space, ["T1.1"])] == ["T1.1"]
