"""A log that is told again and again is read once, and its new entries once."""

import pytest

from ai_sessions.library import chat_messages, kept_logs
from ai_sessions.library.kept_logs import KeptLogs
from ai_sessions.memory import tool_calls
from ai_sessions.records import Interaction, Message, Said, ToolCall


@pytest.fixture
def read(core, monkeypatch):
    """Entries that are read of any log."""
    found, source = [], core.store.source()

    class Counting:
        def __init__(self, increment):
            self._increment = increment

        def __getattr__(self, name):
            return getattr(self._increment, name)

        def __iter__(self):
            for one in self._increment:
                found.append(one)
                yield one

    class Source:
        state = source.state

        def follow(self, *args):
            return Counting(source.follow(*args))

    monkeypatch.setattr(core.store, "source", Source)
    return found


@pytest.fixture
def session(tracked):
    session = tracked("one")
    for number in range(5):
        session.track(f"q{number}", f"a{number}", "gpt-4", "openai")
    return session


def contents(session):
    return [one["content"] for one in session.get_messages_for_llm()]


def test_only_what_is_new_is_read(session, tracked, read):
    contents(session)
    del read[:]
    contents(session)
    assert not read
    session.user_says("more")

    assert contents(session)[-2:] == contents(tracked("one"))[-2:] == ["a4", "more"]
    assert len(read) == 1


def test_what_another_process_wrote_is_told(session, core, root):
    contents(session)
    other = type(core.store)(root) if core.store.lasting else core.store
    other.append("python-one", [Said(Message("user", "from elsewhere"))])

    assert contents(session)[-1] == "from elsewhere"


def test_what_was_redacted_is_told_no_more(session, core):
    contents(session)
    seq = int(session.get_conversation()[0]["id"].partition(".")[0])
    core.store.redact("python-one", seq)

    assert "q0" not in str(contents(session))


def test_a_session_that_was_removed_and_made_again_is_another_one(session, core, tracked):
    contents(session)
    core.store.discard("python-one")
    tracked("one").user_says("anew")

    assert contents(tracked("one")) == ["anew"]


def test_what_a_program_changes_is_its_own(session):
    session.tool_used("look", {"x": 1}, "seen")
    before = session.get_messages_for_llm()
    told = session.get_messages_for_llm()
    told[0]["content"] = "edited"
    told[-2]["tool_calls"][0]["function"]["name"] = "edited"

    assert session.get_messages_for_llm() == before


@pytest.mark.parametrize(
    "order", ["1 1r", "1 u 1r", "1 u 2 1r 2r u", "1r 1 u", "12 2r u 1r u", "1 1 u 1r 1r u"]
)
def test_results_find_their_calls_whenever_they_come(core, tracked, order):
    session = tracked("one")
    said = []
    for word in order.split():
        if word == "u":
            said.append(Message("user", "and?"))
        elif word.endswith("r"):
            said.append(Message("tool", "done", tool_call_id=word[0]))
        else:
            said.append(
                Message("assistant", "", tool_calls=tuple(ToolCall(one, "do") for one in word))
            )
        session.add(Said(said[-1]))
        expected = [chat_messages.plain(one) for one in tool_calls.paired(said)]
        assert session.get_messages_for_llm() == expected


def test_failed_calls_said_nothing(session, core):
    contents(session)
    said = (Message("user", "lost"),)
    session.add(Interaction("", "", "openai", "gpt-4", said, status="network"))

    assert contents(session)[-1] == "a4"


def kept(logs):
    return list(logs._kept), logs._size


def test_only_so_many_are_kept_the_oldest_goes_first(core, tracked):
    logs = KeptLogs(core.store.source(), most=2)
    for name in "abc":
        tracked(name).user_says("hm")
    for name in "abac":
        logs.told(f"python-{name}")

    assert kept(logs)[0] == ["python-a", "python-c"]


def test_all_of_them_have_no_more_than_so_many_characters(core, tracked):
    logs = KeptLogs(core.store.source(), most_characters=2000)
    for name in "abcd":
        tracked(name).user_says("w" * (5000 if name == "d" else 500))
        logs.told(f"python-{name}")

    assert kept(logs) == (["python-b", "python-c"], 1600)


def test_all_of_a_program_share_what_was_read(core):
    assert kept_logs.of(core) is kept_logs.of(core)


def test_a_forked_process_begins_with_nothing(core):
    before = kept_logs.of(core)
    kept_logs._stores.begin()

    assert kept_logs.of(core) is not before
