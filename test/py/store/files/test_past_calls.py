"""Imported calls in a store of files: the lines and the sums are those of any other entries."""

from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.imports.contract import Row, past_of
from ai_sessions.records import Cost
from ai_sessions.store import totals
from ai_sessions.store.entries import past_call
from ai_sessions.store.files import lines, past_calls
from ai_sessions.store.files.past_calls import PastDraft
from ai_sessions.store.files.writing import drafted
from ai_sessions.store.past_calls import PastCalls

_WORDS = st.sampled_from(["", "s1", "/src/shöp", 'a"b', "back\\slash", "\ud800", "line\nfeed"])
_ROWS = st.builds(
    Row,
    st.sampled_from(["x:1", "x:2", 'x:"', "x:é", "x:\n", "x:3"]),
    st.sampled_from(["2026-11-21T02:12:56.568Z", "2026-11-20T00:00:00.000Z"]),
    st.sampled_from(["claude-opus-4-1", "m", ""]),
    st.tuples(*[st.integers(0, 2**50)] * 6),
    *[_WORDS] * 4,
    st.none(),
    st.none(),
)
_COSTS = st.builds(
    lambda nusd: Cost() if nusd is None else Cost(nusd, "prices:2026-11-01"),
    st.one_of(st.none(), st.integers(0, 2**60)),
)
_CALLS = st.lists(st.tuples(_ROWS, _COSTS), min_size=1, max_size=5, unique_by=lambda one: one[0].id)


@given(calls=_CALLS)
def test_a_line_from_the_template_is_the_line_of_the_entry(calls):
    rows, costs = zip(*calls, strict=True)
    entries = [past_call(past_of(row), cost) for row, cost in calls]

    found = PastCalls(rows, costs, past_of)

    assert [*found] == found[:] == entries
    made = [one.at(7) for one in past_calls.drafts(found, drafted)]
    assert all(map(lines.intact, made))
    assert [lines.decode(one) for one in made] == [
        lines.decode(drafted(one).at(7)) for one in entries
    ]


@given(calls=_CALLS, asked=st.sampled_from(["", "x:1", "other"]))
def test_columns_add_up_to_what_entries_do(calls, asked):
    rows, costs = zip(*calls, strict=True)
    calling = {"calling": {"id": asked}} if asked else {}
    found = past_calls.drafts(PastCalls(rows, costs, past_of), drafted)
    usual = [one for one in found if isinstance(one, PastDraft)]
    summed, one_by_one = ({**totals.empty("s"), **calling} for _ in range(2))
    if usual:
        past_calls.add(summed, usual, len(usual))
    for seq, draft in enumerate(usual, 1):
        entry = past_call(past_of(draft.row), costs[rows.index(draft.row)])
        totals.add(one_by_one, {**entry, "seq": seq})

    assert summed == one_by_one
