"""Recording takes no time, loses nothing, and says once what does not work."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import ai_sessions
from ai_sessions.sessions.recording import recorder as module
from ai_sessions.sessions.recording import writing
from ai_sessions.sessions.recording.background import background
from ai_sessions.sessions.recording.registry import Registry

from .conftest import NAME, call

PYLIB = Path(ai_sessions.__file__).parent.parent


@pytest.fixture(autouse=True)
def done():
    yield
    assert background.finish(10)
    module._troubles.clear()


def texts(place, name=NAME):
    return [path.read_text() for path in place.paths(name)]


def test_a_note_has_a_session_written_down(place):
    place.add(call(1))
    place.recorder.note(NAME)

    assert place.recorder.flush()
    assert ["answer 1" in text for text in texts(place)] == [True, True]


def test_a_crowd_of_threads_writes_each_session_whole(place):
    def talk(number):
        for turn in range(5):
            place.add(call(turn), name=f"chat-{number}")
            place.recorder.note(f"chat-{number}")

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert place.recorder.flush(30)
    assert [text.count("answer") for n in range(8) for text in texts(place, f"chat-{n}")] == [
        5
    ] * 16
    assert place.said == []


def test_trouble_is_told_once_until_it_is_over(place):
    (place.root / "data").write_text("in the way")
    for number in range(3):
        place.add(call(number))
        place.recorder.note(NAME)
        place.recorder.flush()
    [line] = place.said
    assert line.startswith("sessions are saved, but not their files in RECORD_DIR: ")
    assert "data: not a folder" in line

    (place.root / "data").unlink()
    place.recorder.note(NAME)
    place.recorder.flush()
    (place.root / "data/records").rename(place.root / "moved")
    (place.root / "data/records").write_text("in the way")
    place.recorder.note(NAME)
    place.recorder.flush()
    assert len(place.said) == 2


def test_a_full_disk_is_told_with_the_folder_and_not_with_a_draft(place, monkeypatch):
    def full(*_args, **_more):
        raise OSError(28, "No space left on device", "session.md.1.abc.tmp")

    monkeypatch.setattr(writing, "write", full)
    for number in range(2):
        place.add(call(number), name=f"chat-{number}")
        place.recorder.note(f"chat-{number}")
    place.recorder.flush()

    [line] = place.said
    assert line.endswith(f"{place.folder.path}: No space left on device")


def test_a_session_that_is_gone_is_no_trouble(place):
    place.recorder.note("never-made")
    place.recorder.flush()

    assert place.said == []
    assert place.names() == []


def test_files_that_somebody_else_writes_are_left_to_them(place):
    session = place.add(call(1))
    place.recorder._registry = Registry(place.root / "sessions", lock_wait_s=0)
    with place.registry.lock(session.uid):
        place.recorder.note(NAME)
        place.recorder.flush()
    [line] = place.said
    assert f"what is recorded of {session.uid} is in use" in line
    assert place.names() == []


def test_upkeep_is_called_with_the_folder(place):
    seen = []
    place.recorder._upkeep = seen.append
    place.add(call(1))
    place.recorder.note(NAME)
    place.recorder.flush()

    assert seen == [place.folder]


PROGRAM = """
import atexit, os, sys
def late():
    if mode == "late":
        store.append("late", [said])
        recorder.note("late")
atexit.register(late)
from pathlib import Path
from ai_sessions.records import Message, Said
from ai_sessions.sessions.recording.folder import Folder
from ai_sessions.sessions.recording.recorder import Recorder
from ai_sessions.sessions.recording.registry import Registry
from ai_sessions.store.files import FileStore
root, mode = Path(sys.argv[1]), sys.argv[2]
store = FileStore(root / "sessions", fsync="none")
recorder = Recorder(store, Folder("data/records", str(root)), Registry(root / "sessions"), print)
said = Said(Message("user", "hello"))
store.append("chat", [said])
recorder.note("chat")
if mode == "fork" and not os.fork():
    store.append("child", [said])
    recorder.note("child")
    sys.exit()
if mode == "raised":
    raise SystemExit(143)
os.wait() if mode == "fork" else None
"""


@pytest.mark.parametrize(
    ("mode", "code", "names"),
    [
        ("plain", 0, ["chat"]),
        ("raised", 143, ["chat"]),
        ("late", 0, ["chat", "late"]),
        ("fork", 0, ["chat", "child"]),
    ],
)
def test_nothing_is_lost_when_a_program_ends(place, mode, code, names):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(place.root), mode],
        env={"PYTHONPATH": str(PYLIB), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")
    assert place.store.names() == names
    assert all("hello" in text for name in names for text in texts(place, name))
