"""After `kill -9` of ours nothing goes on: by the supervisor, or by our next run."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from running import is_running, ran

from ai_sessions.processes import leftovers, running, table

PYLIB = str(Path(running.__file__).parents[2])
OURS = """
import os, sys
from pathlib import Path
from ai_sessions.processes import running
script = '''
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        print(os.getpid(), flush=True)
        time.sleep(600)
    os._exit(0)
print(os.getpid(), os.getppid(), flush=True)
time.sleep(600)
'''
command = running.Command([sys.executable, "-I", "-S", "-c", script], Path("/"), {}, grace_s=0.1)
with running.started(command, None, Path(sys.argv[1])) as child:
    for _channel, data in child.output():
        os.write(1, data)
"""


class Ours:
    """A process of ours that runs a command which has a daemon."""

    def __init__(self, notes: Path) -> None:
        words = [sys.executable, "-c", OURS, str(notes)]
        self.process = subprocess.Popen(
            words, env={"PYTHONPATH": PYLIB}, stdout=subprocess.PIPE, text=True
        )
        lines = [self.process.stdout.readline().split() for _ in range(2)]
        main, daemon = sorted(lines, key=len, reverse=True)
        self.main, self.supervisor, self.daemon = int(main[0]), int(main[1]), int(daemon[0])

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="waits by a handle of the process")
def test_when_we_are_killed_all_that_runs_for_us_ends(tmp_path):
    ours = Ours(tmp_path)
    handles = [os.pidfd_open(pid) for pid in (ours.main, ours.daemon, ours.supervisor)]
    ours.kill()

    assert all(select.select([handle], [], [], 60)[0] for handle in handles)


@pytest.fixture
def killed_with_supervisor(tmp_path):
    ours = Ours(tmp_path)
    os.kill(ours.supervisor, signal.SIGSTOP)
    ours.kill()
    os.kill(ours.supervisor, signal.SIGKILL)
    yield ours
    for pid in (ours.main, ours.daemon):
        if is_running(pid):
            os.kill(pid, signal.SIGKILL)


def test_our_next_run_ends_what_nobody_else_could(killed_with_supervisor, tmp_path):
    left = (killed_with_supervisor.main, killed_with_supervisor.daemon)
    assert all(map(is_running, left))

    ran(running.Command(["true"], tmp_path, dict(os.environ)), tmp_path)

    assert not any(map(is_running, left))
    assert list(tmp_path.glob("*")) == []


def test_what_runs_for_a_process_that_lives_is_left_alone(tmp_path):
    ours = Ours(tmp_path)
    leftovers.end(tmp_path)

    assert is_running(ours.main)
    assert is_running(ours.daemon)
    assert len(list(tmp_path.glob("*.json"))) == 1
    ours.kill()


@pytest.fixture
def stranger():
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


def note(folder: Path, **changed: object) -> Path:
    whole = {"mark": "AI_SESSIONS_CHILD_NONE", "pid": 0, "start": "", "machine": table.machine()}
    path = folder / "note.json"
    path.write_text(json.dumps({**whole, **changed}))
    return path


def test_a_number_that_is_anothers_by_now_is_never_signalled(tmp_path, stranger):
    path = note(tmp_path, pid=stranger.pid, start="1")
    leftovers.end(tmp_path)

    assert stranger.poll() is None
    assert not path.exists()


def test_a_number_from_before_the_machine_started_is_never_signalled(tmp_path, stranger):
    start = table.of(stranger.pid).start
    path = note(tmp_path, pid=stranger.pid, start=start, machine="another boot")
    leftovers.end(tmp_path)

    assert stranger.poll() is None
    assert not path.exists()


def test_a_note_of_another_container_is_left_to_it(tmp_path, stranger):
    boot = table.machine().partition(" ")[0]
    start = table.of(stranger.pid).start
    path = note(tmp_path, pid=stranger.pid, start=start, machine=f"{boot} pid:[1]")
    leftovers.end(tmp_path)

    assert stranger.poll() is None
    assert path.exists()


@pytest.mark.parametrize("handles", [True, False], ids=["by a handle", "by its number"])
def test_the_process_that_is_named_is_ended_without_its_mark(
    tmp_path, stranger, monkeypatch, handles
):
    if not handles:
        monkeypatch.delattr(os, "pidfd_open", raising=False)
    note(tmp_path, pid=stranger.pid, start=table.of(stranger.pid).start)
    leftovers.end(tmp_path)

    assert stranger.wait(60) == -signal.SIGKILL
    os.fstat(0)  # no handle was taken for one


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"mark": 5}'])
def test_a_note_that_cannot_be_read_is_thrown_away(tmp_path, text):
    (tmp_path / "note.json").write_text(text)
    leftovers.end(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_a_note_that_is_a_link_is_not_followed(tmp_path):
    kept = tmp_path / "kept"
    kept.write_text("{}")
    (tmp_path / "note.json").symlink_to(kept)
    leftovers.end(tmp_path)

    assert kept.read_text() == "{}"


def test_a_folder_that_others_can_write_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    place = tmp_path / f"ai-sessions-{os.getuid()}"
    place.mkdir(mode=0o700)
    assert leftovers.usual_folder() == place

    place.chmod(0o777)
    assert leftovers.usual_folder() is None


def test_a_folder_that_is_a_link_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / f"ai-sessions-{os.getuid()}").symlink_to(tmp_path / "elsewhere")

    assert leftovers.usual_folder() is None


def test_without_a_place_for_notes_all_runs_as_well(tmp_path):
    gone = tmp_path / "gone"
    command = running.Command(["true"], tmp_path, dict(os.environ))

    assert ran(command, gone).exit_code == 0


def test_marks_differ_and_name_a_variable():
    first, second = leftovers.new_mark(), leftovers.new_mark()

    assert first != second
    assert first.isidentifier()


def test_all_that_carry_a_mark_are_ended_but_what_is_kept():
    with contextlib.ExitStack() as stack:
        first, second, other = (
            stack.enter_context(subprocess.Popen(["sleep", "600"], env={name: "1"}))
            for name in ("MARK_A", "MARK_A", "MARK_B")
        )
        stack.callback(other.kill)
        for one in (first, second, other):  # it is there before its environment is
            while not any(table.of(one.pid).carries(name) for name in ("MARK_A", "MARK_B")):
                pass
        leftovers.end_marked("MARK_A", lambda one: one.pid == second.pid)
        assert (first.wait(60), second.poll(), other.poll()) == (-signal.SIGKILL, None, None)
        leftovers.end_marked("MARK_A")
        assert (second.wait(60), other.poll()) == (-signal.SIGKILL, None)


@pytest.mark.parametrize(
    ("handles", "awaited", "slept"),
    [([5, 0, -1], [[5, 0]], []), ([-1], [], [leftovers._LOOK_S]), ([], [], [leftovers._LOOK_S])],
    ids=["handles", "none", "nobody"],
)
def test_every_handle_is_waited_for_and_closed(monkeypatch, handles, awaited, slept):
    waited, closed, pauses = [], [], []
    monkeypatch.setattr(leftovers, "_killed", lambda one: one)
    monkeypatch.setattr(leftovers, "_await", lambda found: waited.append(list(found)))
    monkeypatch.setattr(leftovers.os, "close", closed.append)
    monkeypatch.setattr(leftovers.time, "sleep", pauses.append)
    leftovers._kill(handles)
    monkeypatch.undo()

    assert (waited, pauses) == (awaited, slept)
    assert sorted(closed) == sorted(one for one in handles if one >= 0)
