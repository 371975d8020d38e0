"""The commands that look at sessions and look after them."""

import csv
import io
import json
import os
import shutil
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ai_sessions.records import About, Change, Cost, Interaction, Message, Resume
from ai_sessions.store.files import FileStore
from ai_sessions.store.files.upkeep import FileUpkeep


def test_an_empty_store_says_what_to_run_first(cli, root):
    answer = cli("list")

    assert (answer.code, answer.out) == (0, "")
    assert "init-session.sh" in answer.err
    assert not root.exists()


def test_list_in_a_pipe_has_one_whole_line_per_session(cli, store):
    lines = cli("list").out.splitlines()

    assert lines[0].split("\t")[0] == "name"
    assert [line.split("\t")[0] for line in lines[1:]] == [
        "implement-payment",
        "plan-search",
        "plan-payment",
    ]
    assert "\x1b" not in "".join(lines)


def test_an_unknown_price_is_a_question_mark_and_null_never_zero(cli, store):
    row = next(line for line in cli("list").out.splitlines() if line.startswith("plan-search"))
    found = json.loads(cli("list", "--feature", "search", "--json").out)

    assert row.split("\t")[4] == "?"
    assert found["sessions"][0]["totals"]["cost"] is None


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--active"], ["implement-payment", "plan-search"]),
        (["--command", "plan"], ["plan-search", "plan-payment"]),
        (["--feature", "payment"], ["implement-payment", "plan-payment"]),
        (["--project", "wiki"], ["plan-search"]),
        (["--project", "/home/me/shop"], ["implement-payment", "plan-payment"]),
        (["--sort", "name"], ["implement-payment", "plan-payment", "plan-search"]),
        (["--sort", "cost", "--limit", "1"], ["implement-payment"]),
        (["--sort", "created", "--limit", "1"], ["implement-payment"]),
    ],
)
def test_list_filters_and_sorts(cli, store, options, names):
    found = json.loads(cli("list", *options, "--json").out)

    assert [session["name"] for session in found["sessions"]] == names


def test_list_as_csv_has_the_cost_as_a_number(cli, store):
    rows = list(csv.DictReader(io.StringIO(cli("list", "--csv").out)))

    assert [row["cost"] for row in rows] == ["0.0305", "", "0.005"]


def test_list_show_and_export_give_a_session_the_same_keys(cli, store):
    listed = json.loads(cli("list", "--feature", "search", "--json").out)["sessions"][0]
    shown = json.loads(cli("show", "plan-search", "--json").out)["session"]
    exported = json.loads(cli("export", "plan-search").out)[0]

    assert listed == shown
    assert {key: exported[key] for key in listed} == listed


def test_show_has_exactly_one_line_with_the_cost(cli, store):
    lines = [line for line in cli("show", "implement-payment").out.splitlines() if "Cost" in line]

    assert len(lines) == 1
    assert "$0.0305" in lines[0]


def test_no_fact_of_a_session_passes_for_another_line(cli, store):
    forged = "claude\nCost           $0.0000"
    store.append("plan-payment", [Change(f"resume.{forged}", Resume("0190"))])
    lines = cli("show", "plan-payment").out.splitlines()

    assert [line for line in lines if line.startswith("Cost")] == ["Cost           $0.0050"]


def test_show_takes_the_beginning_of_a_name(cli, store):
    assert cli("show", "impl").out.startswith("Session        implement-payment")


def test_an_ambiguous_beginning_lists_the_choices(cli, store):
    answer = cli("show", "plan")

    assert answer.code == 4
    assert "plan-payment, plan-search" in answer.err


def test_an_unknown_name_names_the_nearest_one(cli, store):
    answer = cli("show", "plan-serch", "--json")
    told = json.loads(answer.out)

    assert (answer.code, told["ok"], told["error"]["kind"]) == (4, False, "not_found")
    assert told["error"]["hint"] == "did you mean plan-search?"
    assert answer.err.splitlines()[0] == "error: no session 'plan-serch'"


@pytest.mark.parametrize("name", ["../x", "a/b", "-x", "A", "x\ny", ""])
def test_an_unsafe_name_is_refused(cli, store, name):
    assert cli("show", "--", name).code == 2


def test_show_shows_as_many_calls_as_asked(cli, store):
    found = json.loads(cli("show", "implement-payment", "--interactions", "1", "--json").out)

    assert [one["task"] for one in found["interactions"]] == ["T1.2"]
    assert found["interactions"][0]["cost"] == 0.0205


def test_a_transcript_has_everything_that_was_said(cli, store):
    page = cli("show", "implement-payment", "--transcript").out

    assert page.startswith("# Session: implement-payment\n")
    assert "\n\n> Do step 1\n" in page
    assert "T1.2" in page


def test_stats_add_up_and_mark_what_is_not_known(cli, store):
    text = cli("stats").out
    sums = json.loads(cli("stats", "--json").out)

    assert "Cost           $0.0355+? (1 of 4 calls unpriced)" in text
    assert (sums["sessions"], sums["interactions"]) == (3, 4)
    assert (sums["cost_nusd"], sums["cost"], sums["unknown_costs"]) == (35_500_000, 0.0355, 1)
    assert sums["cache_share"] == 0.4
    assert list(sums["by_feature"]) == ["payment", "search"]
    assert sums["by_feature"]["search"]["cost"] is None


def test_stats_of_one_feature(cli, store):
    assert json.loads(cli("stats", "--feature", "search", "--json").out)["interactions"] == 1


def test_clean_moves_what_is_old_to_the_trash_and_back(cli, store, root):
    cleaned = cli("clean", "--older-than", "30")

    assert cleaned.code == 0
    assert "plan-payment" in cleaned.err
    assert not (root / "plan-payment").exists()
    assert cli("restore", "plan-payment").code == 0
    assert cli("list").out.count("plan-payment") == 1


def test_clean_says_nothing_when_there_is_nothing_to_do(cli, store):
    answer = cli("clean", "--older-than", "300d")

    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_a_dry_run_removes_nothing(cli, store, root):
    answer = cli("clean", "--older-than", "30", "--dry-run", "--json")

    assert json.loads(answer.out)["would_remove"] == ["plan-payment"]
    assert (root / "plan-payment").exists()


def test_clean_frees_the_raw_output_of_old_calls_in_sessions_that_stay(cli, store, root):
    old = time.time() - 40 * 86_400
    for name in ("implement-payment", "plan-search"):
        (root / name / "logs").mkdir()
        for file in ("old.out", "new.out"):
            (root / name / "logs" / file).write_bytes(b"x" * 1500)
        os.utime(root / name / "logs" / "old.out", (old, old))
    assert cli("pin", "plan-search").code == 0

    dry = cli("clean", "--older-than", "30", "--dry-run", "--json")
    done = cli("clean", "--older-than", "30")

    assert json.loads(dry.out)["would_free_bytes"] == 1500
    assert "removed raw output of old calls: 2 kB" in done.out
    assert sorted(str(path.relative_to(root)) for path in root.glob("*/logs/*")) == [
        "implement-payment/logs/new.out",
        "plan-search/logs/new.out",
        "plan-search/logs/old.out",
    ]


def test_clean_leaves_the_raw_output_of_a_session_in_use(store, root):
    (root / "plan-payment" / "logs").mkdir()
    (root / "plan-payment" / "logs" / "call.out").touch()
    later = datetime.now(UTC) + timedelta(days=1)

    with store.turn("plan-payment", 0):
        assert FileUpkeep(store.root).drop_raw_output("plan-payment", later) == 0

    assert (root / "plan-payment" / "logs" / "call.out").exists()
    assert FileUpkeep(store.root).drop_raw_output("plan-of-nobody", later) == 0


def test_clean_keeps_what_is_pinned(cli, store, root):
    assert cli("pin", "plan-payment").code == 0
    cli("clean", "--older-than", "30")

    assert (root / "plan-payment").exists()


def test_clean_leaves_a_session_in_use_alone(cli, store, root):
    with store.turn("plan-payment", 0):
        answer = cli("clean", "--older-than", "30")

    assert answer.code == 0
    assert "plan-payment stays: it is in use" in answer.err
    assert (root / "plan-payment").exists()


@pytest.mark.parametrize("age", ["soon", "-1", "1.5d", "9999999", "\u0661", ""])
def test_clean_refuses_what_is_no_age(cli, store, age):
    assert cli("clean", "--older-than", age).code == 2


def test_clean_without_an_age_says_what_would_have_worked(cli, store):
    answer = cli("clean")

    assert answer.code == 2
    assert "clean --older-than 30" in answer.err


def test_export_is_an_array_whose_costs_add_up(cli, store):
    sessions = json.loads(cli("export").out)
    costs = [one["cost"] for session in sessions for one in session["interactions"]]

    assert costs == [0.01, 0.0205, 0.005, None]
    assert sessions[0]["interactions"][0]["messages"][0]["text"] == "Do step 1"
    assert sessions[0]["messages"] == sessions[0]["notes"] == []


def test_an_empty_store_exports_an_empty_array(cli):
    assert cli("export").out == "[]\n"


def test_export_to_a_file_is_private_and_whole(cli, store, tmp_path):
    target = tmp_path / "backup.json"
    answer = cli("export", "--output", str(target))

    assert (answer.code, answer.out) == (0, "")
    assert len(json.loads(target.read_text())) == 3
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_failing_export_leaves_the_old_file_alone(cli, store, tmp_path):
    target = tmp_path / "backup.json"
    target.write_text("old")
    answer = cli("export", "no-such", "--output", str(target))

    assert answer.code == 4
    assert target.read_text() == "old"


def test_an_export_into_a_missing_folder_is_a_storage_error(cli, store, tmp_path):
    answer = cli("export", "--output", str(tmp_path / "none" / "x.json"))

    assert answer.code == 11
    assert "No such file or directory" in answer.err


@pytest.mark.parametrize(("old", "new"), [("plan-search", "plan-find"), ("plan-s", "chat")])
def test_rename_gives_another_name(cli, store, root, old, new):
    assert cli("rename", old, new).code == 0
    assert (root / new).is_dir()


def test_rename_gives_it_to_recorded_files_too(cli, page):
    recorded = page("plan-search")
    cli("rename", "plan-search", "plan-find")

    assert "**Name:** plan-find" in recorded.read_text()


def test_rename_never_takes_a_name_that_is_in_use(cli, store):
    assert cli("rename", "plan-search", "plan-payment").code == 2


def test_path_tells_where_things_are(cli, store, root):
    assert cli("path").out == f"{root}\n"
    assert cli("path", "impl").out == f"{root / 'implement-payment'}\n"


def test_a_damaged_session_is_named_and_hides_no_other(cli, store: FileStore, root: Path):
    with (root / "plan-search" / "journal.jsonl").open("a") as journal:
        journal.write("{broken\n")
    answer = cli("list")

    assert "plan-search: 1 damaged line skipped" in answer.err
    assert len(answer.out.splitlines()) == 4


def test_a_folder_with_an_odd_name_stops_no_command(cli, store: FileStore, root: Path):
    for name in ("_plan-payment", "-x", "a..b", "con", "notes"):
        (root / name).mkdir()
        (root / name / "journal.jsonl").write_bytes(
            (root / "plan-payment/journal.jsonl").read_bytes() if name != "notes" else b""
        )

    for command in (["list"], ["stats"], ["export"], ["clean", "--older-than", "30"]):
        assert cli(*command).code == 0, command
    assert cli("show", "notes").code == 4
    exported = json.loads(cli("export").out)
    assert [one["name"] for one in exported] == ["implement-payment", "plan-search", ""]
    assert len(exported[2]["interactions"]) == 1  # that of the session which clean took away


def test_no_value_can_pass_for_a_line_of_ours(cli, store: FileStore):
    hostile = "m\nCost           $0.00\tx\x1b[2J"
    about = About("plan", hostile, hostile)
    store.ensure("plan-odd", about)
    said = (Message("oracle", "hi"),)  # type: ignore[arg-type]
    made = Interaction("i9", "2026-01-02T03:04:05Z", "echo", hostile, said, cost=Cost(7_000_000))
    store.append("plan-odd", [made])

    costs = [line for line in cli("show", "plan-odd").out.splitlines() if line.startswith("Cost")]
    assert costs == ["Cost           $0.0070"]
    assert [line for line in cli("stats").out.splitlines() if line.startswith("Cost")] == [
        "Cost           $0.0425+? (1 of 5 calls unpriced)"
    ]
    assert "## Message 1 - Oracle\n" in cli("show", "plan-odd", "--transcript").out


def test_what_is_in_the_trash_is_named_when_another_is_asked_for(cli, store):
    assert "it is empty" in cli("restore", "plan-x").err
    cli("clean", "--older-than", "30")
    answer = cli("restore", "nonsense")

    assert answer.code == 4
    assert "nothing called 'nonsense' in the trash" in answer.err
    assert "there is: plan-payment" in answer.err


def test_an_export_comes_back_in_elsewhere(cli, store, root, tmp_path, monkeypatch):
    cli("export", "-o", str(tmp_path / "x.json"))
    monkeypatch.setenv("SESSION_DIR", str(tmp_path / "other"))
    answer = cli("import", str(tmp_path / "x.json"))

    assert answer.code == 0
    assert "\nCost           $0.0355+?" in cli("stats").out


def test_inside_a_repository_its_own_session_is_the_one_that_is_meant(
    cli, root, tmp_path, monkeypatch
):
    for name, project in (("implement-auth", "shop"), ("implement-auth@shop-api", "shop-api")):
        (tmp_path / project / ".git").mkdir(parents=True)
        made = FileStore(root, fsync="none")
        made.ensure(name, About("implement", "auth", str(tmp_path / project)))
        said = (Message("user", "The first step"),)
        made.append(name, [Interaction(name, "", "claude", "", said, resume=Resume("0190-abc"))])

    for project, name in (("shop", "implement-auth"), ("shop-api", "implement-auth@shop-api")):
        monkeypatch.chdir(tmp_path / project)
        assert cli("path", "implement-auth").out == f"{root / name}\n"
        assert json.loads(cli("show", "impl", "--json").out)["session"]["name"] == name
        (exported,) = json.loads(cli("export", "implement-auth").out)
        assert exported["name"] == name
        assert cli("search", "step", "--in", "implement-auth").out.split("\t")[0] == name
        assert cli("resume", "implement-auth").out.endswith("claude --resume 0190-abc\n")
        assert cli("todo", "start", "auth", "--task", "T1.1").out == f"start: {name} T1.1\n"
        assert cli("pin", "implement-auth").out == f"{name} is pinned\n"
    assert cli("rename", "implement-auth@shop", "implement-old").code == 0
    monkeypatch.chdir(tmp_path)
    assert cli("show", "implement-auth@shop-api").code == 0


def test_clean_keeps_what_is_named_fits_a_pattern_or_was_used_last(cli, store, root):
    old = {"plan-payment", "plan-search", "implement-payment"}

    def goes(*keep):
        words = [word for one in keep for word in ("--keep", one)]
        answer = cli("clean", "--older-than", "0", "--dry-run", "--json", *words)
        return set(json.loads(answer.out)["would_remove"])

    assert goes() == old
    assert goes("plan-*") == {"implement-payment"}
    assert goes("plan-payment", "implement-payment") == {"plan-search"}
    assert goes("1") == {"plan-payment", "plan-search"}
    assert goes("2", "plan-payment") == set()
    assert goes("no-such-*", "0") == old
    told = cli("clean", "--older-than", "0", "-n", "--keep", "plan-paymet", "--keep", "0").err
    assert "warning: --keep plan-paymet fits no session" in told
    assert "--keep 0" not in told


def test_the_doctor_names_the_line_that_is_damaged(cli, store, root):
    path = root / "plan-search" / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b"not a line\n" + b"".join(lines[1:]))

    found = json.loads(cli("doctor", "plan-search", "--json").out)["findings"]
    assert [(one["where"], one["line"]) for one in found][:1] == [("plan-search", 2)]


def test_lists_and_sums_are_right_whatever_happens_behind_the_back_of_the_index(cli, root):
    store = FileStore(root, fsync="none")
    names = [f"plan-{number:03}" for number in range(640)]  # so many have an index
    for name in names:
        store.append(name, [Interaction(f"id-{name}", "", "p", "m", (), cost=Cost(1_000_000, ""))])

    def told():
        listed = [line.split("\t")[0] for line in cli("list").out.splitlines()[1:]]
        sums = json.loads(cli("stats", "--json").out)
        return sorted(listed), sums["sessions"], sums["cost_nusd"]

    index = root / ".index.sqlite3"
    assert told() == (names, 640, 640_000_000)
    assert index.exists()
    index.unlink()
    assert told() == (names, 640, 640_000_000)
    for name in names[:10]:
        shutil.rmtree(root / name)
    assert told() == (names[10:], 630, 630_000_000)
    for name in names[10:320]:
        shutil.rmtree(root / name)
    assert told() == (names[320:], 320, 320_000_000)
    store.append("plan-new", [Interaction("new", "", "p", "m", (), cost=Cost(5, ""))])
    index.write_bytes(b"no database")
    assert told() == ([*names[320:], "plan-new"], 321, 320_000_005)
