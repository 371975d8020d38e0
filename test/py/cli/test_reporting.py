"""`stats` by group and time."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from ai_sessions import money, times
from ai_sessions.cli import watching
from ai_sessions.records import About, Cost, Interaction, Usage, stamp
from ai_sessions.store.files import FileStore


def groups(cli, *options: str) -> dict:
    return json.loads(cli("stats", *options, "--json").out)["groups"]


@pytest.mark.parametrize(
    ("key", "names"),
    [
        ("session", ["implement-payment", "plan-payment", "plan-search"]),
        ("feature", ["payment", "search"]),
        ("command", ["implement", "plan"]),
        ("provider", ["claude"]),
        ("project", ["/home/me/shop", "/home/me/wiki"]),
    ],
)
def test_stats_group_by_what_one_asks_for(cli, store, key, names):
    assert list(groups(cli, "--by", key)) == names


def test_groups_add_up_to_the_whole_to_the_nano_dollar(cli, store):
    whole = json.loads(cli("stats", "--json").out)["cost_nusd"]

    for key in ("session", "task", "day", "week", "month", "model"):
        assert sum(group["cost_nusd"] for group in groups(cli, "--by", key).values()) == whole


def test_only_calls_in_the_time_count(cli, store):
    assert list(groups(cli, "--by", "session", "--since", "10d")) == [
        "implement-payment",
        "plan-search",
    ]
    assert list(groups(cli, "--by", "session", "--until", "2001-01-01")) == []


def test_a_pipe_gets_plain_columns_and_a_sum(cli, store):
    lines = cli("stats", "--by", "feature").out.splitlines()

    assert lines[0].split() == ["feature", "interactions", "tokens", "in", "out", "cached", "cost"]
    assert lines[-1].split()[-1] == "$0.0355+?"
    assert "█" not in "".join(lines)


def test_csv_has_numbers_and_leaves_the_unknown_empty(cli, store):
    rows = list(csv.DictReader(io.StringIO(cli("stats", "--by", "feature", "--csv").out)))

    assert [(row["feature"], row["cost"]) for row in rows] == [
        ("payment", "0.0355"),
        ("search", ""),
    ]


def test_markdown_is_a_table(cli, store):
    lines = cli("stats", "--by", "feature", "--md").out.splitlines()

    assert lines[2].split()[:5] == ["|", "payment", "|", "3", "|"]
    assert lines[-1].split()[:6] == ["|", "in", "all", "|", "4", "|"]
    assert len({line.count("|") for line in lines}) == 1


def test_markdown_has_its_numbers_on_the_right(cli, store):
    sides = cli("stats", "--by", "feature", "--md").out.splitlines()[1].strip("|").split("|")

    assert [side.endswith(":") for side in sides] == [False, True, True, True, True, True]


def test_savings_say_what_the_cache_was_worth(cli, store):
    found = json.loads(cli("stats", "--savings", "--json").out)

    assert (found["calls"], found["token_share"]) == (4, 0.4)
    assert found["saved_nusd"] > 0
    assert "From cache     40% of the input" in cli("stats", "--savings").out


def test_savings_judge_the_claim_by_these_calls(cli, store):
    found = json.loads(cli("stats", "--savings", "--json").out)

    holds = found["cost_share"] >= 0.4
    assert found["claim"] == {"cost_share": 0.4, "holds": holds}
    word = "true" if holds else "not true"
    assert cli("stats", "--savings").out.splitlines()[-1] == f"40% claimed    {word} of these calls"


def test_savings_of_calls_without_a_price_are_not_zero(cli, store):
    found = json.loads(cli("stats", "--savings", "--since", "2099-01-01", "--json").out)

    assert (found["saved"], found["saved_nusd"], found["claim"]["holds"]) == (None, None, None)
    told = cli("stats", "--savings", "--since", "2099-01-01").out
    assert "cannot be told" in told
    assert "$" not in told


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


def test_a_session_that_cannot_be_read_is_named_and_left_out(cli, store, root):
    journal = root / "plan-payment" / "journal.jsonl"
    journal.unlink()
    journal.mkdir()
    answer = cli("stats", "--by", "session")

    assert answer.code == 0
    assert "implement-payment" in answer.out
    assert "warning: plan-payment is left out: " in answer.err


@pytest.mark.parametrize(
    "options",
    [
        ["--by", "colour"],
        ["--since", "someday"],
        ["--by", "day", "--tz", "Mars/X"],
        ["--savings", "--by", "day"],
        ["--savings", "--csv"],
        ["--savings", "--md"],
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


def test_a_time_without_calls_is_said_and_is_no_error(cli, store):
    answer = cli("stats", "--by", "day", "--since", "2099-01-01")

    assert (answer.code, answer.out, answer.err) == (0, "", "no calls in that time\n")


def test_watching_as_one_object_is_refused(cli, store):
    assert cli("stats", "--watch", "--json").code == 2


def test_watching_shows_the_report_until_it_is_interrupted(cli, store, monkeypatch):
    def interrupted(_seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    answer = cli("stats", "--by", "feature", "--watch")

    assert answer.code == 0
    assert answer.out == cli("stats", "--by", "feature").out


def test_savings_go_by_the_prices_of_the_user(cli, store, monkeypatch):
    monkeypatch.setenv("PRICES", "{mine: {input: 10, output: 0, cache_read: 1}}")
    usage = Usage(1_000_000, 0, 1_000_000)
    store.ensure("chat-mine", About("chat", "mine"))
    store.append("chat-mine", [Interaction("i", "", "openai", "mine", (), usage, Cost(10**9))])

    found = json.loads(cli("stats", "--savings", "--feature", "mine", "--json").out)

    assert (found["saved"], found["cost_share"]) == (9.0, 0.9)


@pytest.fixture
def late(root, local_zone):
    """A call an hour before midnight in Auckland, and one an hour and a half after it."""
    local_zone("Pacific/Auckland")
    store = FileStore(root, fsync="none")
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
