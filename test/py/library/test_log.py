"""One write each time, and nothing read before it."""

import pytest

from ai_sessions.errors import Conflict, StorageError
from ai_sessions.library import log, storage
from ai_sessions.library.log import Log, Opening
from ai_sessions.records import Message, Said

HI = Said(Message("user", "hi"))
BARE = Opening(None, {}, None)


class Counting:
    """A store that counts how often it is asked."""

    def __init__(self, store):
        self._store, self.asked = store, []

    def __getattr__(self, name):
        self.asked.append(name)
        return getattr(self._store, name)


@pytest.fixture
def counted(core):
    core.store = Counting(core.store)
    return core


def test_a_new_session_is_begun_and_written_to_in_one_write(counted):
    opening = Opening("Be brief", {"a": 1}, None)
    session = Log(counted, "one", opening, is_new=True).write(lambda _session: [HI])

    assert counted.store.asked == ["append"]
    assert (session.last_seq, session.pins[log.PROMPT].text) == (3, "Be brief")


def test_the_next_write_reads_nothing(counted):
    found = Log(counted, "one", BARE, is_new=True)
    found.write(lambda _session: [HI])
    counted.store.asked.clear()
    found.write(lambda _session: [HI])

    assert counted.store.asked == ["append"]


def test_what_is_read_again_unchanged_is_looked_up_once(counted):
    found = Log(counted, "one", BARE, is_new=True)
    found.write(lambda _session: [HI])
    first = found.find()
    counted.store.asked.clear()

    assert found.find() is found.existing() is first
    assert counted.store.asked == []


def test_what_somebody_else_writes_is_seen_by_the_next_look(core):
    one, other = (Log(core, "one", BARE, is_new=False) for _ in range(2))
    one.write(lambda _session: [HI])
    one.find()
    other.write(lambda _session: [HI])

    assert one.find().last_seq == 2


def test_a_session_that_was_removed_is_not_found_any_more(core):
    found = Log(core, "one", BARE, is_new=False)
    found.write(lambda _session: [HI])
    found.find()
    core.store.discard("python-one")

    assert found.find() is None


def test_who_was_not_first_writes_by_what_is_there(core):
    found, seen = Log(core, "one", BARE, is_new=True), []
    found.write(lambda _session: [HI])
    Log(core, "one", BARE, is_new=False).write(lambda _session: [HI])

    found.write(lambda session: seen.append(session.totals.messages) or [HI])

    assert seen == [1, 2]


def test_who_never_is_first_writes_all_the_same(core, monkeypatch):
    found = Log(core, "one", BARE, is_new=True)
    found.write(lambda _session: [HI])
    append = core.store.append

    def late(*args, expect=None, **named):
        if expect is not None:
            raise Conflict("somebody else wrote")
        return append(*args, **named)

    monkeypatch.setattr(core.store, "append", late)

    assert found.write(lambda _session: [HI]).totals.messages == 2


def test_what_cannot_be_written_leaves_no_trace_of_it(core, monkeypatch):
    found = Log(core, "one", BARE, is_new=True)

    def full(*_args, **_named):
        raise StorageError("disk full")

    with monkeypatch.context() as patched, pytest.raises(StorageError):
        patched.setattr(core.store, "append", full)
        found.write(lambda _session: [HI])

    assert found.find() is None
    assert found.write(lambda _session: [HI]).totals.messages == 1


def test_a_prompt_that_is_there_is_not_written_again(core):
    opening = Opening("Be brief", {}, None)
    Log(core, "one", opening, is_new=False).write(lambda _session: [HI])

    assert Log(core, "one", opening, is_new=False).write(lambda _session: []).last_seq == 2


def test_a_prompt_that_somebody_else_replaced_is_theirs(core):
    first = Log(core, "one", Opening("Be brief", {}, None), is_new=False)
    first.write(lambda _session: [HI])
    Log(core, "one", BARE, is_new=False).set_prompt("Be polite")
    first.write(lambda _session: [HI])

    assert first.prompt == Log(core, "one", BARE, is_new=False).prompt == "Be polite"
    first.set_prompt("Be brief")
    assert Log(core, "one", BARE, is_new=False).prompt == "Be brief"


def test_a_prompt_waits_for_the_first_write(core):
    found = Log(core, "one", BARE, is_new=False)
    found.set_prompt("Be brief")

    assert (core.store.names(), found.prompt) == ([], "Be brief")


def test_a_session_has_the_tag_and_the_life_that_the_program_asked_for(core, monkeypatch):
    monkeypatch.setattr(storage._known, "sandbox_id", "shop")
    monkeypatch.setattr(storage._known, "expires_in_ms", 1000)
    found = Log(core, "one", BARE, is_new=True)
    found.write(lambda _session: [HI])
    session = found.write(lambda _session: [HI])

    assert (session.tags, session.about.expires_in_ms, session.last_seq) == (("shop",), 1000, 3)
