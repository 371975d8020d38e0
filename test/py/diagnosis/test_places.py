"""Who may read settings and sessions, and whether their disk is one to trust with locks."""

import shutil
from types import SimpleNamespace

import pytest

from ai_sessions.diagnosis import places

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /mnt/my\\040home nfs4 rw 0 0
tmpfs /mnt/my\\040home/fast tmpfs rw 0 0
me@host: /mnt/ssh fuse.sshfs rw 0 0
broken
"""


@pytest.fixture
def mounts(tmp_path):
    (tmp_path / "mounts").write_text(MOUNTS)
    return places.mounts_of(tmp_path / "mounts")


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/mnt/my home/me/.ai-sessions", "nfs4"),
        ("/mnt/my home/fast/x", ""),
        ("/mnt/my homes/x", ""),
        ("/mnt/ssh", "fuse.sshfs"),
        ("/home/me/.ai-sessions", ""),
    ],
)
def test_a_network_file_system_is_known_by_the_nearest_mount(mounts, folder, kind):
    assert places.network_kind(folder, mounts) == kind


def test_where_nobody_tells_the_mounts_there_is_no_network(tmp_path):
    assert places.mounts_of(tmp_path / "none") == {}
    assert places.network_kind(tmp_path, {}) == ""


def test_sessions_on_a_network_are_a_warning(tmp_path):
    *_, disk = places.sessions(tmp_path, "environment", {str(tmp_path): "nfs"})

    assert (disk.name, disk.status) == ("sessions disk", "warning")
    assert "network file system (nfs)" in disk.detail


@pytest.mark.parametrize(
    ("mode", "status"), [(0o700, "ok"), (0o750, "warning"), (0o704, "warning"), (0o711, "warning")]
)
def test_sessions_that_others_may_look_into_are_a_warning(tmp_path, mode, status):
    tmp_path.chmod(mode)
    [check] = places.sessions(tmp_path, "default", {})

    assert check.status == status
    assert check.hint == ("" if status == "ok" else f"chmod 700 {tmp_path}")


def test_sessions_that_are_not_there_yet_are_well(tmp_path):
    [check] = places.sessions(tmp_path / "a" / "b", "default", {})

    assert check.status == "ok"
    assert check.detail.endswith("made when it is needed")


def test_sessions_that_cannot_be_written_are_missing(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    [below_a_file] = places.sessions(tmp_path / "file" / "x", "flag", {})
    monkeypatch.setattr(places.os, "access", lambda _path, _mode: False)
    [read_only] = places.sessions(tmp_path, "flag", {})

    assert (below_a_file.status, read_only.status) == ("missing", "missing")
    assert read_only.hint == "set SESSION_DIR to a folder of yours"


def test_keys_in_a_file_that_others_may_read_are_a_warning(tmp_path):
    mine, keys = (str(tmp_path / name) for name in ("plain", "keys"))
    for path in (mine, keys):
        with open(path, "w") as file:
            file.write("X=1\n")
    tmp_path.joinpath("plain").chmod(0o644)
    tmp_path.joinpath("keys").chmod(0o640)
    check = places.settings([mine, keys, "/none"], [keys])

    assert (check.status, check.hint) == ("warning", f"chmod 600 {keys}")
    assert places.settings([mine, "/none"], []).detail == mine
    assert places.settings(["/none"], []).detail.endswith("none in /none")


@pytest.mark.parametrize(
    ("left", "total", "status"),
    [(10**9, 10**10, "ok"), (10**8, 10**10, "warning"), (0, 0, "ok")],
)
def test_a_disk_that_is_nearly_full_is_a_warning(tmp_path, monkeypatch, left, total, status):
    usage = SimpleNamespace(free=left, total=total)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)

    assert places.free(tmp_path / "not" / "yet").status == status
