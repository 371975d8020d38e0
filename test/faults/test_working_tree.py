"""Two features are done at once in a working tree where a person works: nothing is lost, nothing is
committed under the wrong name, and who was interrupted goes on to the end.

A schedule that fails is printed as the steps of a `Script`.
"""

import os
import shutil

import pytest
from schedules import Chance, Schedule, Script, make_project

LONG = os.environ.get("AI_SESSIONS_LONG") == "1"
SEEDS = range(500 if LONG else 60)
AT_ONCE = 5
BETA = ("alpha 1: tests", "begin", "beta")
#: Schedules that broke a promise once.
ONCE_BROKEN = {
    "a person commits while a task is interrupted": (
        ("alpha 1: agent green has written", "kill"),
        ("alpha 1: agent green has written", "edit", "mine.txt"),
        ("alpha 1: agent green has written", "commit", "mine.txt"),
    ),
    "the other feature has evidence in no commit yet": (
        BETA,
        ("alpha 1: tests 2", "kill"),
        ("beta 1: agent red has written", "begin", "alpha"),
    ),
    "the other feature is interrupted with its work in the tree": (
        ("alpha 1: agent green has written", "stage", "alpha.sh"),
        ("alpha 1: agent green has written", "begin", "beta"),
        ("alpha 1: agent green has written", "kill"),
    ),
    "a person begins the other feature during a call": (
        ("alpha 1: agent green has written", "edit", "beta.sh"),
        ("alpha 1: tests 3", "edit", "tests/beta.sh"),
    ),
    "a person goes to another branch while tests run": (("alpha 1: tests 3", "switch", "side"),),
    "a person goes to another branch during a call": (
        ("alpha 1: agent green begins", "switch", "side"),
    ),
    "a person edits the tests right after they were accepted": (
        ("alpha 1: post-commit", "edit", "tests/alpha.sh"),
    ),
    "a person edits the tests in a trial without the work": (
        ("alpha 1: tests 4", "edit", "tests/alpha.sh"),
    ),
    "a person edits the tests after a trial was killed": (
        ("alpha 1: tests 4", "edit", "tests/alpha.sh"),
        ("alpha 1: tests 4", "kill"),
    ),
    "a person edits another file and the agent is killed before it wrote any": (
        ("alpha 1: pre-commit", "edit", "tests/beta.sh"),
        ("alpha 1: agent green begins", "kill"),
    ),
    "a person edits other files during calls and in a fresh checkout": (
        ("alpha 1: agent red has written", "edit", "notes-1.txt"),
        ("alpha 1: agent green has written", "edit", "README.md"),
        ("alpha 1: tests 4", "edit", "docs/old.txt"),
    ),
    "a person deletes the tests that the agent has written": (
        ("alpha 1: tests", "edit", "tests/alpha.sh"),
        ("alpha 1: agent red has written", "delete", "tests/alpha.sh"),
    ),
    "a person goes to another branch right after the tests were committed": (
        ("alpha 1: post-commit", "switch", "side"),
    ),
    "a person goes to another branch right after the work was committed": (
        ("alpha 1: post-commit 2", "switch", "side"),
    ),
    "a person pulls on top of a commit that a hook is still at": (
        ("alpha 1: post-commit 2", "pull"),
    ),
}


#: What some of them have to say.
SAYS = {
    "a person edits the tests right after they were accepted": "changed since red",
    "the other feature is interrupted with its work in the tree": "finish it first: implement.sh",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def play(project, tmp_path):
    def run(chance, name="schedule"):
        folder = tmp_path / name
        shutil.copytree(project, folder, symlinks=True)
        schedule = Schedule(folder, chance)
        schedule.play()
        shutil.rmtree(folder)
        return schedule

    return run


@pytest.mark.parametrize("name", ONCE_BROKEN)
def test_a_promise_that_was_broken_once_is_kept(play, name):
    steps = ONCE_BROKEN[name]

    played = play(Script(*steps))

    assert set(steps) <= set(played.steps), "the test did not test"
    assert SAYS.get(name, "") in "".join(played.said)


@pytest.mark.parametrize("first", SEEDS[::AT_ONCE])
def test_whatever_happens_nothing_is_lost_and_both_features_are_done(play, first):
    for seed in SEEDS[first : first + AT_ONCE]:
        play(Chance(seed, between_steps=LONG or seed % 2 == 1), str(seed))
