"""The workspace: what is written, what survives, what is refused."""

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from ai_sessions.errors import ConfigError, LockBusy, NotFound, StorageError, UsageError
from ai_sessions.features import Workspace, features, mistyped, workspace

PLAN = """\
schema: 1
feature: pay
title: Payments
defaults: {test: {cmd: [pytest, "{tests}"]}}
phases:
  - id: P1
    title: Charge
    tasks:
      - {id: T1.1, title: Gateway, files: {src: [a.py], tests: [test_a.py]}}
"""


@pytest.fixture
def space(tmp_path):
    made = Workspace(str(tmp_path), ".ai-session", "pay")
    made.write(PLAN, "plan.yaml")
    return made


def test_a_feature_that_does_not_exist_is_told_with_the_nearest(space):
    with pytest.raises(NotFound) as caught:
        workspace(space.repo, ".ai-session", "pey")
    assert "did you mean pay?" in caught.value.hint


@pytest.mark.parametrize("name", ["../x", "Pay Ment", "", "-x", "a/b", "."])
def test_a_name_that_is_none_is_refused_with_a_suggestion(space, name):
    with pytest.raises(UsageError) as caught:
        workspace(space.repo, ".ai-session", name)
    assert caught.value.hint.startswith("try: ")


def test_only_folders_with_a_feature_name_are_features(space):
    os.makedirs(os.path.join(space.repo, ".ai-session", "Not One"))
    space.write("x", "..", "config.yaml")

    assert features(space.repo, ".ai-session") == ["pay"]
    assert features(space.repo, "elsewhere") == []


def test_an_unchanged_plan_is_read_without_yaml(space, monkeypatch):
    first = space.document()
    monkeypatch.setitem(__import__("sys").modules, "yaml", None)

    assert space.document() == first


def test_a_changed_plan_is_read_anew(space):
    space.document()
    space.write(PLAN.replace("Payments", "Other"), "plan.yaml")

    assert space.document()["title"] == "Other"


def test_a_damaged_cache_is_of_no_consequence(space):
    space.document()
    space.write('{"schema": 1, "sha', "cache", "plan.json")

    assert space.document()["title"] == "Payments"


def test_a_broken_plan_names_its_file_and_line(space):
    space.write(PLAN.replace("title: Gateway", "titel: Gateway"), "plan.yaml")

    with pytest.raises(ConfigError) as caught:
        space.document()
    assert caught.value.message.startswith(".ai-session/pay/plan.yaml:9: ")
    assert caught.value.hint == "plan.sh pay --check"


def test_a_plan_that_is_missing_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        Workspace(str(tmp_path), ".ai-session", "pay").document()


def test_updates_of_32_processes_are_all_kept_and_readers_see_tasks_alone(space):
    def updates(number):
        for state in ("todo", "red", "done"):
            space.save_state(f"T1.{number}", {"state": state})
            space.event("2025-01-01T00:00:00Z", state, task=f"T1.{number}")

    children = [forked(updates, number) for number in range(32)]
    tasks = {f"T1.{number}" for number in range(32)}
    while children:
        assert set(space.states()) <= tasks  # no half-written file is taken for a task
        pid, ended = os.waitpid(children[0], os.WNOHANG)
        if pid:
            assert ended == 0
            children.pop(0)

    assert {task: one["state"] for task, one in space.states().items()} == dict.fromkeys(
        tasks, "done"
    )
    events = [json.loads(line) for line in space.text("events.jsonl").splitlines()]
    assert sorted((one["task"], one["event"]) for one in events) == sorted(
        (task, state) for task in tasks for state in ("todo", "red", "done")
    )


def forked(work, *arguments):
    """The pid of a process that does `work` and ends with 0 when it went well."""
    pid = os.fork()
    if not pid:
        code = 1
        try:
            work(*arguments)
            code = 0
        finally:
            os._exit(code)
    return pid


def test_a_draft_that_a_killed_writer_left_is_no_task(space):
    space.save_state("T1.1", {"state": "red"})
    space.write("{", "state", "T1.2.json.123.abcd.tmp")

    assert list(space.states()) == ["T1.1"]


def test_events_of_many_writers_are_whole_lines(space):
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda i: space.event("2025-01-01T00:00:00Z", "call", n=i), range(32)))

    lines = [json.loads(line) for line in space.text("events.jsonl").splitlines()]
    assert sorted(line["n"] for line in lines) == list(range(32))


def test_files_of_the_repository_are_readable_and_logs_are_private(space):
    log = space.log("red.txt", "secret output")

    assert stat.S_IMODE(os.stat(space.path("plan.yaml")).st_mode) == 0o644
    assert stat.S_IMODE(os.stat(os.path.join(space.repo, log)).st_mode) == 0o600


def test_evidence_is_tied_to_its_hash(space):
    sha = space.save_evidence("T1.1", "red", {"exit": 1})

    assert space.evidence_hash("T1.1", "red") == sha
    space.save_evidence("T1.1", "red", {"exit": 0})
    assert space.evidence_hash("T1.1", "red") != sha


def test_a_second_worker_is_told_who_holds_the_feature(space):
    held = space.lock(0, lambda _text: None)
    try:
        with pytest.raises(LockBusy) as caught:
            space.lock(0, lambda _text: None)
    finally:
        held.release()
    assert f"pid {os.getpid()}" in caught.value.message


def test_reports_are_numbered_and_never_written_over(space):
    first = space.save_report("reviews", {"n": 1}, "one")
    second = space.save_report("reviews", {"n": 2}, "two")

    assert (first, second) == (".ai-session/pay/reviews/001.md", ".ai-session/pay/reviews/002.md")
    assert space.record("reviews", "001.json") == {"n": 1}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_workspace_that_cannot_be_written_is_a_storage_error(space):
    os.chmod(space.folder, 0o500)
    with pytest.raises(StorageError):
        space.write("x", "plan.yaml")


def test_a_plan_that_is_a_link_is_not_followed(space, tmp_path):
    os.unlink(space.path("plan.yaml"))
    os.symlink("/etc/hostname", space.path("plan.yaml"))

    with pytest.raises(StorageError):
        space.plan_text()


@pytest.mark.parametrize(
    ("known", "typed", "meant"),
    [
        ("payment-gateway", "payment-gatewy", "payment-gateway"),
        ("payment-gateway", "payment-gateway2", ""),
        ("step-1", "step-2", ""),
        ("auth-service", "user-service", ""),
        ("pay", "search", ""),
    ],
)
def test_a_slip_of_the_finger_is_told_from_a_name_of_its_own(tmp_path, known, typed, meant):
    (tmp_path / ".ai-session" / known).mkdir(parents=True)

    assert mistyped(str(tmp_path), ".ai-session", typed) == meant
