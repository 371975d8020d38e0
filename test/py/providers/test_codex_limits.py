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


def event(primary, secondary=None, *, name="codex", after_s=0):
    limits = {"limit_id": name, "primary": primary, "secondary": secondary}
    payload = {"type": "token_count", "info": None, "rate_limits": limits}
    at = (NOW + timedelta(seconds=after_s)).isoformat()
    return json.dumps({"timestamp": at, "type": "event_msg", "payload": payload})


@pytest.fixture
def logs(tmp_path):
    """The logs of two threads; these lines are one of them."""

    def written(*lines):
        path = tmp_path / f"rollout-2026-11-28T12-00-00-{THREAD}.jsonl"
        path.write_text("".join(f"{line}\n" for line in lines))
        return [tmp_path / "other.jsonl", path]

    return written


@pytest.fixture
def found(logs):
    """What is found in a log of these lines."""

    def look(*lines, thread=THREAD):
        return codex_limits.of_thread(logs(*lines), thread, NOW)

    return look


@pytest.fixture
def told(logs):
    """Use and model of the limits that such a log tells of."""

    def look(*lines):
        found = codex_limits.told(logs(*lines), THREAD, NOW, NOW)
        return [(one.used, one.model) for one in found]

    return look


def test_every_window_is_told_as_the_log_has_it_last(told):
    older, newer = event(window(10)), event(window(37), window(4, 10080))

    assert told(older, newer, '{"type":"other"}') == [(37, ""), (4, "")]


def test_what_was_logged_before_the_run_is_not_told(told):
    assert told(event(window(10), after_s=-1)) == []
    assert told(event(window(10)).replace("timestamp", "written")) == []


def test_a_model_with_limits_of_its_own_takes_no_others_away(told):
    assert told(event(window(10)), event(window(0), name="spark")) == [(0, "spark"), (10, "")]


def test_a_thread_without_a_subscription_tells_nothing(told):
    assert told(event(None), "garbage rate_limits") == []


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
