"""What holds of every strategy, whatever a ledger says."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_sessions.catalog.rotation import ModelEntry
from ai_sessions.rotation import registry
from ai_sessions.rotation.records import Candidate, ModelState, Need, WindowState
from ai_sessions.rotation.registry import STRATEGIES

from .conftest import NOON


def windows():
    amounts = st.integers(0, 30)
    return st.builds(
        WindowState,
        st.sampled_from(["quota:pool#", "quota:pool#/a"]),
        st.sampled_from(["requests", "tokens", "nusd", "percent"]),
        st.sampled_from(["minute", "day", "rolling"]),
        st.none() | amounts,
        *(amounts, amounts, st.none() | times(), st.none() | times()),
    )


def times():
    return st.integers(-100_000, 100_000).map(lambda seconds: NOON + timedelta(seconds=seconds))


def states():
    return st.builds(
        ModelState,
        requests_today=st.integers(0, 2000),
        successes=st.floats(0, 1e6),
        failures=st.floats(0, 1e6),
        success_rate=st.floats(0, 1),
        avg_latency_ms=st.floats(0, 1e6),
        latency_s=st.floats(0, 1e3),
        fail_seconds=st.floats(0, 1e3),
        open_until=st.none() | times(),
        is_off=st.booleans(),
        counted_at=st.none() | times(),
        probe_until=st.none() | times(),
        calls=st.floats(0, 1e4),
        sole_calls=st.floats(0, 1e4),
        known_since=st.none() | times(),
    )


def ledgers():
    models = st.builds(
        ModelEntry,
        st.sampled_from("abcdefgh"),
        st.just(""),
        st.just("pool"),
        window=st.none() | st.integers(0, 100),
        is_last_resort=st.booleans(),
    )
    one = st.builds(
        Candidate, models, states(), st.lists(windows(), max_size=4).map(tuple), st.booleans()
    )
    return st.lists(one, max_size=6, unique_by=lambda candidate: candidate.key)


def ranked_by_all(candidates, need, **more):
    return [registry.named(name).rank(candidates, need, NOON, **more) for name in STRATEGIES]


@settings(deadline=None)
@given(candidates=ledgers(), tokens=st.integers(0, 60), tried=st.sets(st.sampled_from("abcdefgh")))
def test_no_strategy_returns_a_model_over_a_hard_limit(candidates, tokens, tried):
    keys = [f"pool:{one}" for one in tried]
    by_key = {one.key: one for one in candidates}

    for ranked in ranked_by_all(candidates, Need(tokens), tried=keys, current="pool:a"):
        assert sorted(one.model for one in ranked) == sorted(by_key)
        for chosen in (one.model for one in ranked if not one.excluded):
            assert chosen not in keys
            assert not any(is_over(window, tokens) for window in by_key[chosen].windows)


def is_over(window, tokens):
    """By the definition alone."""
    is_percent = window.unit == "percent"
    limit = 100 if is_percent and window.limit is None else window.limit
    if limit is None or (is_percent and window.resets_at and window.resets_at <= NOON):
        return False
    takes = {"requests": 1, "tokens": tokens, "nusd": 0, "percent": 1}[window.unit]
    return window.used + window.held + takes > limit


@settings(deadline=None)
@given(candidates=ledgers())
def test_every_score_is_the_sum_of_its_terms_and_the_best_comes_first(candidates):
    for ranked in ranked_by_all(candidates, Need(large_context=True)):
        allowed = [one.score for one in ranked if not one.excluded]

        assert all(one.score == pytest.approx(sum(one.terms.values())) for one in ranked)
        assert allowed == sorted(allowed, reverse=True)
        assert not any(one.excluded for one in ranked[: len(allowed)])
