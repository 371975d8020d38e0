"""A checkpoint is a pure function of the journal, in whatever pieces it is folded."""

import pytest

from ai_sessions.records import About, Change, Cost, Message, Said
from ai_sessions.store import totals
from ai_sessions.store.entries import first_entry, numbered, plain_of

AT = "2025-11-21T02:00:00.000Z"


def journal(call):
    entries = [
        call(),
        call(cost=Cost()),
        Change("tags", ["x"]),
        call(status="session_gone"),
        Said(Message("user", "hi")),
        call(provider="codex", model="gpt"),
    ]
    plain = [first_entry(About("plan", "x"), AT), *(plain_of(e, AT) for e in entries)]
    return [numbered(entry, seq) for seq, entry in enumerate(plain)]


def test_any_split_gives_the_same_checkpoint(call):
    entries = journal(call)
    whole = totals.fold(totals.empty("s"), entries)

    for cut in range(len(entries) + 1):
        first = totals.fold(totals.empty("s"), entries[:cut])
        assert totals.fold(first, entries[cut:]) == whole
    assert whole["totals"]["errors"] == 1
    assert whole["totals"]["unknown_costs"] == 1


def test_folding_leaves_its_arguments_alone(call):
    entries = journal(call)
    start = totals.fold(totals.empty("s"), entries[:3])
    before = repr((start, entries))

    totals.fold(start, entries[3:])
    assert repr((start, entries)) == before


def test_only_the_last_ids_are_remembered(call):
    plain = [numbered(plain_of(call(), AT), n) for n in range(40)]
    result = totals.fold(totals.empty("s"), plain)

    assert result["recent_ids"] == [f"id-{n}" for n in range(9, 41)]


def test_what_a_later_version_writes_is_skipped():
    later = {"v": 3, "type": "mood", "seq": 7, "what": "ever"}

    assert totals.well_formed(later)
    assert totals.fold(totals.empty("s"), [later])["journal"]["seq"] == 7


def test_a_checkpoint_with_a_wrong_type_anywhere_is_not_sound(call):
    good = totals.fold(totals.empty("s"), journal(call))
    assert totals.completed(good) == good

    for key in good.keys() - {"name", "pinned"}:
        assert not totals.completed({**good, key: 1.5}), key
    for part in ("totals", "journal"):
        for key in good[part].keys() - {"cost"}:
            assert not totals.completed({**good, part: {**good[part], key: 1.5}}), key
    assert not totals.completed([good])


def test_sums_that_every_version_wrote_are_not_nothing_where_they_are_missing(call):
    good = totals.fold(totals.empty("s"), journal(call))
    for key in ("interactions", "cost_nusd", "by_model"):
        sums = {name: sum_ for name, sum_ in good["totals"].items() if name != key}
        assert not totals.completed({**good, "totals": sums}), key
    assert not totals.completed({**good, "totals": {**good["totals"], "by_model": {"sonnet": {}}}})

    newer = {key: sum_ for key, sum_ in good["totals"].items() if key != "reasoning_tokens"}
    assert totals.completed({**good, "totals": newer}) == good


def test_what_is_said_in_a_call_for_a_summary_is_no_message_of_the_conversation(call):
    entries = [plain_of(call(purpose=purpose), AT) for purpose in ("green", "summary")]
    result = totals.fold(totals.empty("s"), map(numbered, entries, range(2)))

    assert result["totals"]["interactions"] == 2
    assert result["totals"]["messages"] == len(entries[0]["messages"])


def counted(*entries):
    """The totals of a session with these entries."""
    plain = [first_entry(About("chat"), AT), *(plain_of(one, AT) for one in entries)]
    numbers = [numbered(entry, seq) for seq, entry in enumerate(plain)]
    return totals.fold(totals.empty("s"), numbers)["totals"]


def test_what_was_said_in_messages_and_in_answered_calls_is_counted_by_kind_and_tokens(call):
    said = (Message("user", "two words", tokens=2), Message("assistant", "three", tokens=3))
    found = counted(Said(Message("user", "hi", tokens=1)), call(messages=said))

    assert (found["user_messages"], found["answers"], found["spoken_tokens"]) == (2, 1, 6)


@pytest.mark.parametrize(("status", "tokens"), [("server", 0), ("interrupted", 5)])
def test_what_no_later_call_is_told_was_not_spoken(call, status, tokens):
    said = (Message("user", "two words", tokens=2), Message("assistant", "three", tokens=3))

    assert counted(call(messages=said, status=status))["spoken_tokens"] == tokens


@pytest.mark.parametrize(
    ("key", "value", "counts"),
    [
        ("status", "done", True),
        ("status", None, False),
        ("pinned", "yes", False),
        ("resume.claude", None, True),
        ("resume.claude", {"no": "id"}, False),
        (totals.OWNER, {"project": 7}, False),
        ("state.city", None, True),
        ("title", 7, False),
        ("mood", "good", False),
    ],
)
def test_what_is_put_is_what_changes_a_checkpoint(key, value, counts):
    checkpoint = totals.empty("chat")
    checkpoint |= {"resume": {"claude": {"id": "c"}}, "conversation": {"state": {"city": "x"}}}
    change = totals.Effects()
    change.fields = {key: value}
    before = totals.copied(checkpoint)
    totals.apply(checkpoint, change)

    assert totals.is_put(key, value) is counts
    assert (checkpoint != before) is counts
