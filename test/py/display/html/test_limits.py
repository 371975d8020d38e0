"""Limits of providers as a table: what is used of each, when it begins again, what is unknown."""

from datetime import UTC, datetime, timedelta

from ai_sessions.display.html import limits
from ai_sessions.rotation.records import WindowState

NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)


def window(pool="claude#", used=37, limit=100, unit="percent", resets_at=LATER):
    return WindowState(
        f"quota:{pool}", unit, "rolling", limit, used, resets_at=resets_at, rolling_s=18_000
    )


def shown(*windows, reached=(), pauses=()):
    return limits.content(windows, reached, pauses, NOW, UTC)


def test_where_nothing_is_known_nothing_is_shown():
    assert shown() == ""


def test_a_limit_has_what_is_used_and_when_it_begins_again():
    page = shown(window())

    assert '<th scope="row">claude 5 h</th><td>37 % used</td>' in page
    assert 'width="37"' in page
    assert "<td>12:00 (in 2 h)</td>" in page


def test_what_nobody_knows_has_no_bar_and_no_time():
    page = shown(window(limit=None, resets_at=None))

    assert "<td>unknown</td><td></td><td></td>" in page


def test_a_window_that_has_ended_says_nothing_of_its_end():
    assert "10:00" not in shown(window(resets_at=NOW))


def test_of_several_accounts_each_is_named():
    page = shown(window(), window("claude#work"))

    assert "claude (the default account) 5 h" in page
    assert "claude (account work) 5 h" in page


def test_a_model_that_pauses_says_until_when_and_why():
    page = shown(pauses=[limits.Pause("<m>", LATER, "<too many requests>")])

    row = '<td class="words">12:00 (in 2 h)</td>'
    assert f'<th scope="row">&lt;m&gt;</th>{row}' in page
    assert "&lt;too many requests&gt;" in page


def test_a_limit_that_is_reached_stands_first():
    page = shown(window(), reached=["claude: limit reached"])

    assert page.index("claude: limit reached") < page.index("37 % used")
