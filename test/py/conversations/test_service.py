"""All verbs over one store, as a library, a server or a bot uses them."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions import config
from ai_sessions.conversations import summaries
from ai_sessions.conversations.memory import Memory
from ai_sessions.conversations.service import Conversations
from ai_sessions.conversations.summaries import Rules
from ai_sessions.errors import AiSessionsError, Needed, NotFound, StorageError, UsageError
from ai_sessions.memory import failures
from ai_sessions.memory.summarizer import Draft
from ai_sessions.records import Message, ToolCall
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

DAY = timedelta(days=1)
BOT = {"conversation_id": 123, "interface_type": "telegram"}


class Clock:
    """Stands until somebody moves it."""

    def __init__(self):
        self.at = datetime(2026, 11, 29, tzinfo=UTC)

    def __call__(self):
        return self.at


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(params=["files", "memory"])
def store(request, root, clock):
    if request.param == "memory":
        return MemoryStore(now=clock)
    return FileStore(root, fsync="none", lock_timeout_s=5, now=clock)


@pytest.fixture
def service(store, clock):
    return Conversations(store, config.load({}), clock)


@pytest.fixture
def session(service):
    return service.get_or_create_session(**BOT)


def test_every_verb_tells_of_a_session_that_is_not_there(service, store):
    verbs = {
        "add_message": ("user", "hi"),
        "messages": (),
        "record_tool_call": (),
        "record_error": (),
        "clear_messages": (),
        "update_state": ({"a": 1},),
        "remember": ("x",),
        "forget": ("x",),
        "build_context": (),
        "summarize_session": (),
        "add_summary": ("x",),
        "get_stats": (),
        "deactivate": (),
        "remove": (),
        "change": ({"title": "x"},),
        "fork": ("new",),
        "children": (),
    }
    for missing in ("nobody", "019ad0a7-0000-7000-8000-000000000000"):
        for verb, given in verbs.items():
            with pytest.raises(NotFound):
                getattr(service, verb)(missing, *given)
        assert service.find_by_id(missing) is None
    assert service.find_by_conversation(1, "api") is None
    assert store.names() == []


@pytest.mark.parametrize(
    "given",
    [{"interface_type": "A b"}, {"conversation_id": ""}, {"token_limit": 0}, {"expires_in_ms": -1}],
    ids=["interface", "id", "limit", "expiry"],
)
def test_a_wrong_argument_makes_no_session(service, store, given):
    with pytest.raises(UsageError):
        service.get_or_create_session(**{**BOT, **given})
    assert store.names() == []


def test_a_session_is_made_with_the_defaults_of_its_interface(service, session):
    assert (session.name, session.about.conversation_id) == ("telegram-123", "123")
    assert (session.about.token_limit, session.about.expires_in_ms) == (4000, 86_400_000)
    other = service.find_or_create(
        conversation_id="x", interface_type="slack", external_user_id=7, token_limit=8000
    )
    assert (other.about.token_limit, other.about.expires_in_ms) == (8000, None)
    assert other.about.external_user_id == "7"


def test_a_session_is_meant_by_itself_its_name_or_its_uid(service, session):
    for which in (session, session.name, session.uid):
        service.add_message(which, "user", "hi")
        assert service.find_by_id(session.uid).uid == session.uid

    assert len(service.messages(session)) == 3
    assert service.find_by_conversation("123", "telegram").totals.messages == 3
    assert service.get_or_create_session(**BOT).totals.messages == 3


def test_tool_calls_come_as_maps_or_records(service, session):
    service.add_message(session, "assistant", "", tool_calls=[{"id": "a", "name": "x"}])
    service.add_message(session, "tool", "done", tool_call_id="a")
    service.add_message(session, "assistant", "", tool_calls=[ToolCall("b", "y", {"z": 1})])
    with pytest.raises(UsageError, match="without an id or a name"):
        service.add_message(session, "assistant", "", tool_calls=[{"name": "x"}])

    call, _result, second, _closing = service.messages(session)
    assert call.tool_calls == (ToolCall("a", "x"),)
    assert second.tool_calls[0].arguments == {"z": 1}


def test_a_conversation_goes_on_from_message_to_context(service, session):
    service.add_message(session, "user", "What's the weather?", metadata={"message": 1})
    service.record_tool_call(session, "forecast", result="sunny")
    service.add_message(session, "assistant", "It's sunny today!")
    service.record_error(session, ValueError("late"))
    service.update_state(session, {"lang": "pl", "gone": 1})
    service.update_state(session, {"gone": None})
    service.remember(session, "I am Priya", key="name")

    told = service.build_context(session, 20)
    assert [one.role for one in told.messages] == ["system"] * 2 + [
        "user",
        "assistant",
        "tool",
        "assistant",
    ]
    counted = service.get_stats(session, by_role=True)
    assert (counted.messages, counted.tool_calls, counted.errors) == (4, 1, 1)
    assert counted.messages_by_role == {"user": 1, "assistant": 2, "tool": 1}
    assert service.find_by_id(session.name).state == {"lang": "pl"}
    service.forget(session, "name")
    service.clear_messages(session)
    assert [one.role for one in service.build_context(session).messages] == ["system"]
    assert len(service.messages(session, last=2)) == 2


def test_a_session_is_summarized_when_its_limit_is_near(store, clock):
    limits = {"DEFAULT_TOKEN_LIMIT": "1000", "MIN_MESSAGES_TO_SUMMARIZE": "5"}
    service = Conversations(store, config.load(limits), clock)
    session = service.get_or_create_session(**BOT)
    for number in range(7):
        service.add_message(session, "user", f"the port is {9000 + number} now", tokens=100)
        assert (service.find_by_id(session.name).summary_seq >= 0) == (number == 6)

    told = service.build_context(session)
    assert [one.text for one in told.messages[1:]] == [
        "the port is 9005 now",
        "the port is 9006 now",
    ]
    assert "9004" in told.messages[0].text
    assert told.tokens <= told.limit == 1000


def test_a_message_needs_no_second_look_at_its_session(service, session, monkeypatch):
    """What the append comes to says whether a summary is due."""
    looks = []
    monkeypatch.setattr(service._hot, "read", looks.append)

    service.add_message(session.name, "user", "hi")

    assert not looks


def test_a_summary_that_fails_costs_no_message(service, session, monkeypatch):
    def full(*_given):
        raise StorageError("no space left")

    monkeypatch.setattr(service, "_summarize_if_due", full)
    assert service.add_message(session, "user", "hi").id
    assert len(service.messages(session)) == 1


def test_summaries_by_hand(service, session):
    assert service.summarize_session(session) is None
    service.add_message(session, "user", "one")
    service.add_message(session, "user", "two")

    person = service.add_summary(session, "They began.", covers_to=1)
    assert (person.kind, person.covers_to) == ("given", 1)
    assert [one.text for one in service.build_context(session).messages[1:]] == ["two"]
    model = service.add_summary(session, "They went on.", model="haiku")
    assert (model.kind, model.model) == ("model", "haiku")
    assert len(service.build_context(session).messages) == 1


def test_a_message_to_one_that_is_over_begins_the_next(service, session, clock):
    service.add_message(session, "user", "first")
    clock.at += DAY
    service.add_message(session, "user", "second")

    after = service.find_by_conversation(123, "telegram")
    assert after.about.parent.uid == session.uid
    assert [one.text for one in service.messages(after)] == ["second"]
    assert [one.text for one in service.messages(session)] == ["first"]
    service.add_message(session.uid, "user", "third")
    assert len(service.messages(after)) == 2


def test_a_session_that_was_ended_is_followed_by_another(service, session):
    service.deactivate(session)

    assert service.get_or_create_session(**BOT).uid != session.uid
    assert not service.get_stats(session.uid).is_active


def test_forks_go_with_what_they_share_when_that_is_asked_for(service, session, store):
    service.add_message(session, "user", "Hello")
    fork = service.fork(session, "fork")
    service.fork(fork, "fork-of-fork")

    assert [one.name for one in service.children(session)] == ["fork"]
    with pytest.raises(Needed, match="is the past of fork"):
        service.remove(session)
    service.remove(session, cascade=True)
    assert store.names() == []


def test_a_session_that_is_removed_is_in_the_trash(service, session, store):
    service.remove(session)

    assert (store.names(), len(store.discarded())) == ([], 1)


def test_statistics_of_all_tell_how_the_cache_serves(service, session):
    for _ in range(3):
        service.find_by_id(session.name)
    found = service.get_stats()

    assert (found.total_sessions, found.active_sessions) == (1, 1)
    assert found.sessions_by_interface == {"telegram": 1}
    assert found.cache_size == 1
    assert found.cache_hit_rate >= 0.5


def test_what_is_over_is_cleaned_up(service, session, clock, store):
    service.get_or_create_session(conversation_id=1, interface_type="slack")
    service.deactivate("slack-1")
    assert service.cleanup().gone == ()

    clock.at += DAY
    assert service.cleanup().gone == ("telegram-123", "slack-1")
    assert store.discarded() == ["slack-1", "telegram-123"]


def test_what_was_ended_may_be_cleaned_up_at_once(service, session):
    service.deactivate(session)

    assert service.cleanup_expired().gone == ()
    assert service.cleanup_inactive().gone == ("telegram-123",)


def test_the_clean_up_is_due_once_an_hour(service, session, clock, store):
    clock.at += DAY - timedelta(minutes=30)
    assert service.cleanup_if_due().gone == ()
    clock.at += timedelta(minutes=30)
    assert service.cleanup_if_due() is None
    assert store.names() == ["telegram-123"]

    clock.at += timedelta(minutes=30)
    service.get_or_create_session(conversation_id=1, interface_type="api")
    assert store.names() == ["api-1"]


def test_a_clean_up_that_fails_stops_nobody(service, session, clock, monkeypatch):
    def broken():
        raise StorageError("no space left")

    monkeypatch.setattr(service, "cleanup", broken)
    clock.at += timedelta(hours=1)
    assert service.get_or_create_session(**BOT).uid == session.uid
    monkeypatch.undo()
    assert service.cleanup_if_due() is None


def test_threads_that_ask_at_once_get_one_session(service):
    found, gate = [], threading.Barrier(8)

    def ask():
        gate.wait()
        found.append(service.get_or_create_session(**BOT).uid)
        service.add_message("telegram-123", "user", "hi")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(service.messages("telegram-123")) == 8


def test_after_any_refusal_the_session_is_usable(service, session):
    for verb, given in [
        ("add_message", ("bot", "hi")),
        ("add_message", ("user", "x" * (5 << 20))),
        ("add_message", ("tool", "x")),
        ("update_state", ({"big": "x" * (1 << 17)},)),
        ("build_context", (0,)),
        ("forget", ("nothing",)),
    ]:
        with pytest.raises(AiSessionsError) as caught:
            getattr(service, verb)(session, *given)
        assert "\n" not in caught.value.message

    added = service.add_message(session, "user", "still here")
    assert service.messages(session) == (added,)
    assert isinstance(added, Message)


class SlowModel:
    """A summarizer that waits until it may go on, and says what it was given."""

    name, needs_model = "slow", True

    def __init__(self, draft):
        self.may_go_on, self.began, self._draft = threading.Event(), threading.Event(), draft

    def fold(self, _fold):
        self.began.set()
        self.may_go_on.wait()
        if isinstance(self._draft, Exception):
            raise self._draft
        return self._draft


def by_model(store, clock, draft):
    warnings, model = [], SlowModel(draft)
    limits = config.load({"DEFAULT_TOKEN_LIMIT": "1000", "MIN_MESSAGES_TO_SUMMARIZE": "5"})
    memory = Memory(summaries.Rules(summarizer=model, fewest=5))
    return Conversations(store, limits, clock, memory=memory, on_warning=warnings.append), (
        model,
        warnings,
    )


def test_no_message_waits_for_a_model_that_summarizes(store, clock):
    service, (model, warnings) = by_model(store, clock, Draft("they count ports"))
    session = service.get_or_create_session(**BOT)
    for number in range(9):
        service.add_message(session, "user", f"the port is {9000 + number} now", tokens=100)
    model.began.wait()
    assert service.find_by_id(session.name).summary_seq == -1
    service.add_message(session, "user", "meanwhile", tokens=100)
    model.may_go_on.set()
    service.finish()

    told = service.build_context(session).messages
    assert "they count ports" in told[0].text
    assert told[-1].text == "meanwhile"
    assert warnings == []


@pytest.mark.parametrize(
    ("draft", "told"),
    [
        (StorageError("no space left"), "nothing was summarized: no space left"),
        (Draft("x", detail=failures.detail("too late", 1, "haiku")), "rules wrote it: too late"),
    ],
    ids=["failed", "by rules"],
)
def test_what_goes_wrong_in_the_background_is_told(store, clock, draft, told):
    service, (model, warnings) = by_model(store, clock, draft)
    model.may_go_on.set()
    session = service.get_or_create_session(**BOT)
    for number in range(9):
        service.add_message(session, "user", f"the port is {9000 + number} now", tokens=100)
    service.finish()

    assert len(service.messages(session)) == 9
    assert any(told in one for one in warnings)


def test_all_that_is_said_is_counted_by_who_counts_for_its_memory(store, clock):
    def letters(text):
        return len(text)

    letters.source = "tokenizer"
    service = Conversations(store, config.load({}), clock, memory=Memory(Rules(count=letters)))
    session = service.get_or_create_session(conversation_id=1, interface_type="api")

    kept = service.add_message(session, "user", "hello")
    service.record_tool_call(session, "add", result="two")
    summary = service.add_summary(session, "All is well.")

    *_, result = service.messages(session)
    assert [(one.tokens, one.tokens_source) for one in (kept, result, summary)] == [
        (5, "tokenizer"),
        (3, "tokenizer"),
        (12, "tokenizer"),
    ]
