"""Features of several repositories."""

import shutil
from pathlib import Path

import pytest
from scripted import ROOT

from ai_sessions.errors import NotFound, UsageError
from ai_sessions.workflow import repositories
from ai_sessions.workflow.repositories import Repository


@pytest.fixture
def known(space):
    return Repository(space.repo, ROOT)


def copied(known, folder):
    return Repository(str(shutil.copytree(known.path, folder)), ROOT)


@pytest.mark.parametrize(
    ("path", "problem"),
    [("gone", "no such folder"), ("home", "not the top folder of a git repository")],
)
def test_a_folder_that_is_no_repository_has_no_features(repo, path, problem):
    found = Repository(str(repo.parent / path), ROOT)

    assert (found.problem, list(found.spaces())) == (problem, [])


def test_a_feature_is_found_in_whichever_repository_has_it(known, tmp_path):
    other = copied(known, tmp_path / "other")
    shutil.rmtree(Path(other.path, ROOT))

    assert repositories.find([other, known], "pay").repo == known.path


def test_a_feature_that_several_repositories_have_needs_the_name_of_one(known, tmp_path):
    other = copied(known, tmp_path / "other")

    with pytest.raises(UsageError, match="pay is in several repositories"):
        repositories.find([known, other], "pay")
    assert repositories.find([known, other], "pay", other.path).repo == other.path


def test_repositories_are_listed_with_their_root(repo):
    found = repositories.listed([str(repo)], {"SESSION_ROOT": ".work"})

    assert found == [Repository(str(repo), ".work")]


@pytest.mark.parametrize(("feature", "path"), [("pax", ""), ("pay", "/etc"), ("pay", "/")])
def test_what_is_not_shown_is_not_found(known, feature, path):
    with pytest.raises(NotFound):
        repositories.find([known], feature, path)


def test_a_name_that_leads_out_of_the_repository_is_refused(known):
    with pytest.raises(UsageError):
        repositories.find([known], "../pay")


def test_a_plan_that_is_broken_hides_no_other_feature(space):
    space.write("schema: 1\nphases: [", "plan.yaml")
    found = repositories.row(space)

    assert "plan.yaml" in found["problem"]
    assert repositories.whole(space)["plan"] is None


def test_a_task_that_is_done_has_its_proof(done):
    found = repositories.whole(done)
    first, second, _ = found["tasks"]

    assert (first["state"], first["cost"], second["proof"]) == ("done", 0.02, {})
    classes = [first["proof"][step]["run"]["class"] for step in ("red", "green")]
    assert classes == ["error", "pass"]
    assert found["plan"]["acceptance"] == [{"id": "A1", "text": "Charges once."}]
