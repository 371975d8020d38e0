"""What a call has used so far, read from an agent's own log while it is written."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ai_sessions.accounting import pricing
from ai_sessions.imports.contract import Past
from ai_sessions.providers import meters
from ai_sessions.providers.meters import Used
from ai_sessions.records import Cost, Usage

FIXTURES = Path(__file__).parents[2] / "fixtures"
THREAD = "01a1fbe7-bd98-74e1-9df4-d91fdef184ba"
CHAT = "66666666-6666-4666-8666-666666666666"
CODEX_CALL = Usage(3100, 20, 3000, 0, 0, 5)
GEMINI_CALL = Usage(3100, 25, 3000, 0, 0, 5)
THEN = datetime(2026, 11, 21, tzinfo=UTC)
BETWEEN = datetime(2026, 11, 21, 2, 20, 40, tzinfo=UTC)


@pytest.fixture
def environment(tmp_path):
    return {"HOME": str(tmp_path)}


@pytest.fixture
def rollout(tmp_path):
    """A log of codex with the lines of the recorded one up to the first call's, and the rest."""
    folder = tmp_path / ".codex" / "sessions" / "2026" / "11" / "21"
    folder.mkdir(parents=True)
    lines = (FIXTURES / "codex-rollout.jsonl").read_text().splitlines(keepends=True)
    second = [number for number, line in enumerate(lines) if '"turn_context"' in line][1]
    path = folder / f"rollout-2026-11-21T02-20-31-{THREAD}.jsonl"
    path.write_text("".join(lines[:second]))
    return path, "".join(lines[second:])


def shares(meter, conversation):
    return dict(meters.used(meter.calls(conversation)).shares)


def test_calls_are_counted_as_they_are_written(environment, rollout):
    path, rest = rollout
    meter = meters.of("codex", environment, THEN)
    first = shares(meter, THREAD)
    with path.open("a") as file:
        file.write(rest)

    assert first == {"gpt-6.1-sol": CODEX_CALL}
    assert shares(meter, THREAD) == {"gpt-6.1-sol": CODEX_CALL + CODEX_CALL}
    assert shares(meter, THREAD) == {"gpt-6.1-sol": CODEX_CALL + CODEX_CALL}, "each once"


def test_what_was_used_before_does_not_count(environment, rollout):
    path, rest = rollout
    meter = meters.of("codex", environment, BETWEEN)
    before = shares(meter, THREAD)
    with path.open("a") as file:
        file.write(rest)

    assert (before, shares(meter, THREAD)) == ({}, {"gpt-6.1-sol": CODEX_CALL})


def test_a_sub_agents_thread_is_counted_with_the_one_that_it_works_for(environment, rollout):
    path, _rest = rollout
    other = "01a1fbe7-0000-7000-8000-000000000000"
    text = path.read_text().replace(f'"id": "{THREAD}"', f'"id": "{other}"', 1)
    text = text.replace("resp_36e8de25724c453ba472", "resp_of_the_sub_agent")
    path.with_name(f"rollout-2026-11-21T02-20-35-{other}.jsonl").write_text(text)

    found = meters.of("codex", environment, THEN).calls(THREAD)
    assert meters.used(found).usage == CODEX_CALL + CODEX_CALL


def test_a_resumed_chat_goes_on_in_a_file_of_its_own_that_repeats_what_was_said(
    environment, tmp_path
):
    folder = tmp_path / ".gemini" / "tmp" / "shop" / "chats"
    folder.mkdir(parents=True)
    lines = (FIXTURES / "gemini-chat.jsonl").read_text().splitlines(keepends=True)
    resumed = [number for number, line in enumerate(lines) if '"startTime"' in line][1]
    (folder / f"session-2026-11-21T02-34-{CHAT[:8]}.jsonl").write_text("".join(lines[:resumed]))
    (folder / f"session-2026-11-21T02-35-{CHAT[:8]}.jsonl").write_text("".join(lines))
    began = datetime.fromisoformat(json.loads(lines[resumed])["startTime"])

    assert list(shares(meters.of("gemini", environment, began), CHAT).values()) == [GEMINI_CALL]


def test_sub_agents_of_claude_have_transcripts_below_that_of_their_conversation(
    environment, tmp_path
):
    folder = tmp_path / ".claude" / "projects" / "-src-shop"
    (folder / "s1" / "subagents").mkdir(parents=True)
    for place, id_ in ((folder / "s1.jsonl", "m1"), (folder / "s1/subagents/agent-a.jsonl", "m2")):
        usage = {"input_tokens": 10, "output_tokens": 1}
        message = {"id": id_, "model": "sonnet", "usage": usage}
        line = {"type": "assistant", "timestamp": "2026-11-21T03:00:00.000Z", "sessionId": "s1"}
        place.write_text(json.dumps({**line, "message": message}) + "\n")
    shutil.copy(folder / "s1.jsonl", folder / "s2.jsonl")

    assert shares(meters.of("claude", environment, THEN), "s1") == {"sonnet": Usage(20, 2)}


@pytest.mark.parametrize("text", ["{", '{"type": "token_usage_record", "payload": 3}\n', "\xff"])
def test_a_log_that_cannot_be_read_has_nothing(environment, rollout, text):
    path, _rest = rollout
    path.write_text(text)

    assert meters.of("codex", environment, THEN).calls(THREAD) == []


@pytest.mark.parametrize("name", ["claude", "codex", "gemini", "opencode"])
def test_nothing_is_known_of_no_conversation_and_without_a_log(environment, name):
    meter = meters.of(name, environment, THEN)

    assert (meter.calls(""), meter.calls(THREAD)) == ([], [])


def past(usage, model="gpt-5", **more):
    return Past("codex", f"{usage}", "2026-11-21T03:00:00.000Z", model, usage, **more)


def test_one_model_without_a_price_makes_the_cost_unknown():
    usage = Usage(1000, 100)
    known = meters.used([past(usage)])

    assert known.cost == pricing.price_of(usage, "gpt-5", datetime.now(UTC))
    both = meters.used([past(usage), past(usage, "llama-of-mine")])
    assert (both.cost, dict(both.costs), len(both.shares)) == (Cost(), {}, 2)
    assert meters.used([]) == Used()


def test_each_answer_is_priced_by_its_own_size():
    calls = [past(Usage(150_000, number), "gemini-2.5-pro") for number in (1, 2)]
    each = [pricing.price_of(one.usage, one.model, THEN).nusd for one in calls]

    assert meters.used(calls).cost.nusd == sum(each)


@pytest.mark.parametrize(("told", "taken"), [(9, 10), (10, 10), (11, 11)])
def test_the_log_is_taken_unless_the_output_told_of_more(told, taken):
    found = meters.fuller(Used({"m": Usage(told)}), Used({"m": Usage(10)}))

    assert found.usage == Usage(taken)


def test_both_parts_of_a_run_add_up(request_of):
    one = Used({"a": Usage(1), "b": Usage(2)}, Cost(3, "client"), {"a": 1, "b": 2})
    other = Used({"b": Usage(5)}, Cost(7, "prices:x"), {"b": 7})
    both = Used({"a": Usage(1), "b": Usage(7)}, Cost(10, "client+prices:x"), {"a": 1, "b": 9})

    assert meters.together(one, other) == both
    assert meters.together(one, Used({"b": Usage(5)})).cost == Cost()
    assert meters.together(one, Used()) == meters.together(Used(), one) == one


@pytest.mark.parametrize(
    ("cost", "stops"), [(None, False), (0, False), (9, False), (10, True), (11, True)]
)
def test_a_call_stops_when_it_has_cost_all_that_it_may(request_of, cost, stops):
    assert bool(meters.stop(request_of(budget_nusd=10), lambda: cost)()) is stops


def test_without_a_budget_nobody_is_asked(request_of):
    def never():
        raise AssertionError

    assert meters.stop(request_of(), never)() == ""
