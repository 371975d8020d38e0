"""Hooks of the user that format what is committed, or that refuse it."""

import json
import os

import pytest
from scripted import PLAN, SOURCE, TEST, Agent, git, writes

from ai_sessions.errors import ChecksFailed, GateRefused, NeedsPerson
from ai_sessions.workflow.implement import Options
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workflow.verify import Options as Checking
from ai_sessions.workflow.verify import verify
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.tasks import read_evidence, read_state

RED, GREEN = writes(test_gateway__py=TEST), writes(gateway__py=SOURCE)
#: As lint-staged does it: what is staged is formatted, and added again.
FORMATS = """\
for f in $(git diff --cached --name-only --diff-filter=ACM | grep '\\.py$'); do
  grep -q '^# formatted' "$f" || { echo '# formatted' >>"$f"; git add "$f"; }
done
"""


@pytest.fixture
def hook(repo):
    def write(script):
        path = repo / ".git" / "hooks" / "pre-commit"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}")
        path.chmod(0o755)

    return write


@pytest.fixture
def planned(space, repo):
    space.write(PLAN, "plan.yaml")
    git(repo, "add", "-A")
    git(repo, "commit", "-qnm", "plan")
    return space


def is_go_in_a_clone(repo, tmp_path):
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(repo), str(clone))
    space = Workspace(str(clone), ".ai-session", "pay")
    checks = verify(space, os.environ, Checking(), None).checks
    told = {check.name: check.status for check in checks if check.name.startswith("T1.1")}
    return set(told.values()) == {"ok"} and FeatureState(space).states["T1.1"] == "done"


@pytest.mark.parametrize("one_commit", [False, True])
def test_what_a_hook_has_formatted_is_what_is_frozen_and_proved(
    do, repo, planned, hook, tmp_path, one_commit
):
    hook(FORMATS)
    agent = Agent(RED, GREEN)

    outcome = do(agent, options=Options(one_commit=one_commit))

    assert (outcome.state, len(agent.requests)) == ("done", 2)
    assert git(repo, "status", "--porcelain") == ""
    for name in ("gateway.py", "test_gateway.py"):
        assert git(repo, "show", f"HEAD:{name}").endswith("# formatted\n")
    assert any("(by a hook?)" in warning for warning in outcome.warnings)
    assert FeatureState(planned).commit_of("T1.1") == git(repo, "rev-parse", "HEAD").strip()
    red, green = (read_evidence(planned, "T1.1", step) for step in ("red", "green"))
    assert green["frozen"] == read_state(planned, "T1.1").frozen
    if not one_commit:
        assert red["frozen"] == green["frozen"]
    assert is_go_in_a_clone(repo, tmp_path)


def test_a_red_commit_names_the_evidence_of_what_it_holds(do, repo, planned, hook):
    hook(FORMATS)
    with pytest.raises(GateRefused):
        do(Agent(RED, writes()))

    state = read_state(planned, "T1.1")
    assert state.red in git(repo, "log", "-1", "--format=%B")
    assert git(repo, "status", "--porcelain", "--", ":!.ai-session") == ""
    agent = Agent(GREEN)
    assert do(agent).state == "done"  # red is kept
    assert len(agent.requests) == 1


@pytest.mark.parametrize(
    "script",
    [
        "printf '\\n    def test_more(self): self.fail()\\n' >>test_gateway.py; ADD",
        "sed -i.bak 's/assertEqual/assertTrue/; s/assertNotEqual/assertTrue/; s/import gateway//' "
        "test_gateway.py; rm *.bak; ADD",
        "echo '# formatted' >>test_gateway.py",
        "cp test_gateway.py test_gateway_2.py; rm test_gateway.py; git add -A",
    ],
    ids=["another test", "weaker tests", "not added", "renamed"],
)
def test_a_hook_that_does_more_to_the_tests_is_refused(do, planned, hook, script):
    hook(script.replace("ADD", "git add test_gateway.py"))
    agent = Agent(RED, GREEN)

    with pytest.raises(NeedsPerson, match="changed since red"):
        do(agent)
    assert len(agent.requests) == 1


def test_tests_that_are_frozen_may_not_change_on_the_way_into_the_commit(do, repo, planned, hook):
    hook("[ ! -e gateway.py ] || { echo '# more' >>test_gateway.py; git add test_gateway.py; }")

    with pytest.raises(GateRefused, match=r"test_gateway\.py"):
        do(Agent(RED, GREEN))
    assert FeatureState(planned).states["T1.1"] == "red"
    assert git(repo, "log", "--format=%s").splitlines()[0] == "test(pay): T1.1 red"


def test_tests_that_a_hook_has_made_to_pass_without_the_work_are_refused(do, planned, hook):
    empty = "import unittest\\nclass Charge(unittest.TestCase):\\n"
    empty += "    def test_charges(self): pass\\n    def test_differs(self): pass\\n"
    hook(f"[ ! -e gateway.py ] || {{ printf '{empty}' >test_gateway.py; git add -u; }}")

    with pytest.raises(GateRefused, match=r"test_gateway\.py"):
        do(Agent(RED, GREEN), options=Options(one_commit=True))


def test_a_docs_task_is_proved_by_what_was_committed(do, repo, planned, hook):
    hook("echo '<!-- formatted -->' >>README.md; git add README.md")

    outcome = do(Agent(lambda folder: (folder / "README.md").write_text("once\n") and ""), "T1.3")

    assert outcome.state == "done"
    assert FeatureState(planned).states["T1.3"] == "done"
    assert git(repo, "show", "HEAD:README.md") == "once\n<!-- formatted -->\n"
    assert git(repo, "status", "--porcelain") == ""


def test_a_docs_task_whose_check_fails_as_committed_is_taken_back(do, repo, planned, hook):
    hook("echo gone >README.md; git add README.md")

    with pytest.raises(GateRefused, match=r"README\.md"):
        do(Agent(lambda folder: (folder / "README.md").write_text("once\n") and ""), "T1.3")
    assert FeatureState(planned).states["T1.3"] == "todo"
    assert git(repo, "log", "--format=%s").splitlines()[0] == "plan"


def test_a_hook_that_lays_out_json_changes_no_evidence(do, repo, planned, hook, tmp_path):
    hook(
        "for f in $(git diff --cached --name-only --diff-filter=ACM | grep 'json$'); do\n"
        'python3 -m json.tool --indent 4 "$f" >"$f.tmp"; mv "$f.tmp" "$f"; git add -f "$f"; done\n'
    )
    outcome = do(Agent(RED, GREEN))

    assert (outcome.state, outcome.warnings) == ("done", ())
    assert git(repo, "show", "HEAD:.ai-session/pay/state/T1.1.json").startswith("{\n    ")
    assert git(repo, "status", "--porcelain") == ""
    assert json.loads(planned.text("state", "T1.1.json"))["state"] == "done"
    assert is_go_in_a_clone(repo, tmp_path)


def test_after_a_refusal_nothing_of_ours_is_staged_and_what_was_stays(do, repo, planned, hook):
    (repo / "mine.txt").write_text("mine")
    git(repo, "add", "mine.txt")
    hook("echo no; exit 1\n")

    with pytest.raises(ChecksFailed, match="a hook refused the commit: no"):
        do(Agent(RED, GREEN), options=Options(allow_dirty=True))
    assert git(repo, "diff", "--cached", "--name-only").split() == ["mine.txt"]
