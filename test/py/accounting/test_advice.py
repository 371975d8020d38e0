"""Advice stands on money: exact, the largest first, and none where there is none."""

from decimal import Decimal

import pytest

from ai_sessions.accounting import advice
from ai_sessions.accounting.pricing import Rates
from ai_sessions.money import nano

PRICES = {
    "dear": (10, 50),
    "middle": (6, 30),
    "cheap": (1, 5),
    "opus-x": (10, 50),
    "sonnet": (3, 9),
}
NONE = {"input_tokens": 0, "output_tokens": 0, "cache_read_tokens": 0, "cache_write_tokens": 0}
NONE |= {"cache_write_1h_tokens": 0, "reasoning_tokens": 0}


def rates(model, _input_tokens, _at):
    if model not in PRICES:
        return None
    fresh, said = map(Decimal, PRICES[model])
    return Rates(
        input=fresh,
        output=said,
        cache_read=fresh / 10,
        cache_write=fresh * Decimal("1.25"),
        cache_write_1h=fresh * 2,
    )


def pause(model="dear", long=0, calls=3, tokens=1_000_000):
    return {"model": model, "long": long, "at": 0, "calls": calls, "tokens": tokens}


def small(model="dear", nusd=60 * 10**9, unknown=0, **more):
    tokens = {**NONE, "input_tokens": 1_000_000, "output_tokens": 1_000_000}
    facts = {"provider": "p", "model": model, "at": 0, "tasks": 4, "calls": 8}
    return {**facts, **tokens, "cost_nusd": nusd, "unknown_costs": unknown, **more}


def repeat(task="T1", nusd=5, unknown=0):
    told = {"feature": "pay", "task": task, "calls": 1}
    return {**told, "cost_nusd": nusd, "unknown_costs": unknown}


def told(pauses=(), tasks=(), repeats=(), used=None):
    return advice.of(pauses, tasks, repeats, used or {}, rates)


def test_a_pause_costs_what_writing_costs_more_than_reading():
    [one] = told([pause(), pause(long=1, calls=1)])

    assert (one.kind, one.nusd, one.unknown) == ("pauses", nano("11.5") + nano(19), 0)
    assert "4 calls came after the cache had expired" in one.text


def test_pauses_of_a_model_without_a_price_are_counted_as_unknown():
    [one] = told([pause(), pause("new", calls=2)])

    assert (one.nusd, one.unknown) == (nano("11.5"), 2)
    assert told([pause("new")]) == []


def test_the_dearest_model_that_costs_clearly_less_is_named():
    [one] = told(tasks=[small()], used={"p": {"dear", "middle", "cheap", "new"}, "q": {"sonnet"}})

    assert (one.kind, one.nusd) == ("model", nano(60 - 36))
    assert (
        "4 small tasks on dear cost $60.00, about $36.00 with middle (--model middle)" in one.text
    )


def test_a_model_that_costs_nearly_as_much_is_not_worth_a_line():
    assert told(tasks=[small("middle")], used={"p": {"dear", "middle"}}) == []


def test_who_has_used_one_model_is_told_the_next_of_its_family():
    [one] = told(tasks=[small("opus-x")])

    assert "with sonnet" in one.text


@pytest.mark.parametrize(
    "task", [small("new"), small(nusd=0, unknown=8), small(nusd=nano(1))], ids=str
)
def test_where_nothing_would_be_saved_nothing_is_said(task):
    assert told(tasks=[task], used={"p": {"cheap", "middle"}}) == []


def test_steps_paid_again_name_the_task_that_cost_most():
    [one] = told(repeats=[repeat("T1", nano(1)), repeat("T2", nano(3), 1), repeat("T3", 0, 2)])

    assert (one.kind, one.nusd, one.unknown) == ("repeats", nano(4), 3)
    assert (
        "3 tasks took more than one call for the same step, most for pay T2 ($3.00+?)" in one.text
    )


def test_the_largest_amount_comes_first_and_there_are_three_at_most():
    found = told(
        [pause()], [small(), small("opus-x")], [repeat(nusd=nano(99))], {"p": {"cheap", "dear"}}
    )

    assert [one.kind for one in found] == ["repeats", "model", "pauses"]
    assert [one.nusd for one in found] == sorted((one.nusd for one in found), reverse=True)


def test_without_calls_there_is_no_advice():
    assert told() == []


def test_for_machines_the_money_is_a_number():
    [one] = told(repeats=[repeat(nusd=nano("1.5"))])

    assert one.plain() == {
        **{"kind": "repeats", "cost_nusd": 1_500_000_000, "cost": 1.5, "unknown_costs": 0},
        "text": one.text,
    }
