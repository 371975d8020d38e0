"""A conversation is in one session at a time, and the next one knows which was before."""

import multiprocessing
from datetime import timedelta

import pytest

from ai_sessions import names
from ai_sessions.conversations import finding
from ai_sessions.conversations.finding import (
    current,
    find_by_conversation,
    find_by_id,
    find_or_create,
)
from ai_sessions.conversations.messages import add_message, said
from ai_sessions.errors import Conflict, NotFound, Taken, UsageError
from ai_sessions.records import About, Change, Message, Parent
from ai_sessions.store.files import FileStore

NAME = "telegram-123"
ABOUT = About(interface="telegram", conversation_id="123", external_user_id="u", token_limit=8000)
HOUR = timedelta(hours=1)
HELLO = Message("user", "hello")


@pytest.fixture
def talked(store, now):
    """The conversation, an hour before it ends."""
    expiring = About(**{**vars_of(ABOUT), "expires_in_ms": 3_600_000})
    find_or_create(store, now, expiring)
    add_message(store, now, NAME, HELLO)
    return store.read(NAME)


def vars_of(about):
    return {name: getattr(about, name) for name in about.__slots__}


def test_who_asks_for_nothing_that_is_there_gets_nothing(store):
    assert find_by_id(store, "telegram-123") is None
    assert find_by_id(store, "../x") is None
    assert find_by_id(store, "019ad0a7-0000-7000-8000-000000000000") is None
    assert find_by_conversation(store, "telegram", "123") is None
    assert store.names() == []


def test_what_is_no_conversation_makes_no_session(store, now):
    for wrong in (
        About(),
        About(interface="telegram"),
        About(interface="A/b", conversation_id="1"),
    ):
        with pytest.raises(UsageError):
            find_or_create(store, now, wrong)
    with pytest.raises(NotFound):
        current(store, now, "nobody")
    assert store.names() == []


def test_a_conversation_is_made_once_and_found_again(store, now):
    made = find_or_create(store, now, ABOUT)

    assert (made.name, made.kind, made.about.external_user_id) == (NAME, "chat", "u")
    assert find_or_create(store, now, About(interface="telegram", conversation_id="123")) == made
    assert find_by_conversation(store, "telegram", "123") == made
    assert find_by_id(store, made.uid) == find_by_id(store, NAME) == made
    assert store.names() == [NAME]


def test_a_session_of_somebody_else_keeps_its_name(store, now):
    theirs = store.ensure(NAME, About(kind="chat"))
    made = find_or_create(store, now, ABOUT)

    assert made.name.startswith(f"{NAME}-")
    assert find_by_conversation(store, "telegram", "123") == made
    assert find_or_create(store, now, ABOUT) == made
    assert store.read(NAME) == theirs


def test_where_both_names_are_of_somebody_else_it_is_said(store, now):
    for name in (NAME, names.of_conversation("telegram", "123", is_marked=True)):
        store.ensure(name, About(kind="chat"))

    with pytest.raises(Taken, match="is not one of telegram"):
        find_or_create(store, now, ABOUT)


@pytest.mark.parametrize("why", ["expired", "inactive"])
def test_a_message_to_a_session_that_is_over_begins_the_next_one(store, now, talked, why):
    later = now + HOUR if why == "expired" else now
    if why == "inactive":
        store.append(NAME, [Change("status", "inactive")])
    add_message(store, later, NAME, Message("user", "again"))

    new, old = store.read(NAME), store.read(f"{NAME}.1")
    assert (old.uid, old.status) == (talked.uid, "inactive")
    assert (new.about.parent.uid, new.about.parent.name) == (talked.uid, f"{NAME}.1")
    assert (new.about.external_user_id, new.about.expires_in_ms) == ("u", 3_600_000)
    assert [one.text for one in said(store, NAME)] == ["again"]
    assert [one.text for one in said(store, f"{NAME}.1")] == ["hello"]


def test_one_that_is_used_in_time_goes_on(store, now, talked):
    add_message(store, now + HOUR - timedelta(seconds=1), NAME, HELLO)
    assert find_or_create(store, now + HOUR, ABOUT).uid == talked.uid


def test_each_conversation_that_is_over_has_a_number(store, now, talked):
    for hours in (1, 2, 3):
        add_message(store, now + hours * HOUR, NAME, HELLO)

    assert store.names() == [NAME, f"{NAME}.1", f"{NAME}.2", f"{NAME}.3"]
    assert store.read(NAME).about.parent.name == f"{NAME}.3"
    assert store.read(f"{NAME}.2").about.parent.name == f"{NAME}.1"


def test_a_message_to_an_earlier_session_goes_to_the_conversation(store, now, talked):
    add_message(store, now + HOUR, NAME, HELLO)
    add_message(store, now + HOUR, f"{NAME}.1", Message("user", "to whom?"))

    assert [one.text for one in said(store, NAME)] == ["hello", "to whom?"]
    assert store.names() == [NAME, f"{NAME}.1"]


def test_a_chat_with_a_free_name_goes_on_under_it(store, now):
    store.ensure("notes", About(kind="chat", title="Notes"))
    store.append("notes", [Change("status", "inactive")])
    new = current(store, now, "notes")

    assert (new.name, new.about.title, new.about.parent.name) == ("notes", "Notes", "notes.1")


def test_a_chat_whose_own_name_has_a_number_follows_nobody(store, now):
    for name in ("notes", "notes.2"):
        store.ensure(name, About(kind="chat"))
    store.append("notes.2", [Change("status", "inactive")])

    assert current(store, now, "notes.2").about.parent.name == "notes.2.1"


def test_whoever_is_killed_between_the_two_steps_loses_nothing(store, now, talked):
    store.rename(NAME, f"{NAME}.1")

    assert find_by_conversation(store, "telegram", "123").uid == talked.uid
    new = find_or_create(store, now + HOUR, ABOUT)
    assert new.about.parent.uid == talked.uid
    assert store.read(f"{NAME}.1").status == "inactive"


def test_a_message_finds_its_conversation_after_a_kill(store, now, talked):
    store.append(NAME, [Change("status", "inactive")])
    store.rename(NAME, f"{NAME}.1")
    add_message(store, now, NAME, HELLO)

    assert store.read(NAME).about.parent.uid == talked.uid
    assert store.read(NAME).about.interface == "telegram"


def test_whose_clock_is_behind_finds_the_conversation_too(store, now, talked):
    store.rename(NAME, f"{NAME}.1")  # by somebody whose clock says that it is over
    add_message(store, now, NAME, HELLO)

    assert store.read(NAME).about.parent.uid == talked.uid


def test_a_chat_of_a_person_that_was_renamed_is_not_begun_again(store, now):
    store.ensure("notes.1", About(kind="chat"))
    with pytest.raises(NotFound):
        add_message(store, now, "notes", HELLO)
    assert store.names() == ["notes.1"]


class Interrupted:
    """A store in which somebody else does something just before the next write."""

    def __init__(self, store, meanwhile):
        self._store, self._meanwhile = store, [meanwhile]

    def __getattr__(self, name):
        return getattr(self._store, name)

    def append(self, *args, **named):
        while self._meanwhile:
            self._meanwhile.pop()()
        return self._store.append(*args, **named)


def test_a_message_follows_a_conversation_that_is_set_aside_meanwhile(store, now, talked):
    meanwhile = Interrupted(store, lambda: store.rename(NAME, f"{NAME}.1"))
    add_message(meanwhile, now, NAME, HELLO)

    assert store.names() == [NAME, f"{NAME}.1"]
    assert store.read(NAME).about.parent.uid == talked.uid
    assert [one.text for one in said(store, NAME)] == ["hello"]


def test_a_conversation_that_is_removed_meanwhile_is_not_made_again(store, now, talked):
    meanwhile = Interrupted(store, lambda: store.discard(NAME))
    with pytest.raises(NotFound):
        add_message(meanwhile, now, NAME, HELLO)
    assert store.names() == []


def test_a_session_in_use_takes_the_message_although_it_is_over(store, now, talked):
    with store.turn(NAME, 0):
        add_message(store, now + 2 * HOUR, NAME, HELLO)

    assert store.names() == [NAME]
    assert store.read(NAME).uid == talked.uid


def test_who_renames_another_session_than_he_saw_is_told(store, now, talked):
    find_or_create(store, now + HOUR, ABOUT)
    with pytest.raises(Conflict, match="session telegram-123 is another one by now"):
        store.rename(NAME, f"{NAME}.2", talked.uid)
    assert store.names() == [NAME, f"{NAME}.1"]


def _find(root, now, gate, told):
    store = FileStore(root, fsync="none", lock_timeout_s=30)
    gate.wait()
    try:
        told.put(find_or_create(store, now, ABOUT).uid)
    except BaseException as error:
        told.put(repr(error))
        raise


@pytest.mark.parametrize("before", ["nothing", "expired"])
def test_of_many_processes_one_makes_the_session(root, now, before):
    store = FileStore(root, fsync="none", now=lambda: now)
    if before == "expired":
        store.ensure(NAME, About(**{**vars_of(ABOUT), "expires_in_ms": 1}))
    forking = multiprocessing.get_context("fork")
    gate, told = forking.Barrier(6), forking.Queue()
    workers = [forking.Process(target=_find, args=(root, now + HOUR, gate, told)) for _ in "123456"]
    for worker in workers:
        worker.start()
    found = {told.get(timeout=60) for _worker in workers}
    for worker in workers:
        worker.join()

    session = store.read(NAME)
    assert found == {session.uid}
    assert store.names() == [NAME] + ([f"{NAME}.1"] if before == "expired" else [])
    assert (session.about.parent is not None) == (before == "expired")


def test_who_saw_the_session_before_another_renamed_it_renames_no_other(
    store, now, talked, monkeypatch
):
    read = store.read
    seen = iter([read(NAME)])
    find_or_create(store, now + HOUR, ABOUT)
    monkeypatch.setattr(store, "read", lambda name: next(seen, None) or read(name))

    found = current(store, now + HOUR, NAME)
    assert found == read(NAME)
    assert store.names() == [NAME, f"{NAME}.1"]


class Stalled:
    """A store whose caller stalls before it takes its first turn: others go on meanwhile."""

    def __init__(self, store, meanwhile):
        self._store, self._meanwhile = store, meanwhile

    def __getattr__(self, name):
        return getattr(self._store, name)

    def turn(self, name, wait_s):
        meanwhile, self._meanwhile = self._meanwhile, lambda: None
        meanwhile()
        return self._store.turn(name, wait_s)


def test_who_stalls_begins_no_second_session_that_follows_the_same(store, now, talked):
    def meanwhile():
        find_or_create(store, now + HOUR, ABOUT)
        store.append(NAME, [Change("status", "inactive")])
        store.rename(NAME, names.former(NAME, 2))

    late = find_or_create(Stalled(store, meanwhile), now + HOUR, ABOUT)
    assert late.about.parent.name == names.former(NAME, 2)
    assert find_or_create(store, now, ABOUT).uid == late.uid


def test_who_stalls_gets_the_session_that_another_one_began(store, now, talked):
    begun = []

    def meanwhile():
        begun.append(find_or_create(store, now + HOUR, ABOUT))

    assert find_or_create(Stalled(store, meanwhile), now + HOUR, ABOUT).uid == begun[0].uid


def test_who_talks_in_the_one_before_keeps_nobody_from_the_next(store, now, talked, monkeypatch):
    monkeypatch.setattr(finding, "_BEGIN_WAIT_S", 0)
    former = store.rename(NAME, names.former(NAME, 1))

    with store.turn(former.name, 0):
        begun = find_or_create(store, now + HOUR, ABOUT)
    assert begun.about.parent == Parent(former.name, former.uid)


def test_one_that_is_removed_while_the_next_is_begun_has_no_child(store, now, talked):
    store.rename(NAME, names.former(NAME, 1))
    stalled = Stalled(store, lambda: store.discard(names.former(NAME, 1)))

    assert find_or_create(stalled, now + HOUR, ABOUT).about.parent is None


def test_a_conversation_whose_id_looks_like_a_key_is_found_again(store, now):
    key = "sk-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ"
    about = About(interface="api", conversation_id=key)

    first = finding.find_or_create(store, now, about)

    assert key not in first.about.conversation_id
    assert finding.find_or_create(store, now, about).uid == first.uid
