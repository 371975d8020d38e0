"""Which pools a call counts in."""

import pytest

from ai_sessions.ledger import pools
from ai_sessions.ledger.contract import NUSD, PRESUMED, UNPRICED, Need, Window

from .conftest import CENT, call


def money(one, held=0):
    """What a call adds to the pool of all calls, by unit."""
    return {unit: n for pool, unit, _bucket, n in pools.sums(one, held) if pool == pools.ALL}


@pytest.mark.parametrize(
    ("changes", "held", "told"),
    [
        ({}, 5, {NUSD: 10 * CENT}),
        ({"cost_nusd": 0}, 5, {NUSD: 0}),
        ({"cost_nusd": None, "status": "timeout"}, 5, {NUSD: 5, PRESUMED: 1}),
        ({"cost_nusd": None, "status": "timeout"}, 0, {UNPRICED: 1}),
        ({"cost_nusd": None, "status": "timeout", "tokens": {"input": 7}}, 5, {UNPRICED: 1}),
        (
            {"cost_nusd": None, "status": "timeout", "tokens": {"input": 7, "estimated": True}},
            *(5, {NUSD: 5, PRESUMED: 1}),
        ),
        ({"cost_nusd": None}, 5, {UNPRICED: 1}),
        ({"command": "import"}, 5, {}),
    ],
)
def test_what_a_call_counts_as(changes, held, told):
    assert money(call("1", **changes), held) == told


def test_a_call_without_a_session_is_in_no_pool_of_sessions():
    found = pools.of_call(call("1", uid="", session=""))

    assert not [pool for pool in found if pool.startswith("session")]
    assert pools.of_call(call("1", task="", feature="", model="", uid="")).keys() == {pools.ALL}


def test_the_same_words_of_other_features_are_other_pools():
    assert pools.task("/a", "b", "c") != pools.task("/a", "", "b\nc"[2:])
    assert pools.feature("/a", "b") != pools.feature("/a/b", "")


@pytest.mark.parametrize(
    ("pool", "wanted", "counts"),
    [
        ("all", "all", True),
        ("model:claude-opus-4-1", "model:opus*", True),
        ("model:claude-opus-4-1", "model:opus-4*", True),
        ("model:claude-opus-4-1", "model:opus-1*", False),
        ("model:anthropic/claude-opus-4-1", "model:claude-opus-4-1*", True),
        ("model:claude-opus-4-1[1m]", "model:claude-opus-4-1*", True),
        ("model:claude-opus-4-1@20250805", "model:claude-opus-4-1*", True),
        ("model:openai/gpt-5.5", "model:gpt-5*", False),
        ("session:opus", "model:opus*", False),
        ("model:opus", "model:claude*", False),
    ],
)
def test_a_family_has_the_models_with_its_words(pool, wanted, counts):
    assert pools.is_in(pool, wanted) is counts


@pytest.mark.parametrize(
    ("bucket", "unit", "counts"), [(5, NUSD, True), (9, NUSD, False), (5, "x", False)]
)
def test_a_need_concerns_windows_of_its_time_and_unit(bucket, unit, counts):
    assert pools.concerns(Need("all", 1, bucket, unit), Window("all", 1, 5, 9)) is counts
