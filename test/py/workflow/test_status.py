"""`status`: where it stands, from evidence and commits; light enough for the fast path."""

import subprocess
import sys
from pathlib import Path

import pytest
from scripted import git

from ai_sessions.errors import ConfigError, NotFound
from ai_sessions.workflow import status
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.reports import save_report

PYLIB = Path(__file__).parents[3] / "pylib"


def shown(space):
    return status.show(space.repo, "pay", ".ai-session").splitlines()


def test_a_fresh_plan_shows_what_is_ready(space):
    lines = shown(space)

    assert lines[0] == "pay   Payments   branch main   $0.0000"
    assert lines[1].endswith("0/3 done   2 ready   1 waiting")
    assert lines[3] == "  T1.2  waiting  Route     needs T1.1"
    assert lines[5] == "  A1    covered by T1.1 (ready)"
    assert lines[-1] == "Next: implement.sh pay --task T1.1"


def test_a_done_task_shows_tests_cost_and_commit(done, repo):
    commit = git(repo, "rev-parse", "--short=7", "HEAD").strip()

    assert f"  T1.1  done   Gateway   2 tests   $0.0200   {commit}" in shown(done)
    assert shown(done)[-1] == "Next: implement.sh pay --task T1.2"


def test_done_does_not_survive_a_commit_that_is_taken_away(done, repo):
    git(repo, "reset", "-q", "--soft", "HEAD~1")

    feature_state = FeatureState(done)

    assert feature_state.states["T1.1"] == "green"
    assert any("no commit of this branch names its evidence" in line for line in shown(done))


def test_another_repository_of_an_outer_git_changes_no_answer(done, repo, tmp_path, monkeypatch):
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    identity = ("-c", "user.name=Other", "-c", "user.email=other@example.com")
    git(other, *identity, "commit", "-q", "--allow-empty", "-m", "Other")
    wanted = shown(done)
    for cached in Path(done.path("cache")).glob("*.json"):
        cached.unlink()
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))

    assert shown(done) == wanted
    monkeypatch.delenv("GIT_DIR")
    assert shown(done) == wanted


def test_of_a_history_that_cannot_be_read_nothing_is_remembered(done, repo):
    wanted = shown(done)
    Path(done.path("cache", "carriers.json")).unlink()
    tip = git(repo, "rev-parse", "HEAD").strip()
    commit = repo / ".git" / "objects" / tip[:2] / tip[2:]
    commit.rename(repo / "away")

    with pytest.raises(ConfigError, match="git log failed"):
        shown(done)
    (repo / "away").rename(commit)
    assert shown(done) == wanted


def test_done_survives_a_rebase(done, repo):
    git(
        repo, "commit", "-q", "--allow-empty", "--amend", "--no-edit", "--date=2020-01-01T00:00:00Z"
    )

    assert FeatureState(done).states["T1.1"] == "done"


def test_machines_get_the_same(done):
    facts = status.facts_of(done)

    assert facts["tasks"][0]["state"] == "done"
    assert facts["tasks"][0]["cost_nusd"] == 20_000_000
    assert facts["acceptance"][0]["covered_by"] == ["T1.1"]
    assert facts["next"] == "implement.sh pay --task T1.2"


def test_all_features_have_a_line_each(done):
    Workspace(done.repo, ".ai-session", "empty").write("x", "spec.md")

    assert status.overview(done.repo, ".ai-session").splitlines() == [
        'empty   no plan yet   Next: plan.sh empty "what to build"',
        "pay   1/3 done   $0.0200   Next: implement.sh pay --task T1.2",
    ]


def test_without_features_it_says_how_to_begin(repo):
    assert status.overview(str(repo), ".ai-session").endswith("Next: init-session.sh FEATURE")


def test_in_a_narrow_overview_what_to_type_has_a_line_of_its_own(done):
    lines = status.overview(done.repo, ".ai-session", width=40).splitlines()

    assert lines == ["pay   1/3 done   $0.0200", "  Next: implement.sh pay --task T1.2"]


def test_a_broken_plan_and_an_unknown_feature_are_errors(space):
    with pytest.raises(NotFound):
        status.show(space.repo, "nothing", ".ai-session")
    space.write("schema: [", "plan.yaml")
    with pytest.raises(ConfigError):
        shown(space)


def test_it_loads_no_package_and_starts_no_process_when_nothing_has_changed(done):
    shown(done)
    code = (
        "import sys, os\n"
        f"sys.path.insert(0, {str(PYLIB)!r})\n"
        "from ai_sessions.workflow.status import show\n"
        f"show({done.repo!r}, 'pay', '.ai-session')\n"
        "heavy = {'yaml', 'click', 'dataclasses', 'subprocess', 'pathlib', 'jsonschema'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )

    command = [sys.executable, "-I", "-S", "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (told.stdout.strip(), told.stderr) == ("[]", "")


def test_what_verify_said_last_is_shown_as_long_as_it_holds(done, repo):
    commit = git(repo, "rev-parse", "HEAD").strip()
    save_report(done, "verify", {"verdict": "NO-GO", "commit": commit}, "")
    save_report(done, "verify", {"verdict": "GO", "commit": commit}, "")

    assert f"  verified: GO at {commit[:7]}" in shown(done)
    assert status.facts(FeatureState(done))["verified"] == {
        "verdict": "GO",
        "commit": commit,
        "is_current": True,
    }
    git(repo, "add", "-A", ".ai-session/pay/verify")
    git(repo, "commit", "-qm", "Verdict")
    assert f"  verified: GO at {commit[:7]}" in shown(done)


@pytest.mark.parametrize("name", ["README.md", ".ai-session/pay/plan.yaml", ".ai-session/x.yaml"])
def test_a_verdict_is_not_the_last_one_after_a_change(done, repo, name):
    commit = git(repo, "rev-parse", "HEAD").strip()
    save_report(done, "verify", {"verdict": "GO", "commit": commit}, "")
    path = repo / name
    path.write_text(f"{path.read_text() if path.exists() else ''}# more\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "More")

    assert f"  verified: GO at {commit[:7]}, before the last commit" in shown(done)


def test_after_a_go_there_is_nothing_left_to_verify(space, repo):
    plan = space.text("plan.yaml")
    for title in ("Gateway", "Route", "Readme"):
        plan = plan.replace(f"title: {title}", f"state: dropped\n        title: {title}")
    space.write(plan, "plan.yaml")
    before = shown(space)[-1]
    commit = git(repo, "rev-parse", "HEAD").strip()
    save_report(space, "verify", {"verdict": "GO", "commit": commit}, "")

    assert (before, shown(space)[-1]) == ("Next: verify.sh pay", "Next: ai-session.sh stats")


@pytest.mark.parametrize("report", [{}, {"verdict": 3}, {"verdict": "GO"}])
def test_a_damaged_report_is_no_verdict(done, report):
    save_report(done, "verify", report, "")

    assert not any("verified" in line for line in shown(done))
