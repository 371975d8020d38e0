"""`implement`: where it goes on, what has to be right before it begins, what it says at the end."""

import json
import os
import shutil
from dataclasses import replace

import pytest
from scripted import HONEST, SOURCE, TEST, Agent, git, tells, writes

from ai_sessions.errors import (
    ConfigError,
    GateRefused,
    LimitReached,
    NeedsPerson,
    NotFound,
    UsageError,
)
from ai_sessions.workflow.implement import Options, check, dry, implement, ready_tasks
from ai_sessions.workspace.events import add_event
from ai_sessions.workspace.tasks import RunNote, TaskState, read_evidence, save_run, save_state


def test_a_task_that_is_done_is_not_paid_again(do):
    do(Agent(*HONEST))
    agent = Agent()

    assert do(agent).told == ("T1.1 is done already",)
    assert agent.requests == []


def test_tests_that_a_person_changed_after_red_need_a_person(do, repo):
    with pytest.raises(GateRefused):
        do(Agent(HONEST[0]))
    (repo / "test_gateway.py").write_text(TEST.replace("charges", "charging"))
    git(repo, "commit", "-qam", "Other tests")

    with pytest.raises(NeedsPerson) as caught:
        do(Agent(*HONEST))
    assert "test_gateway.py changed since red" in caught.value.message


@pytest.mark.parametrize("name", ["README.md", "route.py", "test_gateway.py"])
def test_open_changes_of_the_user_stop_the_run(do, repo, name):
    """One that git tracks, one that is another task's, one of this task."""
    (repo / name).write_text("mine")

    with pytest.raises(NeedsPerson) as caught:
        do(Agent(*HONEST))
    assert name in caught.value.message


def test_a_staged_file_of_the_user_stops_the_run(do, repo):
    (repo / "mine.txt").write_text("mine")
    git(repo, "add", "mine.txt")

    with pytest.raises(NeedsPerson, match=r"mine\.txt"):
        do(Agent(*HONEST))


def test_an_unknown_task_is_told_with_the_nearest(do):
    with pytest.raises(NotFound) as caught:
        do(Agent(), "T1.4")
    assert caught.value.hint.startswith("nearest: T1.")


def test_a_task_waits_for_its_needs(do):
    with pytest.raises(NeedsPerson) as caught:
        do(Agent(), "T1.2")
    assert caught.value.message == "T1.2 needs T1.1 (ready)"
    assert caught.value.hint == "implement.sh pay --task T1.1"


def test_without_a_task_the_ready_ones_are_listed(space):
    assert ready_tasks(space) == (
        "which task? ready: T1.1 Gateway; T1.3 Readme",
        "implement.sh pay --task T1.1",
    )


def test_a_command_that_nobody_approved_does_not_run(do, space, repo):
    space.write(space.text("plan.yaml").replace("[grep, -q, once", "[touch, pwned"), "plan.yaml")

    with pytest.raises(GateRefused) as caught:
        do(Agent(*HONEST))
    assert caught.value.hint == "plan.sh pay --approve"
    assert caught.value.facts == {"waits_for": "approval"}
    assert not (repo / "pwned").exists()


def test_a_protected_branch_takes_no_commits(line_of, project):
    line, _ = line_of(Agent(*HONEST))

    with pytest.raises(NeedsPerson) as caught:
        implement(line, replace(project, protected=("main",)), "T1.1", Options(), os.environ)
    assert "git switch -c" in caught.value.hint


def test_a_budget_that_is_used_up_stops_before_the_call(do, space):
    text = space.text("plan.yaml").replace("covers: [A1]", "covers: [A1]\n        budget_usd: 0.01")
    space.write(text, "plan.yaml")
    agent = Agent(*HONEST)

    with pytest.raises(LimitReached):
        do(agent)
    assert len(agent.requests) == 1
    assert agent.requests[0].budget_nusd == 10_000_000


def test_a_dropped_task_is_not_done(do, space):
    text = space.text("plan.yaml").replace(
        "title: Gateway", "title: Gateway\n        state: dropped"
    )
    space.write(text, "plan.yaml")

    with pytest.raises(UsageError):
        do(Agent(*HONEST))


def test_a_dry_run_shows_the_prompt_and_changes_nothing(space, project, repo):
    title, text = dry(space, project, "T1.1", Options())

    assert title == "T1.1 Gateway (ready)"
    assert "python3 -m unittest test_gateway.py" in text
    assert git(repo, "log", "--format=%s") == "Begin\n"
    assert text.splitlines()[:6] == [
        f"folder: {repo}",
        "tests:  python3 -m unittest test_gateway.py",
        "suite:  python3 -m unittest discover",
        "budget: none",
        "about:  ? (no task is done in this repository)",
        "tries:  3 for each step",
    ]


@pytest.mark.parametrize(
    ("task", "options", "word"),
    [
        ("T1.1", Options(), "the tests only"),
        ("T1.1", Options(waive="a spike"), "without new tests"),
        ("t1.3", Options(), "grep -q once README.md"),
    ],
)
def test_a_dry_run_shows_what_its_kind_of_task_is_asked(space, project, task, options, word):
    title, text = dry(space, project, task, options)

    assert title.startswith(task.upper())
    assert word in text.partition("\n\n")[2]


def test_a_dry_run_tells_limits_and_tries(space, project):
    plan = space.text("plan.yaml").replace("goal: Charge once.\n", "budget_usd: 2\n", 1)
    plan = plan.replace("  suite: {runner: unittest, cmd: [python3, -m, unittest, discover]}\n", "")
    space.write(plan.replace("defaults:", "defaults:\n  attempts: 5"), "plan.yaml")

    _, text = dry(space, project, "T1.1", Options())
    assert "budget: $2.00\n" in text
    assert "suite:  none" in text
    assert "tries:  5 for" in text
    assert "tries:  2 for" in dry(space, project, "T1.1", Options(attempts=2))[1]


# -- where it stands


def test_where_no_task_is_ready_it_says_what_waits(space):
    text = space.text("plan.yaml").replace("covers: [A1]", "covers: [A1]\n        state: dropped")
    space.write(text, "plan.yaml")
    save_state(space, "T1.2", TaskState("done"))
    assert ready_tasks(space)[0] == "which task? ready: T1.2 Route; T1.3 Readme"

    text = text.replace("title: Route", "title: R\n        state: dropped")
    space.write(text.replace("kind: docs", "kind: docs\n        state: dropped"), "plan.yaml")
    assert ready_tasks(space) == ("which task? all are done", "verify.sh pay")


def test_without_a_ready_task_there_is_nothing_to_do(do, space):
    text = space.text("plan.yaml").replace("kind: docs", "kind: docs\n        state: dropped")
    for title in ("Gateway", "Route"):
        text = text.replace(f"title: {title}", f"title: {title}\n        state: dropped")
    space.write(text, "plan.yaml")

    with pytest.raises(NeedsPerson, match="no task of pay is ready") as error:
        do(Agent(), "")
    assert error.value.hint == "status.sh pay"


def test_the_end_says_what_was_done_and_what_comes_next(done, do, repo):
    outcome = do(Agent())

    commit = git(repo, "rev-parse", "HEAD").strip()
    assert outcome.lines() == [
        f"T1.1 done   Gateway   {commit[:7]}   $0.0200",
        "  T1.1 is done already",
    ]
    assert outcome.lines(lambda word: f"<{word}>")[0].startswith("T1.1 <done>")
    assert (outcome.next_task, outcome.next) == ("T1.2", "implement.sh pay --task T1.2")
    facts = outcome.facts()
    assert (facts["id"], facts["state"], facts["commit"], facts["tests"]) == (
        "T1.1",
        "done",
        commit,
        2,
    )
    assert (facts["steps"], facts["warnings"]) == (["T1.1 is done already"], [])
    assert facts["cost"] == 0.02


def test_a_task_of_which_no_call_is_on_record_has_cost_nothing(done, do):
    done.write("", "events.jsonl")

    outcome = do(Agent())

    assert outcome.cost == (0, 0)
    assert outcome.facts()["cost"] == 0


def test_after_the_last_task_a_review_comes_next(done, do):
    text = done.text("plan.yaml")
    for word in ("title: Route", "kind: docs"):
        text = text.replace(word, f"{word}\n        state: dropped")
    done.write(text, "plan.yaml")

    outcome = do(Agent())
    assert (outcome.next_task, outcome.next) == ("", "review.sh pay")


# -- what is looked at before any agent


@pytest.fixture
def checked(space, project):
    def run(task="T1.1", options=None, **more):
        chosen = {"has_worktree": False, **more}
        return check(space, project, task, options or Options(), os.environ, **chosen)

    return run


def test_a_tree_in_order_may_begin(checked, repo):
    (repo / "loose.txt").write_text("nobody's")

    assert checked() is None


@pytest.mark.parametrize("name", ["README.md", "gateway.py"])
def test_open_changes_are_told_before_any_agent_is_asked(checked, repo, name):
    (repo / name).write_text("mine")

    with pytest.raises(NeedsPerson, match=f"the tree has changes of its own: {name}") as told:
        checked()
    assert told.value.facts == {"waits_for": "tree"}
    assert checked(options=Options(allow_dirty=True)) is None
    assert checked(has_worktree=True) is None


def test_what_an_interrupted_run_left_is_no_change_of_a_person(checked, repo, space):
    head = git(repo, "rev-parse", "HEAD").strip()
    save_run(space, "T1.1", RunNote("green", base=head, before=head))
    (repo / "gateway.py").write_text("half")

    assert checked() is None
    save_run(space, "T1.1", RunNote("green", base="0" * 40, before=head))
    with pytest.raises(NeedsPerson, match=r"gateway\.py"):
        checked()


def test_without_an_identity_nothing_is_begun(checked, repo):
    git(repo, "config", "--unset", "user.name")

    with pytest.raises(ConfigError, match="git does not know who you are"):
        checked()


@pytest.mark.parametrize(
    ("setting", "hook", "error", "told"),
    [
        ("true", "", NeedsPerson, "git cannot sign commits"),
        ("false", "#!/no/such/interpreter\n", ConfigError, "the hook pre-commit cannot run"),
    ],
    ids=["signature", "hook"],
)
def test_where_nothing_can_be_committed_nothing_is_begun(checked, repo, setting, hook, error, told):
    git(repo, "config", "commit.gpgsign", setting)
    git(repo, "config", "gpg.program", "false")
    (repo / ".git/hooks").mkdir(exist_ok=True)
    (repo / ".git/hooks/pre-commit").write_text(hook or "#!/bin/sh\n")
    (repo / ".git/hooks/pre-commit").chmod(0o755)

    with pytest.raises(error, match=told):
        checked()


def test_a_task_that_is_done_needs_no_tree_in_order(done, checked, repo):
    (repo / "README.md").write_text("mine")

    assert checked() is None


def test_a_need_that_is_itself_not_ready_is_not_what_to_do_next(do, space):
    text = space.text("plan.yaml").replace("kind: docs", "kind: docs\n        needs: [T1.2]")
    space.write(text, "plan.yaml")

    with pytest.raises(NeedsPerson, match=r"T1\.3 needs T1\.2 \(waiting\)") as error:
        do(Agent(), "T1.3")
    assert error.value.hint == "implement.sh pay --task T1.1"


# -- what an interrupted run left, and a person who has gone elsewhere meanwhile


@pytest.fixture
def interrupted(do, repo):
    """A run that was interrupted with its work in the tree; `main` has its tests."""
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Plan")
    git(repo, "branch", "side")

    def stops(folder):
        HONEST[1](folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        do(Agent(HONEST[0], stops))


@pytest.mark.usefixtures("interrupted")
def test_on_a_branch_without_its_tests_the_way_back_is_told(do, repo, checked, space):
    git(repo, "switch", "-q", "side")
    add_event(space, "2026-01-01T00:00:00Z", "call", task="T1.1")  # by who was killed here
    told = r"gateway\.py is of a run that was interrupted on branch main"

    for attempt in (checked, lambda: do(Agent())):
        with pytest.raises(NeedsPerson, match=told) as caught:
            attempt()
        assert caught.value.hint.startswith("git switch main; implement.sh pay --task T1.1")
    git(repo, "switch", "-q", "main")  # our history is not in the way
    assert "call" in {
        json.loads(line)["event"] for line in space.text("events.jsonl").split("\n")[:-1]
    }

    assert do(Agent()).state == "done"


@pytest.mark.usefixtures("interrupted")
def test_where_its_tests_are_gone_its_work_is_put_back_and_kept(do, repo):
    git(repo, "reset", "-q", "--hard", "side")

    outcome = do(Agent(*HONEST))

    assert outcome.state == "done"
    [told] = [one for one in outcome.warnings if "put back gateway.py" in one]
    assert "its tests are not in this commit" in told
    assert "+def charge" in (repo / told.rpartition("kept in ")[2]).read_text()


@pytest.mark.usefixtures("interrupted")
def test_work_is_taken_up_on_a_new_branch_from_there(do, repo):
    git(repo, "switch", "-qc", "ai/pay")

    assert do(Agent()).state == "done"


@pytest.mark.usefixtures("interrupted")
def test_who_does_not_need_what_was_left_begins_anew_elsewhere(do, repo):
    git(repo, "switch", "-q", "side")
    (repo / "gateway.py").unlink()

    assert do(Agent(*HONEST)).state == "done"


def test_who_goes_to_another_commit_while_a_task_begins_is_waited_for(line_of, project, repo):
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Plan")
    (repo / "loose.txt").write_text("so that something is said")
    moves = [lambda: git(repo, "commit", "-q", "--allow-empty", "-m", "Mine")]
    line, _said = line_of(Agent(*HONEST))
    line.say = lambda _text: moves and moves.pop()()

    assert implement(line, project, "T1.1", Options(), os.environ).state == "done"

    base = read_evidence(line.space, "T1.1", "baseline")["base"]
    assert git(repo, "log", "-1", "--format=%s", base) == "Mine\n"


def test_what_the_agent_is_known_to_have_written_elsewhere_is_its_own_in_the_next_run(do, repo):
    writes_all = writes(gateway__py=SOURCE, README__md="Charges once.\n")
    red = tells(HONEST[0], "test_gateway.py")
    agent = Agent(red, tells(writes_all, "README.md"))
    with pytest.raises(NeedsPerson, match=r"gateway\.py changed while the agent was at work"):
        do(agent)

    assert do(agent).state == "done"
    assert len(agent.requests) == 2
    assert "README.md" in git(repo, "show", "--name-only", "--format=", "HEAD")


def test_packages_that_git_does_not_ignore_are_told_with_what_to_do(do, repo):
    for name in (".venv/bin/activate", "web/node_modules/a/index.js", "notes.txt"):
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text("x")

    do(Agent(*HONEST))

    (told,) = [text for text in do.said if "in no task, so left alone" in text]
    assert told.endswith("printf '%s\\n' .venv/ node_modules/ >>.git/info/exclude")


@pytest.mark.parametrize("anew", [False, True], ids=["deleted", "made anew"])
def test_an_agent_that_removes_git_is_told_in_one_line_and_the_files_stay(do, repo, anew):
    def step(folder):
        HONEST[0](folder)
        shutil.rmtree(folder / ".git")
        if anew:
            git(folder, "init", "-q")

    with pytest.raises(NeedsPerson) as caught:
        do(Agent(step))

    told = "another repository now" if anew else "was removed meanwhile"
    assert told in caught.value.message
    assert (repo / "test_gateway.py").read_text() == TEST
