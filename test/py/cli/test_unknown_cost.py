"""A cost that nobody knows, at every door: `?` for people, null for programs, never 0."""

import csv
import io
import itertools
import json
import subprocess
from datetime import UTC, datetime

import pytest
from scripted import PLAN, ROOT

from ai_sessions import money
from ai_sessions.accounting import reports
from ai_sessions.records import About, stamp
from ai_sessions.store.files import FileStore
from ai_sessions.workspace.events import add_event
from ai_sessions.workspace.files import Workspace

from .conftest import call

NAME = "plan-pay"
CENT = 10_000_000
#: Costs of one and of two calls; None: not known.
COSTS = [list(one) for count in (1, 2) for one in itertools.product((None, 0, CENT), repeat=count)]

BY = [("stats", "--by", key) for key in reports.KEYS]
FOR_PEOPLE = [
    ("list",),
    ("show", "plan-search"),
    ("show", "plan-search", "--transcript"),
    ("stats",),
    ("status", "search"),
    ("status", "--all"),
    ("export", "--format", "md"),
    ("todo", "report"),
    ("todo", "report", "--md"),
    *BY,
    *((*words, "--md") for words in BY),
]
JSON = [
    ("list", "--json"),
    ("show", "plan-search", "--json"),
    ("stats", "--json"),
    ("stats", "--savings", "--json"),
    ("status", "search", "--json"),
    ("status", "--all", "--json"),
    ("export",),
    ("export", "--format", "jsonl"),
    ("todo", "report", "--json"),
    *((*words, "--json") for words in BY),
]
CSV = [
    ("list", "--format", "csv"),
    ("export", "--format", "csv"),
    ("todo", "report", "--csv"),
    *((*words, "--csv") for words in BY),
]


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
    return None if unknown(costs) and not known(costs) else known(costs) / 1_000_000_000


def test_lists_and_pages_say_what_is_known_and_that_there_is_more(cli, costs):
    assert shown(costs) in cli("list").out.splitlines()[-1].split("\t")
    [line] = [line for line in cli("show", NAME).out.splitlines() if line.startswith("Cost")]
    assert line.split()[1] == shown(costs)
    for words in (("stats",), *(("stats", "--by", key) for key in reports.KEYS)):
        assert shown(costs) in cli(*words).out, words
    assert f" {shown(costs)} |" in cli("stats", "--by", "feature", "--md").out


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


@pytest.fixture
def unknown_only(root, tmp_path):
    """A feature with one call of a model that no table has."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    store = FileStore(root, fsync="none")
    store.ensure("plan-search", About("plan", "search", str(tmp_path)))
    store.append("plan-search", [call(1, 0, None, model="model-of-tomorrow")])
    space = Workspace(str(tmp_path), ROOT, "search")
    space.write(PLAN.replace("feature: pay", "feature: search"), "plan.yaml")
    at = stamp(datetime.now(UTC))
    add_event(space, at, "call", task="T1.1", purpose="green", status="ok", cost_nusd=None)


def answered(cli, words):
    answer = cli(*words)
    assert answer.code == 0, answer.err
    return answer.out


@pytest.mark.parametrize("words", FOR_PEOPLE, ids=" ".join)
def test_people_see_a_question_mark_and_no_dollars(cli, unknown_only, words):
    text = answered(cli, words)

    assert "?" in text
    assert "$" not in text


@pytest.mark.parametrize("words", JSON, ids=" ".join)
def test_json_has_null_and_says_how_many_are_unknown(cli, unknown_only, words):
    text = answered(cli, words)
    facts = [each for line in text.splitlines() for each in mappings(json.loads(line))]

    paid = [each for each in facts if each.get("unknown_costs", 1)]  # tasks without a call are not
    assert {each[key] for each in paid for key in ("cost", "saved") if key in each} <= {None}
    assert {each.get("cost_nusd") for each in facts} <= {None, 0}  # of a sum the known part
    counts = (each.get(key) for each in facts for key in ("unknown_costs", "unknown"))
    assert any(counts) or "export" in words


@pytest.mark.parametrize("words", CSV, ids=" ".join)
def test_a_spreadsheet_has_an_empty_cell(cli, unknown_only, words):
    rows = list(csv.DictReader(io.StringIO(answered(cli, words))))

    assert [row["cost"] for row in rows] == [""]


def mappings(value):
    """Every JSON object in `value`, however deep."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from mappings(item)
