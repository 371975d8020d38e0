"""What a run that has ended waits for."""

import json
from datetime import UTC, datetime

import pytest

from ai_sessions.bots import waiting
from ai_sessions.bots.work import Ask
from ai_sessions.ledger import limits

LIMIT = {"account": "", "model": "", "window": "5h", "at": "2026-11-28T09:00:00.000Z"}
NOW = datetime(2026, 11, 28, 10, 0, tzinfo=UTC)


@pytest.fixture
def ended(shop, tmp_path):
    def made(command="implement", state="ended", **result):
        ask = Ask(str(shop.repo), "pay", command, "T1.1" if command == "implement" else "")
        facts = {"state": state, "result": result}
        return waiting.of(waiting.Ended(ask, facts, shop.space, str(tmp_path), now=NOW))

    return made


def failed(kind, **facts):
    return {"error": {"kind": kind, "message": "no", "hint": "raise BUDGET_DAY", **facts}}


def answers(found):
    return [answer for _label, answer in found.choices]


@pytest.mark.parametrize(
    ("next_", "typed"),
    [
        ("implement.sh pay --task T1.2", "/implement pay T1.2"),
        ("/opt/ai/scripts/review.sh pay", "/review pay"),
        ("verify.sh pay", "/verify pay"),
    ],
)
def test_the_next_command_is_offered(ended, next_, typed):
    found = ended(next=next_)

    assert (found.kind, found.ask.typed, answers(found)) == ("next", typed, ["approve"])


@pytest.mark.parametrize(
    "next_",
    [
        *("", "ai-session.sh stats", "implement.sh other --task T1.1", "implement.sh pay"),
        *('implement.sh pay --task T1.1 --answer "x"', "status.sh pay --prove"),
    ],
)
def test_what_only_a_person_can_tell_is_not_offered(ended, next_):
    assert ended(next=next_) is None


def test_a_budget_of_the_day_ends_by_itself_and_that_of_the_plan_does_not(ended, tmp_path):
    limits.note(tmp_path, {**LIMIT, "provider": "claude", "until": "2026-11-28T12:00:00.000Z"})
    day = ended(**failed("limit", budget="day"))
    task = ended(cost={"provider": "claude"}, **failed("limit", budget="task"))

    assert (answers(day), answers(task)) == (["later", "approve", "deny"], ["approve", "deny"])
    assert datetime.fromisoformat(day.until) > NOW
    assert (task.until, task.text) == ("", "raise BUDGET_DAY")


def test_a_limit_that_says_when_it_ends_is_believed(ended):
    told = {"budget": "model", "until": "2026-11-29T00:00:00.000Z"}

    assert ended(**failed("limit", **told)).until == "2026-11-29T00:00:00+00:00"


def test_a_limit_of_the_provider_that_was_asked_says_when_it_ends(ended, tmp_path):
    for provider, until in (("claude", "12:00"), ("codex", "18:00")):
        end = f"2026-11-28T{until}:00.000Z"
        limits.note(tmp_path, {**LIMIT, "provider": provider, "until": end})
    found = ended(cost={"provider": "claude"}, **failed("limit"))

    assert datetime.fromisoformat(found.until) == datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["provider", "lock", "timeout", "storage"])
def test_what_may_pass_can_be_tried_again(ended, kind):
    assert answers(ended(**failed(kind))) == ["approve", "deny"]


def test_what_was_killed_can_be_tried_again(ended):
    assert ended(state="killed").kind == "again"


def test_an_approval_that_somebody_gave_meanwhile_is_not_asked_for(ended):
    assert ended(**failed("gate", waits_for="approval")).kind == "again"


def test_a_second_answer_takes_the_place_of_the_first():
    ask = Ask("/shop", "pay", "implement", "T1.1", options=("--allow-dirty", "--answer=a"))

    assert waiting.answered(ask, "b").options == ("--allow-dirty", "--answer=b")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["sh", "-c", "rm *x* _y_"], "sh -c 'rm *x* _y_'"),
        (["run", "a\npytest"], "run 'a\\npytest'"),
        (["run", "\u202etxt.exe"], "run '\\u202etxt.exe'"),
        (["run", "```", "x"], r"run '\x60\x60\x60' x"),
    ],
)
def test_what_is_approved_is_shown_word_for_word(shop, words, shown):
    text = shop.space.text("plan.yaml")
    start = text.index("check: {cmd:")
    shop.space.write(f"{text[:start]}check: {{cmd: {json.dumps(words)}}}\n", "plan.yaml")
    found = waiting.commands(shop.space, Ask(str(shop.repo), "pay", "plan"))

    assert found.text.splitlines()[-3:] == ["```", shown, "```"]
