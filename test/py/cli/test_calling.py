"""What the commands of the work share: sessions, their names, working alone."""

import pytest
from scripted import SOURCE, TEST, writes

from ai_sessions.errors import GateRefused
from ai_sessions.workflow import verify
from ai_sessions.workspace.lock import lock_tree

HONEST = (writes(test_gateway__py=TEST), writes(gateway__py=SOURCE))


def test_no_session_leaves_no_session_and_no_word(typed, agent, root):
    agent.steps = list(HONEST)

    assert typed("implement", "pay", "--next", "--no-session")[0] == 0
    assert [one.name for one in root.iterdir() if not one.name.startswith(".")] == []
    kept = (root / ".ledger.sqlite3").read_bytes()
    assert b"T1.1" in kept, "what it was for and what it cost is kept"
    assert b"failing test" not in kept


def test_a_session_of_another_name_can_be_chosen(typed, agent, root):
    agent.steps = list(HONEST)

    assert typed("implement", "pay", "--next", "--session", "mine")[0] == 0
    assert (root / "mine").is_dir()


def test_the_name_that_the_script_made_is_taken_as_it_is(typed, agent, root):
    agent.steps = list(HONEST)

    assert typed("implement", "pay", "--next", "--default-session", "work-on-pay")[0] == 0
    assert (root / "work-on-pay").is_dir()


def test_a_name_that_is_chosen_comes_before_that_of_the_script(typed, agent, root):
    agent.steps = list(HONEST)
    words = ("--default-session", "implement-pay", "--session", "mine")

    assert typed("implement", "pay", "--next", *words)[0] == 0
    assert (root / "mine").is_dir()
    assert not (root / "implement-pay").exists()


def test_a_name_that_a_table_has_cut_is_the_whole_one_in_the_session_too(typed, agent, root):
    agent.steps = list(HONEST)
    words = ("--default-session", "implement-pay…", "--task", "T1.1")

    assert typed("implement", "pay…", *words)[0] == 0
    assert (root / "implement-pay").is_dir()


def test_a_verifier_has_no_session(typed, agent, root):
    agent.steps = [*HONEST]
    typed("implement", "pay", "--task", "T1.1")
    agent.steps = ['{"verdict": "GO", "reasons": []}']

    typed("verify", "pay", "--ai")

    sessions = [path.name for path in root.iterdir() if path.is_dir() and path.name[0] != "."]
    assert sessions == ["implement-pay"]


def test_an_agent_keeps_nothing_of_a_verification(typed, agent, monkeypatch):
    lines = []

    def judged(_space, _environment, _options, line, _phase):
        lines.append(line)
        raise GateRefused("far enough")

    monkeypatch.setattr(verify, "verify", judged)
    typed("verify", "pay", "--ai")

    assert [line.calling.ephemeral for line in lines] == [True]


def test_the_beginning_of_a_name_is_enough_and_the_session_is_the_whole_ones(typed, agent, root):
    typed("init", "shop-window")
    agent.steps = list(HONEST)

    code, out, err = typed("implement", "pa", "--default-session", "implement-pa", "--task", "T1.1")

    assert code == 0
    assert out.splitlines()[-1] == "Next: implement.sh pay --task T1.2"
    assert err.startswith("pa: pay\n")
    assert (root / "implement-pay").is_dir()
    assert not (root / "implement-pa").exists()
    assert typed("status", "shop")[1].startswith("shop-window   no plan yet")


@pytest.mark.parametrize(
    "words",
    [
        ("implement", "pay", "--task", "T1.1", "--lock-wait", "0"),
        ("review", "pay", "--base", "HEAD", "--lock-wait", "0"),
        ("review", "pay", "--base", "HEAD", "--dry-run", "--lock-wait", "0"),
        ("verify", "pay", "--evidence-only"),
    ],
    ids=" ".join,
)
def test_nobody_works_in_a_tree_where_somebody_is_at_work(typed, agent, monkeypatch, words):
    monkeypatch.setenv("SESSION_TURN_TIMEOUT", "1")
    held = lock_tree(str(typed.repo), 0, lambda _text: None)
    try:
        code, _, err = typed(*words)
        assert typed("status", "pay")[0] == 0
    finally:
        held.release()

    assert (code, agent.requests) == (8, [])
    assert "the working tree project is in use by pid" in err
