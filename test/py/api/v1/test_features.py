"""`/v1/features`."""

import subprocess

import pytest
from scripted import PLAN, ROOT

from ai_sessions.workspace.files import Workspace


@pytest.fixture
def space(tmp_path, environment):
    repo = tmp_path / "my project"
    environment["API_REPOSITORIES"] = f"{repo}:{tmp_path / 'gone'}"
    made = Workspace(str(repo), ROOT, "pay")
    made.write(PLAN, "plan.yaml")
    subprocess.run(["git", "init", "-q", str(repo)], check=True)
    return made


def test_nothing_is_shown_that_was_not_named(client):
    assert client.get("/v1/features").json() == {"data": [], "repositories": []}
    assert client.get("/v1/features/pay").status_code == 404


def test_all_features_are_listed_and_what_is_wrong_with_a_repository(space, client):
    found = client.get("/v1/features").json()

    assert [(one["feature"], one["title"]) for one in found["data"]] == [("pay", "Payments")]
    assert [one["problem"] for one in found["repositories"]] == [None, "no such folder"]
    gone = found["repositories"][1]["path"]
    assert client.get("/v1/features", params={"repository": gone}).json()["data"] == []


def test_a_feature_has_its_plan_and_its_tasks(space, client):
    found = client.get("/v1/features/pay").json()

    assert found["plan"]["goal"] == "Charge once."
    assert [(one["id"], one["state"]) for one in found["tasks"]][:2] == [
        ("T1.1", "ready"),
        ("T1.2", "waiting"),
    ]


def test_a_proof_that_names_a_file_that_is_not_utf_8_is_told(space, client):
    space.save({"schema": 1, "changed": ["\udcff.py"]}, "evidence", "T1.1", "red.json")
    (found, *_) = client.get("/v1/features/pay").json()["tasks"]

    assert found["proof"]["red"]["changed"] == ["\udcff.py"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("pax", 404), ("pay?repository=/etc", 404), ("..%2F..", 404), ("PAY", 400), ("pay?x=1", 400)],
)
def test_what_is_not_there_is_told(space, client, path, status):
    assert client.get(f"/v1/features/{path}").status_code == status


def test_a_stranger_sees_no_feature(space, stranger):
    assert stranger.get("/v1/features").status_code == 401
