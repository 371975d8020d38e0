"""`/v1/runs`: tasks begun over HTTP; here the command is a script."""

import asyncio
import json
import os
import subprocess
import threading

import pytest
from scripted import PLAN, ROOT

from ai_sessions.workflow import background
from ai_sessions.workspace.files import Workspace

SCRIPT = """\
import json, os, sys
print(json.dumps({"event": "phase", "words": sys.argv[1:]}), flush=True)
open(os.environ["GATE"]).read()
print(json.dumps({"event": "result", "ok": True, "task": {"commit": "c0ffee"}}), flush=True)
"""


@pytest.fixture
def gate(tmp_path):
    """The script goes on when this is opened for writing."""
    os.mkfifo(tmp_path / "gate")
    return tmp_path / "gate"


@pytest.fixture
def space(tmp_path, environment, monkeypatch, gate):
    repo = tmp_path / "my project"
    environment |= {"API_REPOSITORIES": str(repo), "GATE": str(gate)}
    made = Workspace(str(repo), ROOT, "pay")
    made.write(PLAN, "plan.yaml")
    subprocess.run(["git", "init", "-q", str(repo)], check=True)
    (tmp_path / "script.py").write_text(SCRIPT)
    monkeypatch.setattr(background, "_LAUNCH", tmp_path / "script.py")
    return made


def finish(gate):
    gate.write_text("")
    for thread in threading.enumerate():
        if "(wait)" in thread.name:
            thread.join()


def start(client, **more):
    return client.post("/v1/features/pay/tasks/T1.1", **more)


def events(client, run, after=""):
    answer = client.get(f"/v1/runs/{run}/events", headers={"last-event-id": after})
    parts = [part.splitlines() for part in answer.text.split("\n\n")[1:-1]]
    return [
        (id_.removeprefix("id: "), name.removeprefix("event: "), json.loads(data[6:]))
        for id_, name, data in parts
    ]


def test_a_task_is_begun_and_tells_its_end(space, client, gate):
    begun = start(client, json={"provider": "codex", "answer": "-x y", "tdd": True})
    at_work = client.get(begun.headers["location"]).json()
    finish(gate)
    over = client.get(begun.headers["location"]).json()

    assert (begun.status_code, at_work["state"], at_work["code"]) == (202, "running", None)
    assert at_work["options"] == ["--provider=codex", "--answer=-x y", "--tdd"]
    assert (over["state"], over["code"], over["by"]) == ("ended", 0, "owner")
    assert over["result"]["task"] == {"commit": "c0ffee"}


def test_a_plan_with_faults_is_told_with_all_of_them(space, client):
    space.write(
        PLAN.replace("id: T1.1", "id: T1.1\n        kind: none\n        size: none"), "plan.yaml"
    )
    refused = start(client)

    assert (refused.status_code, refused.json()["code"]) == (409, "plan")
    assert len(refused.json()["errors"]) > 1


def test_a_second_start_is_refused_while_the_first_is_at_work(space, client, gate):
    first, second = start(client).json(), start(client)
    finish(gate)

    assert (second.status_code, second.json()["code"]) == (409, "lock")
    assert [one["id"] for one in client.get("/v1/runs").json()["data"]] == [first["id"]]


def test_a_start_that_is_sent_again_with_its_key_has_the_same_answer(space, client, gate):
    first, again = (start(client, headers={"idempotency-key": "k"}) for _ in range(2))
    finish(gate)

    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["location"] == first.headers["location"]


@pytest.mark.parametrize("at_once", [10, 1 << 20])
def test_who_follows_is_told_every_event_once(space, client, gate, monkeypatch, at_once):
    run = start(client).json()["id"]
    finish(gate)
    monkeypatch.setattr(background.Runs, "read", lambda _self, _id: {"state": "ended", "code": 0})
    monkeypatch.setattr(background, "_AT_ONCE", at_once)
    told = events(client, run)

    assert [name for _, name, _ in told] == ["phase", "result", "ended"]
    assert [name for _, name, _ in events(client, run, told[0][0])] == ["result", "ended"]
    assert told[2][2]["code"] == 0
    again = client.get(f"/v1/runs/{run}/events", headers={"last-event-id": told[2][0]})
    assert again.status_code == 204


def test_a_server_that_ends_leaves_the_task_at_work_and_says_where_to_go_on(space, client, gate):
    run = start(client).json()["id"]

    async def ended_meanwhile():
        asking = asyncio.create_task(client.asked("GET", f"/v1/runs/{run}/events"))
        client.service.stop()
        return await asking

    told = asyncio.run(ended_meanwhile()).text
    state = client.get(f"/v1/runs/{run}").json()["state"]
    finish(gate)

    assert told.endswith(f'event: stopping\ndata: {{"run":"{run}"}}\n\n')
    assert state == "running"


def test_a_run_is_told_to_end_once(space, client, gate):
    run = start(client).json()["id"]
    stopped = client.delete(f"/v1/runs/{run}")
    for thread in threading.enumerate():
        if "(wait)" in thread.name:
            thread.join()

    assert stopped.status_code == 202
    assert client.get(f"/v1/runs/{run}").json()["state"] == "killed"
    assert client.delete(f"/v1/runs/{run}").json()["code"] == "ended"


@pytest.mark.parametrize(
    "body",
    [
        {"provider": "--all"},
        {"model": "a b"},
        {"attempts": 0},
        {"no_tests": True},
        {"answer": "\0"},
    ],
)
def test_a_body_cannot_choose_other_options(space, client, body):
    assert start(client, json=body).status_code == 400
    assert client.get("/v1/runs").json() == {"data": []}


@pytest.mark.parametrize("task", ["T9.9", "--all", "..%2FT1.1"])
def test_a_task_that_the_plan_does_not_have_is_not_begun(space, client, task):
    assert client.post(f"/v1/features/pay/tasks/{task}").status_code == 404


def test_only_an_administrator_starts_and_stops_a_task(space, client, service):
    client.token = service.access.add("phone", "write", service.now())

    assert start(client).json()["code"] == "scope"
    assert client.delete("/v1/runs/x").json()["code"] == "scope"
    assert client.get("/v1/runs").json() == {"data": []}


def test_a_repository_that_is_not_named_starts_nothing(space, client, environment):
    environment["API_REPOSITORIES"] = ""

    assert start(client).status_code == 404


@pytest.mark.parametrize("id_", ["x", "%2E%2E", "0198f3a1-0000-7000-8000-000000000000"])
def test_a_run_that_is_not_known_is_told(client, id_):
    assert client.get(f"/v1/runs/{id_}").status_code == 404
    assert client.get(f"/v1/runs/{id_}/events").status_code == 404
