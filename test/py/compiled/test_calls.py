"""A table of calls: what was put in comes out as Python would have made it."""

import json
from array import array
from hashlib import blake2b
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_sessions import money
from ai_sessions.accounting import pricing
from ai_sessions.compiled.calls import Prices, Rows, at_of
from ai_sessions.imports.contract import UnusualError
from ai_sessions.records import Cost

_SAME_TABLE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
#: An amount that is too large for the table.
_LARGE = 1 << 46


def answer(number=1, out=10, stop="end_turn", **more):
    usage = {"input_tokens": 3, "output_tokens": out, "cache_read_input_tokens": 2}
    message = {"id": f"m{number}", "model": "claude-opus-4-1", "usage": usage, "stop_reason": stop}
    entry = {
        "type": "assistant",
        "message": message,
        "requestId": "r",
        "timestamp": "2026-10-01T10:00:00.123Z",
        "sessionId": "s1",
        "cwd": "/src/shöp",
    }
    return (json.dumps({**entry, **more}, ensure_ascii=False) + "\n").encode()


def put(calls, *lines, place=0):
    block = b"".join(lines)
    calls.claude(block, len(block), place)


def everything(calls):
    return array("q", range(len(calls)))


def test_a_call_comes_out_as_a_row(calls):
    put(calls, answer())

    row = calls.row(0)
    assert (row.id, row.at) == ("claude:m1:r", "2026-10-01T10:00:00.123Z")
    assert row.counts == (5, 10, 2, 0, 0, 0)
    assert row[4:] == ("s1", "/src/shöp", "", "", None, None)
    assert calls.sessions() == {"s1"}


def test_what_is_not_there_cannot_be_asked_for(calls):
    put(calls, answer())

    for number in (-1, 1, 1 << 40):
        with pytest.raises(IndexError):
            calls.row(number)


def test_of_lines_with_one_id_the_last_stays_with_the_place_of_the_first(calls):
    put(calls, answer(1, 10), answer(2, 20, None), answer(1, 30), answer(2, 40, None), place=100)
    calls.settle(0)

    assert [calls.row(number).counts[1] for number in range(len(calls))] == [30, 40]
    assert calls.places(0) == [100, 100 + len(answer(1, 10))]
    assert calls.opens(0) == [False, True]


def test_calls_before_a_log_are_not_settled_with_it(calls):
    put(calls, answer(1))
    put(calls, answer(1), answer(1))
    calls.settle(1)

    assert len(calls) == 2


def test_what_a_log_left_can_be_cut_off_again(calls):
    put(calls, answer(1))
    with pytest.raises(UnusualError):
        put(calls, answer(2), answer(3, costUSD=1))
    calls.cut(1)

    assert [row.id for row in Rows(calls, everything(calls))] == ["claude:m1:r"]


@_SAME_TABLE
@given(texts=st.lists(st.text("abcdefgh_01:", min_size=1, max_size=300), min_size=1, max_size=5))
def test_marks_are_those_that_python_makes(calls, texts):
    calls.cut(0)
    put(calls, *(answer(text) for text in texts))

    expected = [blake2b(f"claude:m{one}:r".encode(), digest_size=8).digest() for one in texts]
    assert calls.marks(0) == expected


def test_many_texts_keep_their_numbers(calls):
    put(calls, *(answer(number, sessionId=f"s{number % 1500}") for number in range(3000)))

    found = [row.session for row in Rows(calls, everything(calls))]
    assert found == [f"s{number % 1500}" for number in range(3000)]
    assert len(set(calls.frame_numbers())) == 1500


@_SAME_TABLE
@given(
    used=st.lists(st.integers(0, 2**36 - 1), min_size=3, max_size=3),
    model=st.sampled_from(["claude-opus-4-1", "claude-sonnet-4-5", "mine", "tiny", "nobody-knows"]),
)
def test_prices_are_those_that_python_makes(calls, used, model):
    own = {"mine": {"input": 1.5, "output": 6, "request": 2}, "tiny": {"input": 0.00000123}}
    prices = pricing.PricesOfCounts(pricing.overrides_of(own))
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens")
    usage = dict(zip(names, used, strict=True))
    calls.cut(0)
    put(calls, answer(message={"id": "m", "model": model, "usage": usage}))

    calls.price(prices.units)
    row = calls.row(0)
    priced = prices(row.counts, row.model, row.at)

    is_priced = calls.price_rest([0], lambda one: prices(one.counts, one.model, one.at))
    assert is_priced == (priced.nusd is None or priced.nusd < _LARGE)
    if is_priced:
        assert calls.cost(0) == priced == Prices(Rows(calls, everything(calls)))[0]


@pytest.mark.parametrize("source", ['say "so"', "back\\slash", "é", "line\nfeed"])
def test_a_source_that_is_not_the_same_in_json_is_left_to_python(calls, source):
    put(calls, answer())

    assert not calls.price_rest([0], lambda _row: Cost(5, source))


@_SAME_TABLE
@given(nusd=st.one_of(st.none(), st.integers(0, _LARGE - 1), st.integers(0, 10**6)))
def test_a_line_is_json_with_a_sum_of_its_own_bytes(calls, nusd):
    calls.cut(0)
    put(calls, answer())
    assert calls.price_rest(
        [0], lambda _row: Cost(nusd, "prices:x") if nusd is not None else Cost()
    )
    calls.form(['{"v":2,"seq":', *(f'{"," if n else ""}"t{n}":' for n in range(6))])
    calls.around(calls.frame_numbers()[0], '"tokens":{', '"end":1')

    (line,) = calls.lines(everything(calls), 7)
    head, crc = line[:-19], line[-11:-3]
    found = json.loads(line)
    assert crc == b"%08x" % crc32(head)
    assert list(found)[:4] == ["v", "seq", "id", "ts"]
    assert (found["seq"], found["id"], found["tokens"]["t0"]) == (7, "claude:m1:r", 5)
    assert found["cost_nusd"] == nusd
    written = "null" if nusd is None else repr(money.number(nusd))
    assert f'"cost":{written},'.encode() in line


def test_lines_that_lack_something_are_refused(calls):
    put(calls, answer())
    calls.price_rest([0], lambda _row: Cost(5, "x"))
    chosen = everything(calls)
    with pytest.raises(MemoryError):
        list(calls.lines(chosen, 1))  # nobody told what is around the figures
    calls.form(["x"] * 7)
    calls.around(0, "", "")

    assert len(list(calls.lines(chosen, 1))) == 1
    with pytest.raises(MemoryError):
        list(calls.lines(array("q", [5]), 1))
    with pytest.raises(MemoryError):
        calls.around(9, "", "")


def test_sums_are_by_model(calls):
    other = {"id": "m9", "model": "other", "usage": {"input_tokens": 7}}
    put(calls, answer(1), answer(2), answer(message=other))
    calls.price_rest(range(3), lambda row: Cost(5, "x") if row.model != "other" else Cost())

    assert calls.sums(everything(calls)) == {
        "claude-opus-4-1": (2, 10, 20, 4, 0, 0, 0, 0, 10),
        "other": (1, 7, 0, 0, 0, 0, 0, 1, 0),
    }
    assert calls.sums(array("q", [2])) == {"other": (1, 7, 0, 0, 0, 0, 0, 1, 0)}


def test_digits_are_a_time():
    assert at_of(20261001100000123) == "2026-10-01T10:00:00.123Z"
