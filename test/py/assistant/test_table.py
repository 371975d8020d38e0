"""The page of statistics, line by line as the first program printed it."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.assistant import profile, statistics, table
from ai_sessions.assistant.profile import Profile
from ai_sessions.rotation.records import Tally, WindowState

NOW = datetime(2025, 1, 15, 14, 22, 15, tzinfo=UTC)
DECLAN = Profile("Declan", "Brakel", "x", "2025-01-15T10:30:00", "", 42)
#: What its author showed. Its rows make 133 requests and 35,700 tokens: they are today's.
PAGE = """\
╔════════════════════════════════════════════════════╗
║       SESSION & MODEL USAGE STATISTICS            ║
╚════════════════════════════════════════════════════╝

👤 SESSION INFO:
   User: Declan
   Assistant: Brakel
   Created: 2025-01-15
   Conversations: 42

📊 OVERALL USAGE:
   Total Requests: 156
   Total Tokens: 45,230

🤖 MODEL USAGE (Sorted by Usage):

Model                     Today        Limit    Usage %   Success
─────────────────────────────────────────────────────────────────
Google Gemini 2.0 Flash   45/12500     1000     4.5%     98.2%
DeepSeek R1               32/8900      1000     3.2%     95.1%
Meta Llama 3.2 3B         28/7800      1000     2.8%     99.0%
Mistral 7B Instruct       18/4200      1000     1.8%     97.5%
Nemotron 70B              10/2300      1000     1.0%     100.0%"""


def seen(user=DECLAN, tallies=None, windows=(), models=None):
    tallies = tallies or {}
    places = {key: models.place(key, ()) for key in tallies}
    return statistics.statistics(user, tallies, places, windows, NOW)


#: The five models as they were used for that page: of all time, today, answered.
USED = [
    (50, 15000, 45, 12500, 0.982),
    (40, 12000, 32, 8900, 0.951),
    (33, 9000, 28, 7800, 0.99),
    (21, 6230, 18, 4200, 0.975),
    (12, 3000, 10, 2300, 1.0),
]


@pytest.fixture
def used(assistant, folder, models, clock):
    """An assistant that finds the two files of the first program."""
    names = ("total_requests", "total_tokens", "requests_today", "tokens_used_today")
    at = profile.stamp(clock.now)
    facts = {
        model.id: {**dict(zip(names, counts, strict=True)), "success_rate": rate, "last_used": at}
        for model, (*counts, rate) in zip(models.top, USED, strict=True)
    }
    folder.write("model_usage.json", facts)
    profile.save(folder, DECLAN)
    return assistant


def test_the_page_is_that_of_the_first_program_line_by_line(used):
    assert table.text(used.statistics()).splitlines() == PAGE.splitlines()


def test_on_the_next_day_rows_are_0_and_totals_stay(used, clock):
    used.statistics()
    clock.now += timedelta(days=1)

    page = table.text(used.statistics())

    assert "Total Requests: 156\n   Total Tokens: 45,230" in page
    assert "Google Gemini 2.0 Flash   0/0          1000     0.0%     98.2%" in page


def test_without_a_user_the_page_says_how_to_become_one(models):
    page = table.text(seen(None, models=models))

    assert "👤 SESSION INFO:\n   Nobody yet: assistant.sh --init\n" in page


def test_a_limit_that_nobody_knows_is_a_question_mark(models):
    page = table.text(seen(tallies={"other:gpt-5": Tally(day_requests=1)}, models=models))

    assert page.splitlines()[-1] == f"{'gpt-5':26}{'0/0':13}{'?':9}{'?':9}100.0%"


def test_a_long_name_makes_its_column_wider(models):
    page = table.text(seen(tallies={"other:" + "模" * 15: Tally()}, models=models))

    head, rule, row = page.splitlines()[-3:]
    assert head.index("Today") == 33
    assert len(rule) == len(head)
    assert row.startswith("模" * 15 + "   0/0")


def test_names_of_a_file_steer_no_terminal(models):
    odd = Profile("De\x1b[2Jclan", "B", "x", "", "")

    assert "\x1b" not in table.text(seen(odd, {"other:\x1b[2Jx": Tally()}, models=models))


def test_a_terminal_without_pictures_gets_none(used):
    page = table.text(used.statistics(), ascii_only=True)

    assert page.isascii()


def test_each_limit_has_a_bar_and_its_reset(models):
    windows = [
        WindowState(
            *("quota:openrouter#ab12", "requests", "day", 50, 20, 5),
            resets_at=NOW + timedelta(hours=2),
        ),
        WindowState("quota:claude#", "percent", "rolling", 100, 75, rolling_s=18000),
        WindowState("quota:groq#", "tokens", "minute", None, 1200),
    ]

    drawn = table.bars(seen(windows=windows, models=models), models, NOW).splitlines()

    assert drawn[0] == "📈 LIMITS:"
    assert drawn[2].startswith("   OpenRouter day")
    assert "██████████░░░░░░░░░░  25 of 50 requests used, resets " in drawn[2]
    assert drawn[2].endswith("(in 2 h)")
    assert "5 h  ███████████████░░░░░  75 % used" in drawn[3]
    assert drawn[4].endswith("?            1,200 tokens used, limit unknown")
    assert len(drawn) == 5


def test_two_accounts_at_a_provider_are_told_apart(models):
    windows = [WindowState(f"quota:groq#{one}", "requests", "day", 50) for one in ("ab", "cd")]

    drawn = table.bars(seen(windows=windows, models=models), models, NOW).splitlines()

    assert [one.split()[:2] for one in drawn[2:]] == [["Groq", "ab"], ["Groq", "cd"]]


def test_without_limits_there_are_no_bars(models):
    assert table.bars(seen(models=models), models, NOW) == ""
