"""A cost that nobody knows, at every door: `?` for people, null for programs, never 0."""

import csv
import io
import itertools
import json

import pytest

from ai_sessions import money
from ai_sessions.accounting import reports
from ai_sessions.records import About
from ai_sessions.store.files import FileStore

from .conftest import call

NAME = "plan-pay"
CENT = 10_000_000
#: Costs of one and of two calls; None: not known.
COSTS = [list(one) for count in (1, 2) for one in itertools.product((None, 0, CENT), repeat=count)]


@pytest.fixture(params=COSTS, ids=str)
def costs(request, root):
    """A session whose calls cost this."""
    store = FileStore(root, fsync="none")
    store.ensure(NAME, About("plan", "pay", "/src/shop"))
    store.append(
        NAME, [call(number, 0, cost, task="T1") for number, cost in enumerate(request.param)]
    )
    return request.param


def known(costs):
    return sum(cost or 0 for cost in costs)


def unknown(costs):
    return costs.count(None)


def shown(costs):
    return money.shown(known(costs), unknown(costs))


def dollars(costs):
    """As JSON and CSV have it."""
    return None if unknown(costs) == len(costs) else known(costs) / 1_000_000_000


def test_lists_and_pages_say_what_is_known_and_that_there_is_more(cli, costs):
    assert shown(costs) in cli("list").out.splitlines()[-1].split("\t")
    [line] = [line for line in cli("show", NAME).out.splitlines() if line.startswith("Cost")]
    assert line.split()[1] == shown(costs)
    for words in (("stats",), *(("stats", "--by", key) for key in reports.KEYS)):
        assert shown(costs) in cli(*words).out, words
    assert f"| {shown(costs)} " in cli("stats", "--by", "feature", "--md").out


def test_what_nobody_knows_is_never_shown_as_nothing(cli, costs):
    said = "".join(cli(*words).out for words in (("list",), ("show", NAME), ("stats",)))
    if not any(cost == 0 for cost in costs):
        assert "$0.0000" not in said
    assert ("?" in said) is bool(unknown(costs))


def test_programs_get_null_and_a_count(cli, costs):
    stats = json.loads(cli("stats", "--json").out)
    shares = [stats, *stats["by_model"].values(), *stats["by_feature"].values()]
    for key in reports.KEYS:
        shares += json.loads(cli("stats", "--by", key, "--json").out)["groups"].values()
    for one in shares:
        found = (one["cost"], one["cost_nusd"], one["unknown_costs"])
        assert found == (dollars(costs), known(costs), unknown(costs))


def test_csv_leaves_it_empty(cli, costs):
    [row] = csv.DictReader(io.StringIO(cli("stats", "--by", "model", "--csv").out))

    assert row["cost"] == ("" if dollars(costs) is None else str(dollars(costs)))
    assert row["unknown_costs"] == str(unknown(costs))


def test_an_export_has_each_call_as_it_is_known(cli, costs):
    [session] = json.loads(cli("export", NAME).out)

    told = [None if cost is None else cost / 1_000_000_000 for cost in costs]
    assert [one["cost"] for one in session["interactions"]] == told
    assert [one["cost_nusd"] for one in session["interactions"]] == costs
