"""What a program has told a session already."""

import pytest

from ai_sessions.library import new_messages
from ai_sessions.library.log import Log, Opening
from ai_sessions.library.new_messages import Before
from ai_sessions.records import Interaction, Message, Said

PROMPT, ASKED = Message("system", "Be brief."), Message("user", "Hello!")


def said(talk):
    """`u1 a1`: a message of a user, an answer."""
    roles = {"u": "user", "a": "assistant"}
    return [Message(roles[word[0]], word) for word in talk.split()]


def chat(core):
    return core.store.read("python-chat")


@pytest.fixture
def read(core, monkeypatch):
    """Entries that were read."""
    found, entries = [], core.store.entries

    def counted(name, after=-1, last=None):
        some = list(entries(name, after, last))
        found.extend(some)
        return iter(some)

    monkeypatch.setattr(core.store, "entries", counted)
    return found


def test_in_a_session_that_is_not_there_all_is_new(core):
    nothing = Log(core, "none", Opening(None, {}, None), is_new=True).nothing()

    assert Before(core).new(nothing, [PROMPT, ASKED]) == (PROMPT, ASKED)


def test_what_the_session_has_is_not_new(core, tracked):
    tracked("chat").add(Said(ASKED))

    assert Before(core).new(chat(core), [PROMPT, ASKED]) == (PROMPT,)


def test_a_prompt_that_was_told_is_not_looked_for_again(core, tracked):
    tracked("chat").add(Said(ASKED))
    before = Before(core)
    before.told([PROMPT])

    assert before.new(chat(core), [PROMPT, ASKED]) == ()


def call(id_, talk, **named):
    return Interaction(id_, "", "p", "m", tuple(said(talk)), **named)


def wrote(before, tracked, entry):
    """As a recording does it."""
    found = []

    def made(session):
        found.append(session)
        before.new(session, entry.messages)
        return [entry]

    after = tracked.write(made)
    before.wrote(found[-1], entry, after)


def test_nothing_is_read_where_only_these_calls_write(core, tracked, read):
    session, before = tracked("chat"), Before(core)
    wrote(before, session, call("1", "u1 a1"))
    wrote(before, session, call("2", "u2 a2"))

    assert before.new(chat(core), said("u1 a1 u2 a2 u3")) == tuple(said("u3"))
    assert not read


def test_what_somebody_else_wrote_is_looked_for(core, tracked):
    session, before = tracked("chat"), Before(core)
    wrote(before, session, call("1", "u1 a1"))
    session.add(*map(Said, said("u2 a2")))
    wrote(before, session, call("3", "u3 a3"))

    assert before.new(chat(core), said("u1 a1 u2 a2 u3 a3 u4")) == tuple(said("u4"))


def test_a_session_that_was_made_anew_has_nothing_of_the_one_before(core, tracked):
    before = Before(core)
    wrote(before, tracked("chat"), call("1", "u1 a1"))
    core.store.discard("python-chat")
    tracked("chat").add(*map(Said, said("u9")))

    assert before.new(chat(core), said("u1")) == tuple(said("u1"))


def test_a_call_that_failed_said_nothing(core, tracked):
    session, before = tracked("chat"), Before(core)
    wrote(before, session, call("1", "u1", status="network"))

    assert before.new(chat(core), said("u1")) == tuple(said("u1"))


def test_of_a_long_talk_the_newest_messages_are_kept_and_the_rest_is_read(
    core, tracked, read, monkeypatch
):
    monkeypatch.setattr(new_messages, "_MOST_KEPT", 3)
    session, before = tracked("chat"), Before(core)
    for number in range(3):
        wrote(before, session, call(str(number), f"u{number} a{number}"))

    assert before.new(chat(core), said("u0 a0 u1 a1 u2 a2 u3")) == tuple(said("u3"))
    assert read


def test_what_is_written_meanwhile_by_two_is_no_gap(core, tracked):
    session, before = tracked("chat"), Before(core)
    wrote(before, session, call("1", "u1 a1"))
    now = chat(core)
    after = core.store.append("python-chat", [*map(Said, said("u2 a2")), call("3", "u3 a3")])
    before.wrote(now, call("3", "u3 a3"), after)

    assert before.new(after, said("u1 a1 u2 a2 u3 a3 u4")) == tuple(said("u4"))
