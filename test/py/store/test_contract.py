"""What every store promises, tried on each of them."""

import dataclasses
import threading

import pytest

from ai_sessions.errors import LockBusy, NotFound, UsageError
from ai_sessions.records import About, Change, Cost, Message, Note, Resume, Said, Usage

ABOUT = About("plan", "payment-gateway", "/repo")
NAME = "plan-payment-gateway"


def test_a_session_that_does_not_exist_is_not_found(store):
    verbs = (
        lambda: store.read(NAME),
        lambda: list(store.entries(NAME)),
        lambda: list(store.entries_raw(NAME)),
        lambda: store.discard(NAME),
        lambda: store.turn(NAME, 0).__enter__(),
    )
    for verb in verbs:
        with pytest.raises(NotFound, match=f"no session {NAME}"):
            verb()


@pytest.mark.parametrize("name", ["../x", "", "a/b", "UPPER", "-rf", ".lock", "a\nb", "con"])
def test_a_name_that_is_none_is_refused_by_every_verb(store, name, call):
    verbs = (
        lambda: store.ensure(name, ABOUT),
        lambda: store.append(name, [call()]),
        lambda: store.read(name),
        lambda: list(store.entries(name)),
        lambda: store.turn(name, 0).__enter__(),
        lambda: store.discard(name),
        lambda: store.path(name),
    )
    for verb in verbs:
        with pytest.raises(UsageError, match="not a session name"):
            verb()


def test_ensure_makes_a_session_once_and_keeps_what_it_was_made_for(store):
    first = store.ensure(NAME, ABOUT)
    again = store.ensure(NAME, About("other", "thing", "/elsewhere"))

    assert first.about == ABOUT
    assert first.created_at == first.last_used == "2025-11-21T02:00:00.000Z"
    assert again == first


def test_an_interaction_comes_back_as_it_was(store, call):
    given = call(
        usage=Usage(10, 20, 3, 4, 2, 5, estimated=True),
        by_model={"haiku": Usage(1, 2)},
        detail={"denied": ["Bash"], "turns": 3},
        purpose="plan",
        task="T1.1",
        continuity="resumed",
        duration_ms=8123,
        client_version="2.0",
        branch="main",
        commit="abc123",
        messages=(Message("user", "ä \U0001f600  \x00 \x1b[31m", "2025-11-21T01:00:00.000Z"),),
    )
    store.append(NAME, [given])

    assert list(store.entries(NAME)) == [dataclasses.replace(given, seq=1)]


def test_totals_are_exact_sums_in_nano_dollars(store, call):
    store.append(NAME, [call(cost=Cost(1, "client")), call(cost=Cost(2, "client"))])
    session = store.append(NAME, [call(model="opus", cost=Cost(10**18, "client"))])

    assert session.totals.cost_nusd == 10**18 + 3
    assert session.totals.interactions == 3
    assert session.totals.messages == 6
    assert session.totals.usage == Usage(1500, 3000, 300)
    assert session.totals.by_model["sonnet"].cost_nusd == 3
    assert session.totals.by_model["opus"].usage.output_tokens == 1000


def test_an_unknown_price_is_counted_as_unknown_and_not_as_zero(store, call):
    session = store.append(NAME, [call(cost=Cost()), call(cost=Cost(5, "client"))])
    raw = [entry for entry in store.entries_raw(NAME) if entry["type"] == "interaction"]

    assert (session.totals.cost_nusd, session.totals.unknown_costs) == (5, 1)
    assert (raw[0]["cost"], raw[0]["cost_nusd"], raw[0]["cost_source"]) == (None, None, "unknown")


def test_a_failed_call_counts_as_an_error_and_its_cost_counts(store, call):
    session = store.append(NAME, [call(status="timeout"), call()])

    assert session.totals.errors == 1
    assert session.totals.cost_nusd == 33_000_000


def test_tokens_go_to_the_models_that_used_them_and_the_price_to_the_one_asked(store, call):
    shares = {"sonnet": Usage(400, 900), "haiku": Usage(100, 100)}
    totals = store.append(NAME, [call(by_model=shares)]).totals

    assert totals.by_model["haiku"].usage == Usage(100, 100)
    assert totals.by_model["haiku"].interactions == 0
    assert totals.by_model["sonnet"].cost_nusd == totals.cost_nusd == 16_500_000


def test_the_same_id_is_added_once(store, call):
    given = call()
    store.append(NAME, [given])
    session = store.append(NAME, [given, call()])

    assert session.totals.interactions == 2
    assert [entry.seq for entry in store.entries(NAME)] == [1, 2]


def test_the_latest_way_to_continue_is_kept_for_each_provider(store, call):
    store.append(NAME, [call(), call(provider="codex", resume=Resume("thread-9"))])
    session = store.append(NAME, [call(resume=Resume("conversation-2"))])

    assert session.resume["claude"].id == "conversation-2"
    assert session.resume["codex"] == Resume("thread-9")


def test_a_conversation_that_is_gone_does_not_replace_a_good_one(store, call):
    store.append(NAME, [call()])
    session = store.append(NAME, [call(status="session_gone", resume=Resume("dead"))])

    assert session.resume["claude"] == Resume("conversation-1", "sonnet", "/repo", {"spent": 3})


def test_a_change_to_nothing_forgets_how_to_continue(store, call):
    store.append(NAME, [call()])

    assert store.append(NAME, [Change("resume.claude", None)]).resume == {}
    assert store.append(NAME, [Change("resume.claude", Resume("c3"))]).resume["claude"].id == "c3"


def test_changes_are_folded_and_unknown_ones_only_kept(store):
    session = store.append(
        NAME,
        [
            Change("status", "done"),
            Change("tags", ["a", "b"]),
            Change("pinned", True),
            Change("pinned", "yes"),
            Change("mood", "good"),
        ],
    )

    assert (session.status, session.tags, session.pinned) == ("done", ("a", "b"), True)
    assert [entry.key for entry in store.entries(NAME)][-1] == "mood"


def test_messages_and_notes_without_a_call_are_kept_in_order(store, call):
    said = Said(Message("system", "be brief", "2025-11-21T04:00:00.000Z"), id="m1")
    note = Note("context_lost", {"asked": "c1"}, at="2025-11-21T04:00:01.000Z")
    session = store.append(NAME, [said, call(), note])

    kinds = [type(entry).__name__ for entry in store.entries(NAME)]
    assert kinds == ["Said", "Interaction", "Note"]
    assert session.totals.messages == 3
    assert list(store.entries(NAME))[2].body == {"asked": "c1"}


def test_last_used_never_goes_back_with_the_clock(store, call):
    store.append(NAME, [call(at="2025-11-22T00:00:00.000Z")])
    session = store.append(NAME, [call(at="1970-01-01T00:00:00.000Z")])

    assert session.last_used == "2025-11-22T00:00:00.000Z"
    assert [entry.at[:4] for entry in store.entries(NAME)] == ["2025", "1970"]


def test_what_json_cannot_hold_is_replaced_and_never_refused(store, call):
    odd = call(
        messages=(Message("assistant", "half \ud83d pair"),),
        detail={"figure": float("nan"), "path": store, 3: ("a",)},
    )
    store.append(NAME, [odd])
    kept = next(store.entries(NAME))

    assert kept.messages[0].text == "half � pair"
    assert kept.detail["figure"] is None
    assert kept.detail["3"] == ["a"]


def test_ten_megabytes_come_back_whole(store, call):
    text = "0123456789abcde\n" * 655_360
    store.append(NAME, [call(messages=(Message("assistant", text),))])

    assert next(store.entries(NAME)).messages[0].text == text


def test_sessions_come_by_name(store, call):
    for name in ("plan-b", "implement-a", "chat"):
        store.append(name, [call()])

    assert [session.name for session in store.sessions()] == ["chat", "implement-a", "plan-b"]
    assert sum(session.totals.cost_nusd for session in store.sessions()) == 49_500_000


def test_an_append_to_a_session_that_vanished_makes_it_anew(store, call):
    store.ensure(NAME, ABOUT)
    store.discard(NAME)

    assert store.append(NAME, [call()]).totals.interactions == 1


def test_only_one_at_a_time_has_the_turn(store):
    store.ensure(NAME, ABOUT)

    with (
        store.turn(NAME, 0),
        pytest.raises(LockBusy, match=f"session {NAME} is in use"),
        store.turn(NAME, 0),
    ):
        raise AssertionError("two have the turn")
    with store.turn(NAME, 0):
        pass


def test_others_read_and_write_while_someone_has_the_turn(store, call):
    store.ensure(NAME, ABOUT)

    with store.turn(NAME, 0):
        store.append(NAME, [call()])
        assert store.read(NAME).totals.interactions == 1


def test_who_waits_for_the_turn_gets_it_when_it_is_given_back(store):
    store.ensure(NAME, ABOUT)
    taken, got = threading.Event(), []

    def wait():
        taken.set()
        with store.turn(NAME, 30):
            got.append(True)

    thread = threading.Thread(target=wait)
    with store.turn(NAME, 0):
        thread.start()
        taken.wait()
        assert not got
    thread.join()
    assert got


def test_a_session_in_use_is_not_discarded(store):
    store.ensure(NAME, ABOUT)

    with store.turn(NAME, 0):
        assert store.discard(NAME) is False
    assert store.read(NAME).name == NAME


def test_a_session_used_meanwhile_is_not_discarded(store, call):
    store.append(NAME, [call(at="2025-11-25T00:00:00.000Z")])

    assert store.discard(NAME, unused_since="2025-11-24T00:00:00.000Z") is False
    assert store.discard(NAME, unused_since="2025-11-26T00:00:00.000Z") is True
    with pytest.raises(NotFound):
        store.read(NAME)
