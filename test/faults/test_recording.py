"""Recorded files through kills, full and read-only disks, and a crowd of processes."""

import ctypes
import json
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ai_sessions.errors import NotFound
from ai_sessions.index import Index
from ai_sessions.sessions import redacting
from ai_sessions.sessions.recording import kept
from ai_sessions.sessions.recording.folder import Folder
from ai_sessions.sessions.recording.kept import KeptFiles
from ai_sessions.sessions.recording.recorder import Recorder, write
from ai_sessions.sessions.recording.registry import Registry

CLONE_NEWNS = 0x20000
CALLS = (
    "open",
    "write",
    "rename",
    "mkdir",
    "unlink",
    "fchmod",
    "utime",
    "copy_file_range",
    "close",
)


class Place:
    """Sessions and their files, for each process one of its own."""

    def __init__(self, root, faults):
        self.root, self.faults, self.said = root, faults, []
        self.store = faults.store(root / "sessions")
        self.registry = Registry(root / "sessions")
        self.folder = Folder("data/records", str(root))
        self.recorder = Recorder(self.store, self.folder, self.registry, self.said.append)

    def add(self, ident, size=20, name=None):
        self.store.append(name or self.faults.name, [self.faults.call(ident, size)])

    def write(self, name=None):
        name = name or self.faults.name
        write(self.store, name, self.folder, self.registry, self.said.append, sync=False)

    def texts(self, name=None):
        session = self.store.read(name or self.faults.name)
        return [Path(path).read_text() for path in self.recorder.paths(session)]

    def is_whole(self, name=None):
        """Whether the files are what they would be if they were written now."""
        self.write(name)
        went_on = self.texts(name)
        for path in self.recorder.paths(self.store.read(name or self.faults.name)):
            Path(path).unlink()
        self.write(name)
        return [marked(text) for text in went_on] == [marked(text) for text in self.texts(name)]


def marked(text):
    """A file without the time of its last write."""
    return text.rpartition('"written":')[0]


@pytest.fixture
def place(tmp_path, faults):
    return Place(tmp_path, faults)


@pytest.mark.parametrize("is_new", [True, False])
def test_death_at_any_system_call_of_a_write_is_made_good_by_the_next_one(tmp_path, faults, is_new):
    number, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        number += 1
        place = Place(tmp_path / str(number), faults)
        (tmp_path / str(number)).mkdir()
        place.add("a")
        if not is_new:
            place.write()
            before = [marked(text) for text in place.texts()]
        place.add("b")

        def work(say, place=place, number=number):
            faults.intercept(number, faults.die_half_way, CALLS)
            place.write()

        code = faults.run(work)[1]
        if not is_new:  # a reader has the old files or the new ones, at every moment
            assert all(text.endswith(("-->\n", "}}\n")) for text in place.texts())
            assert [marked(text) for text in place.texts()] == before or "b" in place.texts()[1]
        assert place.is_whole()
        shutil.rmtree(tmp_path / str(number))
    assert code == 0
    assert number > 5


def test_death_at_any_system_call_of_a_redaction_leaves_no_word_after_the_next_one(
    tmp_path, faults
):
    number, code = 0, -signal.SIGKILL
    while code == -signal.SIGKILL:
        number += 1
        place = Place(tmp_path / str(number), faults)
        (tmp_path / str(number)).mkdir()
        place.add("a", 0)
        place.add("b", 20)
        place.write()
        files = KeptFiles(place.store, place.registry, place.said.append)
        index = Index(place.store.source(), str(place.root / "sessions"))

        def redact(place=place, files=files, index=index):
            sought = redacting.find(place.store, faults.name, "b")
            redacting.redact(place.store, index, sought, files)

        def work(say, number=number, redact=redact):
            faults.intercept(number, faults.die_half_way, ("rename", "unlink"))
            redact()

        code = faults.run(work)[1]
        redact()
        found = [path for path in (tmp_path / str(number) / "data").rglob("*") if path.is_file()]
        assert all("u" * 20 not in path.read_text() for path in found)
        shutil.rmtree(tmp_path / str(number))
    assert number > 5


def test_a_crowd_of_processes_at_one_session_and_one_folder_leaves_whole_files(place, faults):
    def work(say, me):
        own = Place(place.root, faults)
        for turn in faults.times(8, 100):
            own.add(f"{me}-{turn}")
            own.recorder.note(faults.name)
            own.add(f"own-{me}-{turn}", name=f"own-{me}")
            own.recorder.note(f"own-{me}")
        assert own.recorder.flush(60)
        say(len(own.said))

    children = [faults.fork(lambda say, me=me: work(say, me)) for me in range(4)]
    for pid, said in children:
        with said:
            assert said.read() == "0\n"
        assert faults.wait(pid) == 0

    count = len(faults.times(8, 100))
    messages = [len(json.loads(place.texts(name)[1])["messages"]) for name in ("own-0", None)]
    assert messages == [2 * count, 8 * count]
    assert all(place.is_whole(name) for name in (None, "own-0", "own-3"))
    assert len(list((place.root / "data/records").glob("*.tmp"))) == 0


def test_writers_that_are_killed_again_and_again_leave_files_that_go_on(place, faults):
    chance = random.Random(7)  # noqa: S311 (no secret)
    place.add("first")
    place.write()

    def work(say, turn):
        own = Place(place.root, faults)
        for number in range(1000):
            own.add(f"{turn}-{number}")
            own.write()
            say(number)

    for turn in faults.times(6, 200):
        pid, said = faults.fork(lambda say, turn=turn: work(say, turn))
        with said:
            for _ in range(chance.randrange(1, 5)):
                said.readline()
            faults.kill(pid)
        json.loads(place.texts()[1])
    assert place.is_whole()


def test_who_removes_a_session_while_others_write_it_down_leaves_no_file(place, faults):
    """Files are made again as long as the session is there, and never afterwards."""

    def discarding(session, _calls):
        return kept.going(place.registry, place.store.read(session["name"]), place.said.append)

    def work(say):
        own = Place(place.root, faults)
        say("begun")
        try:
            while True:
                own.write()
        except NotFound:
            say("gone")

    for turn in range(3):
        place.add(f"{turn}")
        pid, said = faults.fork(work)
        with said:
            said.readline()
            store = faults.store(place.root / "sessions", discarding=discarding)
            assert store.discard(faults.name)
            assert said.read() == "gone\n"
        assert faults.wait(pid) == 0
        assert list((place.root / "data/records").glob("session_*")) == []


# --- real disks


def mount(*arguments):
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode


def small_disk(path):
    """In a child: a file system of one megabyte that nobody else sees; False when we may not."""
    if sys.platform != "linux" or ctypes.CDLL(None).unshare(CLONE_NEWNS):
        return False
    made = mount("--make-rprivate", "/"), mount("-t", "tmpfs", "-o", "size=1m", "none", path)
    return made == (0, 0)


@pytest.fixture
def on_small_disk(place, faults):
    """Runs `work(say)` in a child with RECORD_DIR on a small disk of its own."""

    def run(work):
        def child(say):
            (place.root / "data").mkdir()
            if not small_disk(str(place.root / "data")):
                say("no mounts")
                return
            work()
            say("done")

        said, code = faults.run(child)
        if said == ["no mounts"]:
            pytest.skip("needs the right to mount (root on Linux)")
        assert (said, code) == (["done"], 0)

    return run


def test_a_full_disk_is_one_line_and_the_files_go_on_when_there_is_room(place, on_small_disk):
    def work():
        for number in range(60):
            place.add(str(number), 20_000)
            place.recorder.note(place.faults.name)
            assert place.recorder.flush(30)
        [line] = place.said
        assert "data/records: No space left on device" in line
        assert all(text.endswith(("-->\n", "}}\n")) for text in place.texts())
        assert not list((place.root / "data/records").glob("*.tmp"))
        assert mount("-o", "remount,size=32m", str(place.root / "data")) == 0
        assert place.is_whole()
        assert place.store.read(place.faults.name).totals.interactions == 60

    on_small_disk(work)


def test_a_read_only_disk_is_one_line_and_loses_no_call(place, on_small_disk):
    def work():
        place.add("first")
        place.write()
        assert mount("-o", "remount,ro", str(place.root / "data")) == 0
        for number in range(5):
            place.add(str(number))
            place.recorder.note(place.faults.name)
            assert place.recorder.flush(30)
        [line] = place.said
        assert "data/records: Read-only file system" in line
        assert place.store.read(place.faults.name).totals.interactions == 6

    on_small_disk(work)
