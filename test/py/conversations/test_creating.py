"""A new conversation with what it begins with; of two at once one makes it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from ai_sessions.conversations.creating import create
from ai_sessions.dialogue.opening import Opening, Pinned
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.records import About
from ai_sessions.store.files import FileStore
from ai_sessions.store.memory import MemoryStore

NOW = datetime(2026, 11, 29, tzinfo=UTC)
WHOLE = Opening(
    system="You are brief.",
    pins=(Pinned("No dates."), Pinned("Be kind.", "1", "style guide"), Pinned("In Polish.")),
    state={"plan": "pro", "cart": {"items": [1]}},
    token_limit=8000,
    tags=("support", "orders"),
    title="Support desk",
    description="Answers questions.",
    expires_in_ms=1000,
)


@pytest.fixture(params=["files", "memory"])
def store(request, tmp_path):
    if request.param == "memory":
        return MemoryStore(now=lambda: NOW)
    return FileStore(tmp_path / "sessions", fsync="none", now=lambda: NOW)


def test_it_has_all_that_it_begins_with(store):
    made = create(store, NOW, "support", WHOLE, About(project="/src/shop"))

    assert (made.kind, made.about.title, made.description) == (
        *("chat", "Support desk"),
        "Answers questions.",
    )
    assert (made.about.project, made.about.token_limit) == ("/src/shop", 8000)
    assert made.expires_at == "2026-11-29T00:00:01.000Z"
    assert made.tags == ("support", "orders")
    assert made.state == {"plan": "pro", "cart": {"items": [1]}}
    assert store.read("support") == made


def test_pins_without_a_key_get_the_next_free_number(store):
    pins = create(store, NOW, "support", WHOLE, About()).pins

    assert {key: pin.text for key, pin in pins.items()} == {
        **{"1": "Be kind.", "2": "No dates."},
        "3": "In Polish.",
    }
    assert pins["1"].reason == "style guide"


def test_the_system_text_is_its_first_message_with_its_tokens(store):
    session = create(store, NOW, "support", WHOLE, About())
    *_, last = store.entries("support")

    assert (last.message.role, last.message.text) == ("system", "You are brief.")
    assert last.message.tokens_source == "estimate"
    assert session.totals.messages == 1
    assert session.totals.said_input_tokens == last.message.tokens > 0


def test_one_that_is_there_is_left_as_it_is(store):
    store.ensure("plan-a", About("plan", "a"))

    with pytest.raises(UsageError, match="session plan-a exists already"):
        create(store, NOW, "plan-a", WHOLE, About())
    assert store.read("plan-a").last_seq == 0


@pytest.mark.parametrize("opening", [Opening(), WHOLE], ids=["empty", "whole"])
def test_of_two_at_once_one_makes_it(store, opening, monkeypatch):
    monkeypatch.setattr(store, "names", lambda: [])  # neither has seen the other

    def attempt(_number):
        try:
            return create(store, NOW, "support", opening, About()).name
        except UsageError as error:
            return error.message

    with ThreadPoolExecutor(4) as pool:
        said = sorted(pool.map(attempt, range(4)))
    assert said == ["session support exists already"] * 3 + ["support"]
    assert store.read("support").totals.messages == bool(opening.system)


def test_what_is_too_large_makes_nothing(store):
    with pytest.raises(UsageError, match="its state and pins would have"):
        create(store, NOW, "support", Opening(state={"x": "y" * 70_000}), About())
    with pytest.raises(NotFound):
        store.read("support")


def test_a_name_that_is_none_is_refused(store):
    with pytest.raises(UsageError, match="not a session name"):
        create(store, NOW, "../x", Opening(), About())
    assert store.names() == []


def test_what_counts_is_said_with_what_it_counted(store):
    def letters(text):
        return len(text)

    letters.source = "tokenizer"

    create(store, NOW, "support", WHOLE, About(), letters)

    *_, last = store.entries("support")
    assert (last.message.tokens, last.message.tokens_source) == (14, "tokenizer")
