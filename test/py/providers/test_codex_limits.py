"""The limit that stopped a thread, from codex's own log of it."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.providers import codex_limits

NOW = datetime(2026, 11, 28, 12, 50, tzinfo=UTC)
HOUR = timedelta(hours=1)
THREAD = "01a1fbe7-bd98-74e1-9df4-d91fdef184ba"


def window(used, minutes=300, wait_s=3600, **more):
    at = int(NOW.timestamp()) + wait_s
    return {"used_percent": used, "window_minutes": minutes, "resets_at": at, **more}


def event(primary, secondary=None):
    limits = {"limit_id": "codex", "primary": primary, "secondary": secondary}
    payload = {"type": "token_count", "info": None, "rate_limits": limits}
    return json.dumps({"type": "event_msg", "payload": payload})


@pytest.fixture
def found(tmp_path):
    """What is found in a log of these lines."""

    def look(*lines, thread=THREAD):
        path = tmp_path / f"rollout-2026-11-28T12-00-00-{THREAD}.jsonl"
        path.write_text("".join(f"{line}\n" for line in lines))
        return codex_limits.of_thread([tmp_path / "other.jsonl", path], thread, NOW)

    return look


@pytest.mark.parametrize(
    ("primary", "secondary", "limit"),
    [
        (window(100), window(80, 10080, 90_000), (NOW + HOUR, "five_hour")),
        (window(40), window(100, 10080, 90_000), (NOW + 25 * HOUR, "seven_day")),
        (window(100), window(100.0, 10080, 90_000), (NOW + 25 * HOUR, "seven_day")),
        (window(100, 43200), None, (NOW + HOUR, "")),
        (window(99.9), None, (None, "")),
        (None, None, (None, "")),
        ({"used_percent": 100, "resets_in_seconds": 3600}, None, (NOW + HOUR, "")),
        ({"used_percent": 100}, None, (None, "")),
        ({"used_percent": "all", "resets_at": "soon"}, None, (None, "")),
    ],
)
def test_the_window_that_is_used_up_names_the_end(found, primary, secondary, limit):
    assert found(event(primary, secondary)) == limit


def test_the_last_word_counts(found):
    assert found(event(window(100)), event(window(10)), '{"type":"other"}') == (None, "")
    assert found(event(window(10)), "garbage rate_limits", event(window(100)))[1] == "five_hour"


def test_only_the_end_of_a_long_log_is_read(found):
    assert found(event(window(100)), "x" * codex_limits._END_BYTES) == (None, "")


def test_no_log_and_no_thread_tell_nothing(found, tmp_path):
    assert found(event(window(100)), thread="") == (None, "")
    assert found(event(window(100)), thread="another") == (None, "")
    missing = tmp_path / f"gone-{THREAD}.jsonl"
    assert codex_limits.of_thread([missing], THREAD, NOW) == (None, "")
