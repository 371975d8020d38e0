"""`stats` by group and time."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ai_sessions import money, times
from ai_sessions.cli import listing, watching
from ai_sessions.cli.output import Output
from ai_sessions.records import About, Cost, Interaction, Usage, stamp
from ai_sessions.store.files import FileStore


def groups(cli, *options: str) -> dict:
    return json.loads(cli("stats", *options, "--json").out)["groups"]


def opening(answer):
    return [line.split() for line in answer.out.split("\n\n")[0].splitlines()]


def test_stats_open_with_today_this_week_and_this_month(cli, store):
    head, today, *others = opening(cli("stats"))

    assert head == ["Period", "interactions", "tokens", "in", "out", "cached", "cost"]
    assert today == ["Today", "1", "1,000", "200", "40%", "$0.0205"]
    assert [" ".join(line[:2]) for line in others] == ["This week", "This month"]


def test_each_has_the_budget_it_counts_against_beside_it(cli, store, monkeypatch):
    monkeypatch.setenv("BUDGET_MONTH", "150")
    head, today, week, month = opening(cli("stats"))

    assert head[-1] == "budget"
    assert (today[-1], week[-1]) == ("$0.0205", week[-1])
    assert month[-2:] == ["of", "$150.00"]


def test_json_has_the_periods_with_their_budgets(cli, store, monkeypatch):
    monkeypatch.setenv("BUDGET_DAY", "0.05")
    found = json.loads(cli("stats", "--json").out)["periods"]

    assert list(found) == ["today", "week", "month"]
    assert found["today"]["budget"] == {
        **{"cost_nusd": 20_500_000, "cost": 0.0205, "unknown_costs": 0},
        **{"limit_nusd": 50_000_000, "limit": 0.05},
        **{"forecast_nusd": None, "forecast": None, "used_up_at": None},
    }
    assert (found["week"]["budget"], found["month"]["budget"]) == (None, None)


def test_days_of_another_zone_are_not_those_of_budgets(cli, store, monkeypatch):
    monkeypatch.setenv("BUDGET_DAY", "5")

    assert opening(cli("stats", "--tz", "Pacific/Auckland"))[0][-1] == "cost"


@pytest.mark.parametrize(
    "options",
    [
        ["--by", "colour"],
        ["--since", "someday"],
        ["--by", "day", "--tz", "Mars/X"],
        ["--savings", "--by", "day"],
        ["--savings", "--csv"],
        ["--savings", "--md"],
        ["--html", "x.html", "--by", "day"],
        ["--html", "x.html", "--watch"],
        ["--html", "x.html", "--csv"],
        ["--since", "2026-11-02", "--until", "2026-11-01"],
        ["--since", "tomorrow"],
        ["--until", "2026-11-31"],
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused_in_one_line(cli, store, options):
    answer = cli("stats", *options)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: ")


def test_a_page_is_one_file_with_charts_and_budgets(cli, store, monkeypatch, tmp_path):
    monkeypatch.setenv("BUDGET_DAY", "10")
    answer = cli("stats", "--html", str(tmp_path / "x.html"))
    page = (tmp_path / "x.html").read_text(encoding="utf-8")

    assert (answer.code, answer.out) == (0, "")
    assert "of $10.00" in page
    assert "script" not in page
    assert 'href="/' not in page
    assert cli("stats", "--html", "-").out.startswith("<!DOCTYPE html>")


def test_watching_as_one_object_is_refused(cli, store):
    assert cli("stats", "--watch", "--json").code == 2


def test_watching_shows_the_report_until_it_is_interrupted(cli, store, monkeypatch):
    def interrupted(_seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    answer = cli("stats", "--by", "feature", "--watch")

    assert answer.code == 0
    assert answer.out == cli("stats", "--by", "feature").out


@pytest.fixture
def late(root, local_zone):
    """A call an hour before midnight in Auckland, and one an hour and a half after it."""
    local_zone("Pacific/Auckland")
    before = datetime(2026, 11, 28, 9, tzinfo=UTC)
    store = FileStore(root, fsync="none", now=lambda: before)
    store.ensure("plan-late", About("plan", "late"))
    for at, nusd in (("2026-11-28T10:00:00.000Z", 10**9), ("2026-11-28T12:30:00.000Z", 2 * 10**9)):
        paid = Cost(nusd, "client")
        store.append("plan-late", [Interaction(at, at, "claude", "m", (), Usage(1, 1), paid)])
    return store


def test_days_are_the_users_own(cli, late):
    assert {name: group["cost"] for name, group in groups(cli, "--by", "day").items()} == {
        "2026-11-28": 1.0,
        "2026-11-29": 2.0,
    }
    assert list(groups(cli, "--by", "day", "--tz", "UTC")) == ["2026-11-28"]


@pytest.mark.parametrize("day", ["2026-11-29", "20261129", "2026-W48-7"])
def test_a_day_ends_at_midnight_however_it_is_written(cli, late, day):
    assert list(groups(cli, "--by", "day", "--since", day, "--until", day)) == ["2026-11-29"]
    assert groups(cli, "--by", "day", "--since", day, "--until", day, "--tz", "UTC") == {}


def test_a_week_is_named_with_its_days_on_the_screen_alone(cli, late):
    assert cli("stats", "--by", "week").out.splitlines()[1].startswith("2026-W48 (Nov 23-29) ")
    assert list(groups(cli, "--by", "week", "--since", "2026-W48")) == ["2026-W48"]
    assert cli("stats", "--by", "week", "--csv").out.splitlines()[1].startswith("2026-W48,")


def test_an_export_counts_the_same_days(cli, late):
    [found] = json.loads(cli("export", "--since", "2026-11-29", "--until", "2026-11-29").out)
    assert [one["cost_nusd"] for one in found["interactions"]] == [2 * 10**9]

    assert json.loads(cli("export", "--since", "2026-11-29", "--tz", "UTC").out) == []


def test_a_report_of_todos_counts_the_same_days(cli, late):
    assert "2026-11-29 01:30" in cli("todo", "report", "2026-11-29", "2026-11-29").out
    assert cli("todo", "report", "2026-11-29", "--tz", "UTC").out == ""


def test_watching_shows_a_new_day_although_nothing_was_written(cli, late, monkeypatch):
    states = []
    monkeypatch.setattr(watching, "watch", lambda _out, state, _show: states.append(state()))
    for zone in ("Etc/GMT+12", "Pacific/Kiritimati"):  # never the same day
        cli("stats", "--by", "day", "--watch", "--tz", zone)

    assert states[0] != states[1]


def test_a_wrong_time_is_refused_with_its_value_and_examples(cli, store):
    answer = cli("stats", "--since", "tomorrow")

    assert "not a time: 'tomorrow'" in answer.err
    assert all(form in answer.err for form in ("2026-11", "monday", "7d", '"2 weeks"'))


def spend(root, *costs):
    """Calls of now."""
    at = stamp(datetime.now(UTC))
    store = FileStore(root, fsync="none")
    store.ensure("plan-pay", About("plan", "pay", "/home/me/shop"))
    calls = [
        Interaction(f"c{i}", at, "echo", "m", (), Usage(10, 5), Cost(nusd, "client"))
        for i, nusd in enumerate(costs)
    ]
    store.append("plan-pay", calls)


def test_a_forecast_stands_beside_what_was_spent(cli, root, monkeypatch):
    spend(root, *[500_000_000] * 5)
    monkeypatch.setattr(times, "spanned", spans(18))
    monkeypatch.setenv("BUDGET_MONTH", "3")
    answer = cli("stats")

    head, today, _week, month = (line.split() for line in answer.out.splitlines()[:4])
    assert head[-4:] == ["at", "this", "rate", "budget"]
    assert today[-1] == "$3.33"
    assert month[-4:] == ["$3.33", "$2.50", "of", "$3.00"]
    assert "\nat this rate this month's budget is used up around " in answer.out


def spans(hours):
    """A day, week and month that began so many hours ago and have 24 of them."""

    def spanned(at, _period, _zone):
        since = at - timedelta(hours=hours)
        return since, since + timedelta(hours=24)

    return spanned


def test_costs_of_json_add_up_to_the_cent(cli, root):
    """As `jq 'add'` does it: floats, one after the other."""
    odd = [5_100_000, 1, 999_999_999, 67_355_058_851, 3_333_333_333, 20_500_001] * 500
    spend(root, *odd)
    (session,) = json.loads(cli("export").out)
    costs = [one["cost"] for one in session["interactions"]]
    by_day = groups(cli, "--by", "day").values()

    assert [money.nano(cost) for cost in costs] == odd
    for added in (sum(costs), sum(group["cost"] for group in by_day)):
        assert abs(Decimal(added) - money.dollars(sum(odd))) < Decimal("0.000001")


def test_a_narrow_terminal_does_without_the_forecasts_and_keeps_the_budgets(cli, root, monkeypatch):
    spend(root, *[500_000_000] * 5)
    monkeypatch.setattr(times, "spanned", spans(18))
    monkeypatch.setenv("BUDGET_DAY", "1000")
    monkeypatch.setattr(Output, "is_terminal", lambda _self: True)
    monkeypatch.setattr(listing, "room", lambda: 50)
    head, today, *_others = cli("stats").out.splitlines()

    assert head.split() == ["Period", "cost", "budget"]
    assert today.split() == ["Today", "$2.50", "$2.50", "of", "$1,000.00"]
