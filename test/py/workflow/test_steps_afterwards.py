"""What comes after the work: a clean-up, and hooks that touch what is committed."""

import pytest
from scripted import PLAN, SOURCE, TEST, Agent, git, writes

from ai_sessions.errors import GateRefused, NeedsPerson
from ai_sessions.workflow.task import Options, Work

RED, GREEN = writes(test_gateway__py=TEST), writes(gateway__py=SOURCE)


@pytest.fixture(autouse=True)
def without_a_suite(space):
    lines = [line for line in PLAN.splitlines() if not line.startswith("  suite:")]
    space.write("\n".join(lines) + "\n", "plan.yaml")


# -- a clean-up after the work

TDD = Options(tdd=True)


def test_a_clean_up_that_tests_like_is_kept(do, repo):
    cleaner = SOURCE.replace('f"charge-{key}"', '"charge-" + key')
    agent = Agent(RED, GREEN, writes(gateway__py=cleaner))

    outcome = do(agent, options=TDD)

    assert [request.purpose for request in agent.requests] == ["red", "green", "refactor"]
    assert git(repo, "show", "HEAD:gateway.py") == cleaner
    assert "T1.1 clean  2 passed" in outcome.told


@pytest.mark.parametrize(
    "step", [writes(gateway__py="def charge(key):\n    return 1\n"), lambda _folder: "nothing"]
)
def test_a_clean_up_that_breaks_or_changes_nothing_leaves_the_work(do, repo, step):
    outcome = do(Agent(RED, GREEN, step), options=TDD)

    assert outcome.state == "done"
    assert git(repo, "show", "HEAD:gateway.py") == SOURCE
    assert not any("clean" in one for one in outcome.told)


# -- hooks that touch what is committed


def hook(repo, name, script):
    path = repo / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_tests_that_go_in_the_hook_of_their_commit_are_missed(do, repo):
    hook(repo, "post-commit", "[ -e gateway.py ] || rm -f test_gateway.py")
    agent = Agent(RED, GREEN)

    with pytest.raises(NeedsPerson, match=r"test_gateway\.py changed since red") as error:
        do(agent)
    assert error.value.hint.endswith("begin again: rm .ai-session/pay/state/T1.1.json")
    assert len(agent.requests) == 1


def test_after_a_commit_is_taken_back_the_tip_is_where_it_was(do, repo, monkeypatch):
    hook(repo, "pre-commit", "[ -e gateway.py ] || exit 0; echo 1/0 >>gateway.py; git add -A")
    tips, refused = [], Work.refused

    def noted(work, *given, **more):
        tips.append((work.hold.tip, work.record.state, work.record.proof))
        return refused(work, *given, **more)

    monkeypatch.setattr(Work, "refused", noted)
    with pytest.raises(GateRefused, match=r"gateway\.py"):
        do(Agent(RED, GREEN))

    assert tips == [(git(repo, "rev-parse", "HEAD").strip(), "red", "")]
