"""What the steps of a task share: questions and answers, costs, what is told at the end."""

import contextlib
from types import SimpleNamespace

import pytest
from scripted import PLAN, SOURCE, TEST, Agent, git, writes

from ai_sessions import gate
from ai_sessions.errors import GateRefused, NeedsPerson, UsageError
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workflow.task import Options, Work
from ai_sessions.workspace.tasks import read_evidence, read_state

RED, GREEN = writes(test_gateway__py=TEST), writes(gateway__py=SOURCE)
ASKS = "BLOCKED: which currency?"
ANSWER = Options(answer="Euro,\n always")


@pytest.fixture(autouse=True)
def without_a_suite(space):
    lines = [line for line in PLAN.splitlines() if not line.startswith("  suite:")]
    space.write("\n".join(lines) + "\n", "plan.yaml")


@pytest.fixture
def blocked(do):
    with pytest.raises(NeedsPerson):
        do(Agent(ASKS))


def test_a_question_blocks_the_task_with_the_files_as_they_were(do, repo, space):
    def asks(folder):
        RED(folder)
        return ASKS

    with pytest.raises(NeedsPerson, match=r"T1\.1 asks: which currency\?") as error:
        do(Agent(asks))

    assert error.value.hint == 'implement.sh pay --task T1.1 --answer "what you decided"'
    assert error.value.facts == {"waits_for": "answer"}
    assert not (repo / "test_gateway.py").exists()
    assert FeatureState(space).states["T1.1"] == "blocked"
    assert '"event": "blocked"' in space.text("events.jsonl")


def test_a_blocked_task_waits_for_its_answer_without_a_call(do, blocked):
    agent = Agent(RED, GREEN)

    with pytest.raises(NeedsPerson, match="which currency"):
        do(agent)
    assert agent.requests == []


def test_an_answer_is_told_to_the_agent_once_and_kept_as_a_note(do, space, blocked):
    agent = Agent(RED, GREEN)

    assert do(agent, options=ANSWER).state == "done"

    assert "Euro" in agent.requests[0].prompt
    assert "Euro" not in agent.requests[1].prompt.partition("notes")[0]
    assert space.text("notes.md") == "- T1.1: which currency? Euro, always\n"
    (kept,) = read_state(space, "T1.1").answers
    assert (kept["question"], kept["answer"]) == ("which currency?", ANSWER.answer)


def test_a_note_comes_after_those_that_are_there(do, space, blocked):
    space.write("- mine\n\n", "notes.md")

    do(Agent(RED, GREEN), options=ANSWER)

    assert space.text("notes.md").splitlines()[:2] == [
        *("- mine", "- T1.1: which currency? Euro, always")
    ]


def test_what_a_person_wrote_after_a_killed_call_is_not_judged_as_its_work(do, repo, monkeypatch):
    """It goes back, for it decides how tests run; then nothing of the work has changed."""

    class Killed(BaseException):
        pass

    def is_killed(_folder):
        raise Killed

    with pytest.raises(Killed):
        do(Agent(RED, is_killed))
    (repo / "conftest.py").write_text("# mine\n")
    agent = Agent(GREEN)

    outcome = do(agent, options=Options(allow_dirty=True))

    assert outcome.state == "done"
    assert len(agent.requests) == 1


def test_the_same_answer_once_more_is_no_mistake(do, blocked):
    with pytest.raises(GateRefused):
        do(Agent(""), options=ANSWER)

    assert do(Agent(RED, GREEN), options=ANSWER).state == "done"


def test_an_answer_to_nothing_is_refused(do):
    agent = Agent(RED, GREEN)

    with pytest.raises(UsageError, match=r"T1\.1 has asked nothing"):
        do(agent, options=ANSWER)
    assert agent.requests == []


def test_a_question_at_green_leaves_the_task_red(do, space):
    with pytest.raises(NeedsPerson):
        do(Agent(RED, ASKS))

    agent = Agent(GREEN)
    assert do(agent, options=ANSWER).state == "done"
    assert len(agent.requests) == 1


def test_a_commit_says_who_did_it_at_what_cost(do, repo):
    do(Agent(RED, GREEN))

    said = git(repo, "log", "-1", "--format=%(trailers)").strip().splitlines()
    assert [line for line in said if not line.startswith(("Tests", "Evidence"))] == [
        *("Feature: pay", "Task: T1.1", "Session: implement-pay", "AI-Provider: agent"),
        *("AI-Model: model-1", "AI-Cost-USD: 0.02"),
    ]


def test_refused_work_is_kept_as_a_patch_and_told(do, repo, space):
    wrong = writes(gateway__py="def charge(key):\n    return 1\n")

    with pytest.raises(GateRefused) as error:
        do(Agent(RED, wrong, wrong))

    assert "1 changed file put back, kept in " in error.value.hint
    assert error.value.hint.endswith("again: implement.sh pay --task T1.1")
    (log,) = [one for one in space.listed("logs") if one.endswith(".patch")]
    assert "+    return 1" in space.text("logs", log)
    assert not (repo / "gateway.py").exists()
    assert '"event": "refused"' in space.text("events.jsonl")


def test_what_nobody_chose_is_the_careful_way():
    given = {name: getattr(Options(), name) for name in Options.__dataclass_fields__}

    assert {name for name, value in given.items() if value} == {
        *("default_attempts", "test_timeout_s", "teeth")
    }
    assert (Options().default_attempts, Options().test_timeout_s) == (3, 300)


def test_tries_are_those_of_the_command_the_task_the_plan_or_three(do, space):
    wrong = [writes(gateway__py=f"def charge(key):\n    return {n}\n") for n in range(9)]
    for given, tries in (
        (Options(), 3),
        (Options(attempts=1), 1),
        (Options(default_attempts=2), 2),
    ):
        agent = Agent(*([RED] if given == Options() else []), *wrong)
        with pytest.raises(GateRefused):
            do(agent, options=given)
        assert len(agent.requests) - (given == Options()) == tries
    text = space.text("plan.yaml").replace("defaults:", "defaults:\n  attempts: 2")
    space.write(text, "plan.yaml")
    agent = Agent(*wrong)
    with pytest.raises(GateRefused):
        do(agent)
    assert len(agent.requests) == 2


def test_what_the_calls_took_is_in_the_proofs_of_the_steps_that_made_some(do, space):
    do(Agent(RED, GREEN))

    tokens = [
        read_evidence(space, "T1.1", step).get("tokens") for step in ("baseline", "red", "green")
    ]
    assert tokens == [None, 120, 240]


def test_the_page_of_the_plan_is_written_anew_for_a_task_that_is_finished(do, repo):
    do(Agent(RED, GREEN))

    page = ".ai-session/pay/plan.md"
    assert "- [x] **T1.1**" in git(repo, "show", f"HEAD:{page}")
    assert page not in git(repo, "ls-tree", "-r", "--name-only", "HEAD~1")


@pytest.mark.parametrize(
    ("moves", "ran", "is_asked"),
    [([()], 1, False), ([("a.py",), ("a.py",)], 2, False), ([("a.py",), ()], 2, True)],
    ids=["nothing", "by the tests", "by somebody"],
)
def test_whose_change_of_the_tasks_files_it_is_shows_when_the_tests_run_again(
    monkeypatch, moves, ran, is_asked
):
    seen, runs = iter(moves), []
    monkeypatch.setattr(Work, "_moved", lambda _work, _before: next(seen))
    monkeypatch.setattr(Work, "held", lambda _work: contextlib.nullcontext())
    work = SimpleNamespace(snapshot=lambda: "tree", id="T1.1", feature="pay")
    watched = object.__new__(Work)
    for name in ("tree", "task", "space"):
        object.__setattr__(watched, name, work)

    with (
        pytest.raises(NeedsPerson, match="while the tests ran")
        if is_asked
        else (contextlib.nullcontext())
    ):
        assert watched._watched(lambda: runs.append(1) or len(runs)) == ran
    assert len(runs) == ran


@pytest.mark.parametrize(
    ("kind", "changed", "moved"),
    [
        ("code", (), ()),
        ("code", ("README.md", "new.py"), ("README.md",)),
        ("code", ("new.py",), ()),
        ("docs", ("README.md",), ()),
    ],
)
def test_of_a_task_with_tests_only_files_that_were_there_can_be_moved_under_them(
    monkeypatch, repo, kind, changed, moved
):
    monkeypatch.setattr(Work, "set_aside", lambda _work, _before: changed)
    watched = object.__new__(Work)
    object.__setattr__(watched, "tree", SimpleNamespace(repo=repo))
    object.__setattr__(watched, "task", SimpleNamespace(kind=kind))

    assert watched._moved("HEAD") == moved


@pytest.mark.parametrize(
    ("code", "is_a_run"),
    [
        *((code, True) for code in ("crash", "error", "exit", "old_failures", "red", "suite")),
        *((code, False) for code in ("unchanged", "tests_changed", "")),
    ],
)
@pytest.mark.parametrize("used_up", [True, False])
def test_a_refusal_names_what_the_tests_may_have_lacked_and_fails_the_task_when_all_is_used_up(
    monkeypatch, space, code, is_a_run, used_up
):
    said, states = [], []
    monkeypatch.setattr(Work, "take_back", lambda _work, _before: None)
    monkeypatch.setattr(Work, "set_state", lambda _work, state, **_why: states.append(state))
    monkeypatch.setattr(Work, "_now", lambda _work: "2026-01-01T00:00:00.000Z", raising=False)
    work = object.__new__(Work)
    for name, value in {
        "line": SimpleNamespace(say=said.append),
        "runs": SimpleNamespace(withheld=("NPM_TOKEN",)),
        "task": SimpleNamespace(id="T1.1"),
        "space": space,
        "told": [],
    }.items():
        object.__setattr__(work, name, value)

    error = work.refused("tree", gate.Verdict(False, "no", code=code), used_up=used_up)

    assert (len(said), states) == (int(is_a_run), ["failed"] if used_up else [])
    assert (error.message, error.hint) == ("no", "again: implement.sh pay --task T1.1")
