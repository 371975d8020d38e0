"""What `stats` answers: groups that add up, cells for other programs, savings."""

import csv
import io
import json

import pytest

from ai_sessions.records import About, Cost, Interaction, Usage


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


def test_a_session_that_cannot_be_read_is_named_and_left_out(cli, store, root):
    journal = root / "plan-payment" / "journal.jsonl"
    journal.unlink()
    journal.mkdir()
    answer = cli("stats", "--by", "session")

    assert answer.code == 0
    assert "implement-payment" in answer.out
    assert "warning: plan-payment is left out: " in answer.err


def test_a_time_without_calls_is_said_and_is_no_error(cli, store):
    answer = cli("stats", "--by", "day", "--since", "2099-01-01")

    assert (answer.code, answer.out, answer.err) == (0, "", "no calls in that time\n")


def test_savings_go_by_the_prices_of_the_user(cli, store, monkeypatch):
    monkeypatch.setenv("PRICES", "{mine: {input: 10, output: 0, cache_read: 1}}")
    usage = Usage(1_000_000, 0, 1_000_000)
    store.ensure("chat-mine", About("chat", "mine"))
    store.append("chat-mine", [Interaction("i", "", "openai", "mine", (), usage, Cost(10**9))])

    found = json.loads(cli("stats", "--savings", "--feature", "mine", "--json").out)

    assert (found["saved"], found["cost_share"]) == (9.0, 0.9)
