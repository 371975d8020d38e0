"""Power cuts: what the kernel was not told to write down may be gone, in part or in any order.

The calls of a store at work are watched. After each of them three media are made as a power cut
could leave them there, and every promise is tried on each.
"""

import os
import shutil
import stat
from pathlib import Path

import pytest

from ai_sessions.disk import files

#: What the first call says.
WORDS = "u" * 777
CHANGING = ("write", "ftruncate", "fdatasync", "fsync", "rename", "mkdir", "unlink")


class Medium:
    """What is on the platter: the content of files and folders at their last sync."""

    def __init__(self, top):
        self.top, self.paths = top, {}
        self.data, self.listings = {}, {}
        self._listing(top)

    def opened(self, path, fd):
        self.paths[fd] = Path(path)

    def synced(self, fd):
        path = self.paths[fd]
        if stat.S_ISDIR(os.fstat(fd).st_mode):
            self._listing(path)
        else:
            self.data[os.fstat(fd).st_ino] = path.read_bytes()

    def _listing(self, path):
        kinds = {entry.name: entry.is_dir() for entry in os.scandir(path)}
        self.listings[path.stat().st_ino] = {
            name: ((path / name).stat().st_ino, is_folder) for name, is_folder in kinds.items()
        }

    def least(self, target):
        """Nothing but what was synced: names by their folder's sync, content by the file's."""
        self._lay(self.listings[self.top.stat().st_ino], target)

    def _lay(self, listing, target):
        target.mkdir(mode=0o700)
        for name, (inode, is_folder) in listing.items():
            if is_folder:
                self._lay(self.listings.get(inode, {}), target / name)
            else:
                self._file(target / name, self.data.get(inode, b""))

    def names_first(self, target, share=0.0):
        """Every name is there; of content that was not synced only a `share`, then zeros."""
        target.mkdir(mode=0o700)
        for path in sorted(self.top.rglob("*")):
            place = target / path.relative_to(self.top)
            if path.is_dir():
                place.mkdir(mode=0o700)
                continue
            now, sure = path.read_bytes(), self.data.get(path.stat().st_ino, b"")
            kept = len(sure) + int((len(now) - len(sure)) * share)
            zeros = bytes(max(0, len(now) - kept)) if share else b""
            self._file(place, now[:kept] + zeros if now.startswith(sure) else sure)

    @staticmethod
    def _file(path, data):
        path.write_bytes(data)
        path.chmod(0o600)


def watched(monkeypatch, medium, after):
    """Every call that changes a file or a folder is followed by `after()`."""
    original = os.open

    def open_(path, *args, **named):
        fd = original(path, *args, **named)
        medium.opened(os.fspath(path), fd)
        if args and args[0] & os.O_CREAT:
            after()
        return fd

    def wrapped(call, name):
        def changing(*args, **named):
            found = call(*args, **named)
            if name in {"fdatasync", "fsync"}:
                medium.synced(args[0])
            after()
            return found

        return changing

    monkeypatch.setattr(os, "open", open_)
    for name in CHANGING:
        monkeypatch.setattr(os, name, wrapped(getattr(os, name), name))


def states(faults, tmp_path, monkeypatch, fsync, appends, redact=False):
    """What was acknowledged, and a medium that a power cut may leave then.

    `redact`: the first call is redacted in the end, which is acknowledged as `redacted`.
    """
    top = tmp_path / "live"
    top.mkdir()
    medium, acked, found = Medium(top), [], []

    def cut():
        with monkeypatch.context() as calm:
            for name, call in calls.items():
                calm.setattr(os, name, call)
            for number, lay in enumerate(
                (
                    medium.least,
                    medium.names_first,
                    lambda target: medium.names_first(target, 0.5),
                )
            ):
                target = tmp_path / f"cut-{len(found)}-{number}"
                lay(target)
                found.append((list(acked), target / "sessions"))

    calls = {name: getattr(os, name) for name in (*CHANGING, "open")}
    with monkeypatch.context() as patch:
        watched(patch, medium, cut)
        store = faults.store(top / "sessions", fsync=fsync)
        for ident in appends:
            store.append(faults.name, [faults.call(ident, len(WORDS) if redact else 20)])
            acked.append(ident)
            cut()
        if redact:
            for place in ("logs/1-claude-1.out", "journal.damaged"):
                path = store.path(faults.name) / place
                files.make_folders(path.parent)
                files.replace(path, WORDS.encode())
            store.redact(faults.name, 1)
            acked.append("redacted")
            cut()
    return found


@pytest.mark.parametrize("fsync", ["data", "full"])
def test_a_power_cut_at_any_moment_loses_nothing_acknowledged(tmp_path, faults, monkeypatch, fsync):
    found = states(faults, tmp_path, monkeypatch, fsync, "abc" if faults.long else "ab")

    assert len(found) > 60
    for acked, root in found:
        faults.goes_on(root, acked)
        shutil.rmtree(root.parent)


def test_a_power_cut_loses_no_call_to_a_redaction_and_brings_no_words_back(
    tmp_path, faults, monkeypatch
):
    found = states(faults, tmp_path, monkeypatch, "data", "a", redact=True)

    assert sum("redacted" in acked for acked, _root in found) == 3
    for acked, root in found:
        faults.goes_on(root, [one for one in acked if one != "redacted"])
        if "redacted" in acked:
            kept = [path.read_bytes() for path in root.rglob("*") if path.is_file()]
            assert WORDS.encode() not in b"".join(kept)
        shutil.rmtree(root.parent)


def test_without_syncs_that_test_would_fail(tmp_path, faults, monkeypatch):
    """The mutant: `SESSION_FSYNC=none` promises to survive a killed process, not a power cut."""
    with pytest.raises(AssertionError):
        for acked, root in states(faults, tmp_path, monkeypatch, "none", "ab"):
            faults.promises(root, acked)
