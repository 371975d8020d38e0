"""What a past call cost: what its log says, else the price of its day, by the size of all of it."""

from datetime import UTC, datetime

import pytest

from ai_sessions.accounting.pricing import SEARCH_NUSD
from ai_sessions.imports.contract import Past
from ai_sessions.imports.costs import cost_of
from ai_sessions.records import Cost, Usage

AT = "2026-10-05T10:00:00.000Z"


def past(tokens=10, **more):
    return Past("claude", "k", AT, "m", Usage(input_tokens=tokens), **more)


def price(usage, _model, _at):
    """Twice as dear from 100 tokens on."""
    each = 2 if usage.input_tokens >= 100 else 1
    return Cost(each * usage.input_tokens, "prices:x")


def unknown(_usage, _model, _at):
    return Cost()


@pytest.mark.parametrize("nusd", [0, 7])
def test_what_its_log_says_it_cost_is_not_priced(nusd):
    given = past(cost=Cost(nusd, "client"), searches=3)

    assert cost_of(given, price) == Cost(nusd, "client")


@pytest.mark.parametrize("more", [{}, {"searches": 2}, {"before": Usage(5)}])
def test_a_model_without_a_price_has_no_known_cost(more):
    assert cost_of(past(**more), unknown).nusd is None


def test_the_price_is_that_of_its_own_day_and_searches_come_on_top():
    asked = []
    found = cost_of(past(searches=2), lambda *what: asked.append(what) or price(*what))

    assert found == Cost(10 + 2 * SEARCH_NUSD, "prices:x")
    assert asked == [(Usage(10), "m", datetime(2026, 10, 5, 10, tzinfo=UTC))]


def test_what_came_since_the_last_look_is_the_rest_of_the_whole():
    """The size of the whole call decides its rate: 120 tokens cost 240, of which 90 are told."""
    assert cost_of(past(30, before=Usage(90)), price) == Cost(240 - 90, "prices:x")
    assert cost_of(past(30, before=Usage(90), searches=1), price).nusd == 150 + SEARCH_NUSD


def test_a_price_that_sinks_with_the_size_gives_nothing_back():
    cheaper = {5: 50, 15: 20}

    found = cost_of(past(10, before=Usage(5)), lambda usage, *_: Cost(cheaper[usage.input_tokens]))
    assert found.nusd == 0
