"""Runs and calls that are under way, and those that were cut off."""

import os
import subprocess
import sys

import pytest

from ai_sessions.workspace import tasks


@pytest.fixture
def ended():
    """The id of a process that is no more."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def test_a_run_is_noted_until_it_comes_to_its_end(space):
    tasks.save_run(space, "T1.1", tasks.RunNote("red"))
    tasks.save_run(space, "T1.2", tasks.RunNote("green"))

    noted = tasks.read_run(space, "T1.1")
    assert (noted.step, noted.pid, noted.trial) == ("red", os.getpid(), None)
    assert sorted(tasks.unfinished_runs(space)) == ["T1.1", "T1.2"]
    tasks.save_run(space, "T1.1", None)
    tasks.save_run(space, "T1.1", None)
    assert tasks.read_run(space, "T1.1") is None
    assert list(tasks.unfinished_runs(space)) == ["T1.2"]


def test_a_trial_is_noted_with_the_tree_that_has_the_work(space):
    note = tasks.RunNote("green", base="b", before="c", answered=True, trial=("t", ["a.py"]))
    tasks.save_run(space, "T1.1", note)

    found = tasks.read_run(space, "T1.1")
    assert (found.base, found.before, found.answered, found.brought) == ("b", "c", True, False)
    assert found.trial == ("t", ["a.py"])


@pytest.mark.parametrize("trial", ["x", {"tree": "t"}, {"tree": 1, "names": []}, None])
def test_a_trial_that_is_not_whole_is_none(space, trial):
    space.save({"step": "green", "trial": trial}, "cache", "running-T1.1.json")

    assert tasks.read_run(space, "T1.1").trial is None


def test_a_note_that_cannot_be_read_is_no_run(space):
    space.write("{", "cache", "running-T1.1.json")

    assert tasks.unfinished_runs(space) == {}


def test_a_call_is_accounted_for_once(space):
    name = tasks.begin_call(space, {"session": "implement-pay"})

    assert space.record("cache", name) == {"session": "implement-pay", "pid": os.getpid()}
    assert tasks.end_call(space, name) is True
    assert tasks.end_call(space, name) is False


def test_a_call_is_cut_off_when_its_process_has_ended(space, ended):
    mine, lost, theirs = (tasks.begin_call(space, {"session": one}) for one in "abc")
    space.save({"session": "b", "pid": ended}, "cache", lost)
    space.save({"session": "c", "pid": os.getppid()}, "cache", theirs)

    # a note of this process is of a call before, as one is made at a time
    assert set(tasks.cut_off_calls(space)) == {mine, lost}
    assert tasks.cut_off_calls(space)[lost] == {"session": "b", "pid": ended}


@pytest.mark.parametrize("pid", [None, "12", os.getpid()], ids=["none", "text", "ours"])
def test_what_names_no_other_process_is_not_at_work(pid):
    assert not tasks.is_at_work(pid)


def test_a_process_is_at_work_while_it_runs(ended, monkeypatch):
    assert tasks.is_at_work(os.getppid())
    assert not tasks.is_at_work(ended)

    def refuse(_pid, _signal):
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuse)
    assert tasks.is_at_work(os.getppid())  # somebody else's, so it is there
