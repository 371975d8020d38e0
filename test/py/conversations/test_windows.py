"""What a server has said of its model's window: kept with the session, and true for a day."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.conversations import windows
from ai_sessions.providers.contract import Failure
from ai_sessions.records import About
from ai_sessions.store.files import FileStore

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def session_after(tmp_path):
    """The session after changes, read anew by another store."""

    def make(*changes):
        store = FileStore(tmp_path)
        store.ensure("talk", About())
        for change in changes:
            store.append("talk", [change])
        return FileStore(tmp_path).read("talk")

    return make


def failure(limit=None, sent=None):
    return Failure("context_too_long", "", limit_tokens=limit, sent_tokens=sent)


@pytest.mark.parametrize(
    ("limit", "counted", "sent", "window"),
    [
        (8192, 9000, 9000, 8192),
        (8192, 9000, 12_000, 8192),
        (8192, 12_000, 9000, 6144),  # it counts a third more than we do
        (8192, None, 12_000, 8192),
        (8192, None, 7000, 7000),
        (None, None, 12_000, 6000),
        (None, 9000, 12_000, 6000),
        (None, None, 0, 1),
    ],
)
def test_the_window_that_a_server_names_is_kept_in_our_measure(
    session_after, limit, counted, sent, window
):
    session = session_after(windows.learnt("openai", "m", failure(limit, counted), sent, NOW))

    assert windows.of(session, "openai", "m", None, NOW) == window


def test_it_is_that_of_one_model_at_one_provider(session_after):
    session = session_after(windows.learnt("openai", "m", failure(8192), 9000, NOW))

    assert windows.of(session, "openai", "m", 32_000, NOW) == 8192
    assert windows.of(session, "openai", "other", 32_000, NOW) == 32_000
    assert windows.of(session, "local", "m", None, NOW) is None


def test_a_larger_window_than_is_known_is_not_believed(session_after):
    session = session_after(windows.learnt("openai", "m", failure(64_000), 70_000, NOW))

    assert windows.of(session, "openai", "m", 32_000, NOW) == 32_000


def test_the_last_word_of_a_server_counts_for_a_day(session_after):
    first = windows.learnt("openai", "m", failure(4096), 9000, NOW)
    second = windows.learnt("openai", "m", failure(8192), 9000, NOW)
    session = session_after(first, second)

    assert windows.of(session, "openai", "m", 32_000, NOW + timedelta(days=1)) == 8192
    later = NOW + timedelta(days=1, seconds=1)
    assert windows.of(session, "openai", "m", 32_000, later) == 32_000


@pytest.mark.parametrize("value", [7, {"tokens": "x", "at": ""}, {"tokens": 5}, {"at": "x"}])
def test_what_is_no_window_changes_nothing(session_after, value):
    change = windows.learnt("openai", "m", failure(4096), 9000, NOW)
    session = session_after(type(change)(change.key, value))

    assert session.windows == {}
