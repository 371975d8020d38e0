"""RECORD_DIR is private, kept out of git, and never reached through a link."""

import os
import stat

import pytest

from ai_sessions.errors import StorageError
from ai_sessions.sessions.recording.folder import Folder


@pytest.fixture
def base(tmp_path):
    return tmp_path


def entered(base, given="data/sessions"):
    folder = Folder(given, str(base))
    with folder.opened():
        return folder


def test_it_is_made_private_with_a_gitignore_of_everything(base):
    before = os.umask(0o777)
    try:
        entered(base)
    finally:
        os.umask(before)

    made = base / "data/sessions"
    assert (
        stat.S_IMODE(made.stat().st_mode) == stat.S_IMODE((base / "data").stat().st_mode) == 0o700
    )
    assert (made / ".gitignore").read_text() == "*\n"


def test_one_that_is_there_keeps_its_mode_and_its_gitignore(base):
    (base / "data/sessions").mkdir(parents=True)
    (base / "data/sessions").chmod(0o755)
    (base / "data/sessions/.gitignore").write_text("mine\n")

    entered(base)
    assert stat.S_IMODE((base / "data/sessions").stat().st_mode) == 0o755
    assert (base / "data/sessions/.gitignore").read_text() == "mine\n"


def test_beside_files_of_others_only_ours_are_kept_out_of_git(base):
    (base / "notes.md").write_text("x")

    entered(base, ".")
    assert (base / ".gitignore").read_text() == "session_*.md\nsession_*.json\n"


@pytest.mark.parametrize("link", ["data", "data/sessions"])
def test_a_link_on_the_way_is_refused(base, link):
    (base / "elsewhere/sessions").mkdir(parents=True)
    (base / link).parent.mkdir(exist_ok=True)
    (base / link).symlink_to(base / "elsewhere")

    with pytest.raises(StorageError, match=f"{link}: not a folder") as refused:
        entered(base)
    assert "links are not followed" in refused.value.hint
    assert list((base / "elsewhere/sessions").iterdir()) == []


def test_a_folder_of_the_users_own_may_be_behind_a_link(base):
    (base / "disk").mkdir()
    (base / "notes").symlink_to(base / "disk")

    entered(base, str(base / "notes/sessions"))
    assert (base / "disk/sessions/.gitignore").is_file()


def test_a_link_in_place_of_an_absolute_one_is_refused(base):
    (base / "disk").mkdir()
    (base / "notes").symlink_to(base / "disk")

    with pytest.raises(StorageError, match="notes: not a folder"):
        entered(base, str(base / "notes"))


def test_a_file_in_the_way_is_refused(base):
    (base / "data").write_text("x")

    with pytest.raises(StorageError, match="data: not a folder"):
        entered(base)


@pytest.mark.parametrize("given", ["x", "./x", "a/../x", "../{name}/x"])
def test_its_path_is_plain(base, given):
    assert Folder(given.format(name=base.name), str(base)).path == str(base / "x")


def test_looking_makes_nothing_and_follows_no_link(base):
    (base / "disk").mkdir()
    (base / "link").symlink_to(base / "disk")
    for given in ("none", "link"):
        with Folder(str(base / given), "").there() as at:
            assert at is None
    with Folder(str(base / "disk"), "").there() as at:
        assert at is not None
    assert sorted(os.listdir(base)) == ["disk", "link"]
