"""What every store promises, tried on each of them."""

import dataclasses
import threading
from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions import ids
from ai_sessions.errors import Conflict, LockBusy, NotFound, Taken, UsageError
from ai_sessions.records import (
    About,
    Change,
    Cost,
    Message,
    Note,
    Resume,
    Said,
    Unknown,
    Usage,
    Wanted,
)

ABOUT = About("plan", "payment-gateway", "/repo")
NAME = "plan-payment-gateway"


def test_a_session_that_does_not_exist_is_not_found(store):
    verbs = (
        lambda: store.read(NAME),
        lambda: list(store.entries(NAME)),
        lambda: list(store.plain_entries(NAME)),
        lambda: store.discard(NAME),
        lambda: store.turn(NAME, 0).__enter__(),
        lambda: store.redact(NAME, 1),
    )
    for verb in verbs:
        with pytest.raises(NotFound, match=f"no session {NAME}"):
            verb()


def test_the_first_write_makes_a_session_of_whoever_it_says(store, call):
    session = store.append(NAME, [call()], about=ABOUT)

    assert (session.about, session.totals.interactions) == (ABOUT, 1)
    with pytest.raises(Taken):
        store.append(NAME, [call()], about=dataclasses.replace(ABOUT, project="/other"))
    assert store.read(NAME).totals.interactions == 1


def test_writes_of_a_group_are_there_at_once_and_afterwards(store, call):
    with store.group():
        store.append(NAME, [call()])
        session = store.append(NAME, [call()])
        assert store.read(NAME) == session

    assert store.read(NAME).totals.interactions == 2


@pytest.mark.parametrize("name", ["../x", "", "a/b", "UPPER", "-rf", ".lock", "a\nb", "con"])
def test_a_name_that_is_none_is_refused_by_every_verb(store, name, call):
    verbs = (
        lambda: store.ensure(name, ABOUT),
        lambda: store.append(name, [call()]),
        lambda: store.read(name),
        lambda: list(store.entries(name)),
        lambda: store.turn(name, 0).__enter__(),
        lambda: store.discard(name),
        lambda: store.redact(name, 1),
    )
    for verb in verbs:
        with pytest.raises(UsageError, match="not a session name"):
            verb()


def test_asking_whether_it_can_be_written_makes_nothing(store, root):
    store.check_writable()

    assert store.names() == []
    assert not root.exists()


def test_ensure_makes_a_session_once_and_keeps_what_it_was_made_for(store):
    first = store.ensure(NAME, ABOUT)
    again = store.ensure(NAME, About("other", "thing", ABOUT.project))

    assert first.about == ABOUT
    assert first.created_at == first.last_used == "2025-11-21T02:00:00.000Z"
    assert again == first


def test_an_interaction_comes_back_as_it_was(store, call):
    given = call(
        usage=Usage(10, 20, 3, 4, 2, 5, estimated=True),
        by_model={"haiku": Usage(1, 2), "sonnet": Usage(9, 18)},
        cost=Cost(5, "client"),
        cost_by_model={"haiku": 2, "sonnet": 3},
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
    raw = [entry for entry in store.plain_entries(NAME) if entry["type"] == "interaction"]

    assert (session.totals.cost_nusd, session.totals.unknown_costs) == (5, 1)
    assert (raw[0]["cost"], raw[0]["cost_nusd"], raw[0]["cost_source"]) == (None, None, "unknown")


def test_a_failed_call_counts_as_an_error_and_its_cost_counts(store, call):
    session = store.append(NAME, [call(status="timeout"), call()])

    assert session.totals.errors == 1
    assert session.totals.cost_nusd == 33_000_000


@pytest.mark.parametrize(("haiku", "costs"), [(2, (3, 2)), (3, (5, 0))])
def test_money_goes_to_the_models_that_it_was_paid_for(store, call, haiku, costs):
    shares = {"sonnet": Usage(400, 900), "haiku": Usage(100, 100)}
    told = {"sonnet": 3, "haiku": haiku}
    given = call(by_model=shares, cost=Cost(5, "client"), cost_by_model=told)
    totals = store.append(NAME, [given]).totals

    assert totals.cost_nusd == sum(one.cost_nusd for one in totals.by_model.values()) == 5
    assert (totals.by_model["sonnet"].cost_nusd, totals.by_model["haiku"].cost_nusd) == costs


def test_what_is_not_told_apart_goes_to_the_model_that_was_asked(store, call):
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


def test_a_session_that_changed_meanwhile_is_not_discarded(store, call):
    store.append(NAME, [call()])
    last = store.read(NAME).last_seq

    with pytest.raises(Conflict, match=f"entries up to {last}, not {last - 1}"):
        store.discard(NAME, expect=last - 1)
    assert store.read(NAME).last_seq == last
    assert store.discard(NAME, expect=last) is True


def test_a_session_used_meanwhile_is_not_discarded(store, call):
    store.append(NAME, [call(at="2025-11-25T00:00:00.000Z")])

    assert store.discard(NAME, unused_since="2025-11-24T00:00:00.000Z") is False
    assert store.discard(NAME, unused_since="2025-11-26T00:00:00.000Z") is True
    with pytest.raises(NotFound):
        store.read(NAME)


def said(text, **more):
    return Said(Message("user", text, "2025-11-21T04:00:00.000Z"), **more)


def texts(store, **which):
    return [entry.message.text for entry in store.entries(NAME, **which)]


def test_a_session_of_another_project_is_refused(store):
    store.ensure(NAME, ABOUT)

    with pytest.raises(Taken, match=f"session {NAME} belongs to another project: /repo"):
        store.ensure(NAME, About("plan", "payment-gateway", "/other"))
    assert store.read(NAME).about == ABOUT
    assert store.ensure(NAME, About("plan", "payment-gateway")).about == ABOUT


def test_a_session_without_a_project_is_taken_by_anyone(store):
    store.ensure(NAME, About("plan", "payment-gateway"))

    assert store.ensure(NAME, ABOUT).name == NAME


@pytest.mark.parametrize(
    "entry",
    [
        said("hi", id="mine"),
        Note("todo", {"task": "T1"}, id="mine"),
        Change("status", "done", id="mine"),
        Unknown("mood", {"shape": "round"}, id="mine"),
        {"type": "note", "topic": "x", "body": {}, "id": "mine"},
    ],
)
@pytest.mark.parametrize("between", [0, 100])
def test_any_entry_is_added_once_however_long_ago_it_was(store, entry, between):
    store.append(NAME, [entry])
    store.append(NAME, [Note("x", {}) for _ in range(between)])
    before = store.read(NAME)
    count = len(list(store.entries(NAME)))

    assert store.append(NAME, [entry]) == before
    assert len(list(store.entries(NAME))) == count == between + 1


@pytest.mark.parametrize("made", [ids.new, lambda: ids.new()[:14] + "4" + ids.new()[15:]])
def test_a_whole_batch_may_be_repeated(store, call, made):
    batch = [call(id=made()) for _ in range(100)]
    store.append(NAME, batch)

    assert store.append(NAME, batch).totals.interactions == 100
    assert store.append(NAME, [*batch, call()]).totals.interactions == 101


def test_what_is_twice_in_one_batch_is_added_once(store):
    store.append(NAME, [said("hi", id="m1"), said("hi", id="m1")])

    assert store.read(NAME).totals.messages == 1
    assert texts(store) == ["hi"]


def test_an_append_on_what_was_read_is_refused_when_somebody_else_was_first(store):
    store.append(NAME, [said("one")])
    seen = list(store.entries(NAME))[-1].seq
    store.append(NAME, [said("two", id="two")], expect=seen)

    with pytest.raises(Conflict, match=f"session {NAME} has entries up to 2, not 1"):
        store.append(NAME, [said("three")], expect=seen)
    assert texts(store) == ["one", "two"]
    assert store.append(NAME, [said("two", id="two")], expect=seen).totals.messages == 2


def test_the_end_of_a_log_is_its_end(store):
    store.append(NAME, [said(str(number)) for number in range(300)])

    assert texts(store, last=3) == ["297", "298", "299"]
    assert texts(store, last=0) == []
    assert len(texts(store, last=1000)) == 300
    assert texts(store, after=298) == ["298", "299"]
    assert texts(store, after=298, last=1) == ["299"]
    assert texts(store, after=300) == []


def test_an_unknown_kind_comes_back_as_it_was(store):
    store.append(NAME, [Unknown("mood", {"shape": "round", "v": 3}, id="s1")])
    [found] = store.entries(NAME)

    assert (found.kind, found.id, found.seq) == ("mood", "s1", 1)
    assert (found.plain["shape"], found.plain["v"]) == ("round", 3)


def test_nothing_that_is_read_is_shared_with_the_store(store, call):
    given = {"type": "note", "topic": "x", "body": {"a": 1}, "id": "n1"}
    store.append(NAME, [given, call()])
    given["body"]["a"] = 2
    for entry in store.plain_entries(NAME):
        entry.clear()
    store.read(NAME).resume["claude"].carry.clear()
    store.source().row(NAME)["totals"].clear()

    assert next(store.entries(NAME)).body == {"a": 1}
    assert store.read(NAME).resume["claude"].carry == {"spent": 3}
    assert store.read(NAME).totals.interactions == 1


def test_sessions_can_be_chosen_and_paged(store):
    for name, feature in (("plan-a", "a"), ("plan-b", "b"), ("review-a", "a")):
        store.ensure(name, About(name.partition("-")[0], feature, "/repo"))

    def named(*wanted, **page):
        return [session.name for session in store.sessions(*wanted, **page)]

    assert named(Wanted(feature="a")) == ["plan-a", "review-a"]
    assert named(Wanted(command="plan"), after="plan-a") == ["plan-b"]
    assert named(limit=2) == ["plan-a", "plan-b"]
    assert named(Wanted(used_since="2030")) == []
    assert store.names() == ["plan-a", "plan-b", "review-a"]


def test_a_turn_that_was_lost_writes_nothing(store):
    store.ensure(NAME, ABOUT)
    with store.turn(NAME, 0) as turn:
        store.append(NAME, [said("mine")], turn=turn)
    lost = f"the turn in session {NAME} was lost"
    with store.turn(NAME, 0), pytest.raises(Conflict, match=lost):
        store.append(NAME, [said("too late")], turn=turn)
    assert texts(store) == ["mine"]


def test_a_turn_of_another_session_counts_for_nothing(store):
    store.ensure(NAME, ABOUT)
    store.ensure("chat", About())

    with store.turn("chat", 0) as turn, pytest.raises(Conflict):
        store.append(NAME, [said("hi")], turn=turn)


def test_a_renamed_session_is_the_same_under_its_new_name(store, call):
    before = store.append(NAME, [call()])

    assert store.rename(NAME, "plan-y") == dataclasses.replace(before, name="plan-y")
    assert store.names() == ["plan-y"]
    store.ensure(NAME, ABOUT)
    with pytest.raises(UsageError, match="exists already"):
        store.rename("plan-y", NAME)
    with store.turn(NAME, 0), pytest.raises(LockBusy):
        store.rename(NAME, "plan-z")


def test_another_session_than_the_one_that_is_meant_is_not_renamed(store, call):
    uid = store.append(NAME, [call()]).uid
    with pytest.raises(Conflict, match="is another one by now"):
        store.rename(NAME, "plan-y", uid=f"{uid}x")
    assert store.names() == [NAME]

    assert store.rename(NAME, "plan-y", uid=uid).uid == uid


def test_nothing_is_written_to_another_session_than_the_one_that_is_meant(store, call):
    uid = store.append(NAME, [call()]).uid
    assert store.append(NAME, [Change("state.a", 1)], uid=uid).state == {"a": 1}
    store.rename(NAME, "plan-y")

    with pytest.raises(Conflict, match=f"session {NAME} is not there any more"):
        store.append(NAME, [Change("state.a", 2)], uid=uid)
    assert store.names() == ["plan-y"]

    other = store.ensure(NAME, ABOUT)
    with pytest.raises(Conflict, match=f"session {NAME} is another one by now"):
        store.append(NAME, [Change("state.a", 2)], uid=uid)
    assert store.read(NAME) == other
    assert store.append("plan-y", [Change("state.a", 3)], uid=uid).state == {"a": 3}


def test_a_discarded_session_comes_back_until_it_is_purged(store, call):
    before = store.append(NAME, [call()])
    store.discard(NAME)
    assert (store.names(), store.discarded()) == ([], [NAME])

    assert store.restore(NAME) == before
    store.discard(NAME)
    now = datetime(2025, 11, 21, 2, 0, tzinfo=UTC)
    assert store.purge(now - timedelta(days=1)) == 0
    assert store.purge(now + timedelta(days=1)) == 1
    with pytest.raises(NotFound):
        store.restore(NAME)


def test_a_second_from_now_is_after_all_that_was_discarded(store, call, monkeypatch):
    now = datetime(2025, 11, 21, 2, 0, tzinfo=UTC)
    store.append(NAME, [call()])
    with monkeypatch.context() as wrong:
        wrong.setattr(store, "_now", lambda: now + timedelta(days=9))
        store.discard(NAME)

    assert store.purge(now) == 0
    assert store.purge(now + timedelta(seconds=1)) == 1


def test_a_name_in_use_again_is_not_restored_over(store, call):
    store.append(NAME, [call()])
    store.discard(NAME)
    store.ensure(NAME, ABOUT)

    with pytest.raises(UsageError, match="exists a"):
        store.restore(NAME)


def words(store, name=NAME):
    """All that was said in a session, and what else was told of its calls."""
    return str(
        [
            (one.get("messages"), one.get("text"), one.get("detail"), one.get("body"))
            for one in store.plain_entries(name)
        ]
    )


def test_a_redacted_call_keeps_all_but_its_words(store, call):
    secret = (Message("user", "my secret"), Message("tool", "the secret", name="bash"))
    before = store.append(
        NAME, [call(messages=secret, detail={"error": "secret", "turns": 3}, task="T1.1"), call()]
    )
    first, second = store.entries(NAME)

    assert store.redact(NAME, 1) == (NAME,)
    assert "secret" not in words(store)
    assert store.read(NAME) == before
    redacted, other = store.entries(NAME)
    assert other == second
    assert [(one.role, one.name) for one in redacted.messages] == [("user", ""), ("tool", "bash")]
    assert {one.text for one in redacted.messages} == {"[redacted 2025-11-21T02:00:00.000Z]"}
    assert redacted == dataclasses.replace(first, messages=redacted.messages, detail={"turns": 3})


@pytest.mark.parametrize(
    "entry",
    [
        Said(Message("user", "my secret", "2025-11-21T04:00:00.000Z"), id="m1"),
        Note("todo", {"event": "end", "task": "T1", "text": "secret", "cost_nusd": 5}, id="m1"),
        Unknown("mood", {"text": "secret", "of": {"a": "secret"}, "upto": 7}, id="m1"),
    ],
)
def test_whatever_kind_of_entry_has_words_can_be_redacted(store, entry):
    before = store.append(NAME, [entry])
    store.redact(NAME, 1)
    [found] = list(store.plain_entries(NAME))[1:]

    assert "secret" not in str(found)
    assert (found["id"], found["seq"], found["redacted"][:4]) == ("m1", 1, "2025")
    assert found.get("upto", 7) == 7
    assert found.get("body", {"event": "end", "task": "T1", "cost_nusd": 5})["cost_nusd"] == 5
    assert store.read(NAME) == before


@pytest.mark.parametrize(
    ("seq", "error", "said"),
    [
        (99, NotFound, "has no entry 99"),
        (-1, NotFound, "has no entry -1"),
        (0, UsageError, "nothing was said in it"),
        (2, UsageError, "entry 2 of session .* nothing was said in it"),
    ],
)
def test_what_has_no_words_is_not_redacted(store, call, seq, error, said):
    store.append(NAME, [call(), Change("tags", ["a"])])
    before = list(store.plain_entries(NAME))

    with pytest.raises(error, match=said):
        store.redact(NAME, seq)
    assert list(store.plain_entries(NAME)) == before


def test_a_session_in_use_is_not_redacted(store, call):
    store.append(NAME, [call()])
    before = list(store.plain_entries(NAME))

    with store.turn(NAME, 0), pytest.raises(LockBusy, match=f"session {NAME} is in use"):
        store.redact(NAME, 1)
    assert list(store.plain_entries(NAME)) == before


def test_a_second_time_changes_nothing(store, call, monkeypatch):
    store.append(NAME, [call()])
    store.redact(NAME, 1)
    before = list(store.plain_entries(NAME))
    monkeypatch.setattr(store, "_now", lambda: datetime(2030, 1, 1, tzinfo=UTC))

    assert store.redact(NAME, 1) == (NAME,)
    assert list(store.plain_entries(NAME)) == before


def test_what_was_redacted_does_not_come_back_with_a_repeat(store, call):
    given = call(messages=(Message("user", "my secret"),))
    store.append(NAME, [given])
    store.redact(NAME, 1)
    store.append(NAME, [given])

    assert "secret" not in words(store)
    assert store.read(NAME).totals.interactions == 1


def test_the_number_of_a_redacted_entry_stays_and_the_log_goes_on(store, call):
    store.append(NAME, [call(), call(), call()])
    store.redact(NAME, 2)
    store.append(NAME, [call()], expect=3)

    assert [entry.seq for entry in store.entries(NAME)] == [1, 2, 3, 4]
    assert texts_of(store, last=1) == texts_of(store)[-2:]


def texts_of(store, **which):
    return [one.text for entry in store.entries(NAME, **which) for one in entry.messages]


def forked(store, name, new):
    """As an earlier version did it: by copies."""
    uid = store.read(name).uid
    store.ensure(new, ABOUT)
    for entry in store.entries(name):
        said_there = getattr(entry, "messages", None) or (entry.message,)
        for number, message in enumerate(said_there):
            id_ = ids.forked(uid, f"{entry.seq}.{number}")
            store.append(new, [Said(message, id=id_)])


def test_forks_and_forks_of_forks_are_redacted_as_well(store, call):
    secret = (Message("user", "hello"), Message("assistant", "the secret"))
    store.append(NAME, [call(), call(messages=secret)])
    forked(store, NAME, "plan-b")
    forked(store, "plan-b", "plan-c")
    store.append("plan-d", [call(messages=(Message("user", "no secret"),))])

    assert set(store.redact(NAME, 2)) == {NAME, "plan-b", "plan-c"}
    for name in (NAME, "plan-b", "plan-c"):
        assert "secret" not in words(store, name)
        assert "do 1" in words(store, name)
    assert "no secret" in words(store, "plan-d")


def test_copies_in_the_trash_are_redacted_as_well(store, call):
    given = call(id=ids.new(), messages=(Message("user", "my secret"),))
    store.append(NAME, [given])
    forked(store, NAME, "plan-b")
    store.discard("plan-b")
    store.discard(NAME)
    store.append(NAME, [given])

    assert NAME in store.redact(NAME, 1)
    store.discard(NAME)
    for name in ("plan-b", NAME):
        assert "secret" not in words(store, store.restore(name).name)
    store.rename(NAME, "plan-c")
    assert "secret" not in words(store, store.restore(NAME).name)


def test_an_id_that_is_not_unique_means_its_own_session_alone(store, call):
    for name in (NAME, "plan-b"):
        store.append(name, [call(id="v1-1", messages=(Message("user", f"secret of {name}"),))])

    assert store.redact(NAME, 1) == (NAME,)
    assert "secret of plan-b" in words(store, "plan-b")


def test_who_followed_a_log_is_told_to_read_it_anew(store, call):
    store.append(NAME, [call(), call()])
    source = store.source()
    cursor, *_names = source.changes()
    before = source.follow(NAME)
    list(before)
    store.redact(NAME, 1)

    assert source.changes(cursor)[1] == [NAME]
    again = source.follow(NAME, before.bookmark)
    assert again.whole
    assert len(list(again)) == 3


def test_two_clients_at_once_lose_nothing_and_add_nothing_twice(patient, call):
    batches = [[call(id=f"{one}-{n}") for n in range(10)] for one in range(4)]

    def work(own):
        for entry in (*own, *batches[0]):
            patient.append(NAME, [entry])

    threads = [threading.Thread(target=work, args=(own,)) for own in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = list(patient.plain_entries(NAME))
    assert [entry["seq"] for entry in found] == list(range(41))
    assert len({entry["id"] for entry in found[1:]}) == 40
    assert patient.read(NAME).totals.interactions == 40


def test_a_scratch_file_gives_back_what_was_put_in(store):
    with store.scratch() as file:
        file.write(b"on its way")
        file.seek(3)
        assert file.read() == b"its way"

    assert store.names() == []
