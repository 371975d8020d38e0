"""What a call has cost so far, read from an agent's own log while it is written."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ai_sessions.accounting import pricing
from ai_sessions.imports import codex, gemini
from ai_sessions.providers import meters
from ai_sessions.records import Usage

FIXTURES = Path(__file__).parents[2] / "fixtures"
THREAD = "01a1fbe7-bd98-74e1-9df4-d91fdef184ba"
CHAT = "66666666-6666-4666-8666-666666666666"
CODEX_CALL = Usage(3100, 20, 3000, 0, 0, 5)
GEMINI_CALL = Usage(3100, 25, 3000, 0, 0, 5)


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


def codex_meter(environment):
    return meters.Meter(codex.SOURCE, environment, lambda thread: thread)


def test_calls_are_counted_as_they_are_written(environment, rollout):
    path, rest = rollout
    meter = codex_meter(environment)
    meter.begin("")
    first = meter.shares(THREAD)
    with path.open("a") as file:
        file.write(rest)

    assert first == {"gpt-6.1-sol": CODEX_CALL}
    assert meter.shares(THREAD) == {"gpt-6.1-sol": CODEX_CALL + CODEX_CALL}
    assert meter.shares(THREAD) == {"gpt-6.1-sol": CODEX_CALL + CODEX_CALL}, "each once"


def test_what_was_used_before_does_not_count(environment, rollout):
    path, rest = rollout
    meter = codex_meter(environment)
    meter.begin(THREAD)
    before = meter.shares(THREAD)
    with path.open("a") as file:
        file.write(rest)

    assert (before, meter.shares(THREAD)) == ({}, {"gpt-6.1-sol": CODEX_CALL})


def test_a_resumed_chat_goes_on_in_a_file_of_its_own_that_repeats_what_was_said(
    environment, tmp_path
):
    folder = tmp_path / ".gemini" / "tmp" / "shop" / "chats"
    folder.mkdir(parents=True)
    lines = (FIXTURES / "gemini-chat.jsonl").read_text().splitlines(keepends=True)
    resumed = [number for number, line in enumerate(lines) if '"startTime"' in line][1]
    (folder / f"session-2026-11-21T02-34-{CHAT[:8]}.jsonl").write_text("".join(lines[:resumed]))
    meter = meters.Meter(gemini.SOURCE, environment, lambda id_: id_[:8], moves=True)
    meter.begin(CHAT)
    (folder / f"session-2026-11-21T02-35-{CHAT[:8]}.jsonl").write_text("".join(lines))

    assert list(meter.shares(CHAT).values()) == [GEMINI_CALL]


@pytest.mark.parametrize("text", ["{", '{"type": "token_usage_record", "payload": 3}\n', "\xff"])
def test_a_log_that_cannot_be_read_has_nothing(environment, rollout, text):
    path, _rest = rollout
    path.write_text(text)

    assert codex_meter(environment).shares(THREAD) == {}


def test_nothing_is_known_of_no_conversation_and_without_a_log(environment):
    assert codex_meter(environment).shares("") == {}
    assert codex_meter(environment).shares(THREAD) == {}


def test_one_model_without_a_price_makes_the_cost_unknown():
    usage = Usage(1000, 100)
    known = meters.cost_of({"gpt-5": usage})

    assert known == pricing.price_of(usage, "gpt-5", datetime.now(UTC)).nusd
    assert meters.cost_of({"gpt-5": usage, "llama-of-mine": usage}) is None
    assert meters.cost_of({}) == 0


@pytest.mark.parametrize(
    ("cost", "stops"), [(None, False), (0, False), (9, False), (10, True), (11, True)]
)
def test_a_call_stops_when_it_has_cost_all_that_it_may(request_of, cost, stops):
    assert bool(meters.stop(request_of(budget_nusd=10), lambda: cost)()) is stops


def test_without_a_budget_nobody_is_asked(request_of):
    def never():
        raise AssertionError

    assert meters.stop(request_of(), never)() == ""
