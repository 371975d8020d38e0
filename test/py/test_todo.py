"""Todos: what was begun and ended, at what expected and real cost."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ai_sessions import todo
from ai_sessions.records import (
    About,
    Cost,
    Interaction,
    Message,
    ModelTotals,
    Note,
    Session,
    Totals,
    Usage,
)


def call(at: str, nusd: int | None = 1_000_000, **more) -> Interaction:
    facts = {
        "id": at,
        "at": at,
        "provider": "claude",
        "model": "m",
        "messages": (Message("user", "x", f"{at[:-1]}0"),),
        "usage": Usage(10, 5),
        "cost": Cost(nusd, "client") if nusd is not None else Cost(),
        "task": "T1.1",
    }
    return Interaction(**{**facts, **more})


def session(calls: int = 0, nusd: int = 0, unknown: int = 0, feature: str = "pay") -> Session:
    sums = ModelTotals(calls, Usage(), nusd, unknown)
    totals = Totals(sums.interactions, sums.usage, sums.cost_nusd, sums.unknown_costs)
    return Session("implement-pay", "u", About("implement", feature), "", "", totals=totals)


def only(*entries) -> todo.Item:
    [item] = todo.items("implement-pay", About("implement", "pay"), entries)
    return item


def test_a_call_makes_a_start_and_an_end():
    start, end = todo.automatic(call("2026-11-01T10:05"), session(1, 1_000_000))

    assert (start.body["event"], start.at) == ("start", "2026-11-01T10:00")
    assert (end.body["event"], end.at) == ("end", "2026-11-01T10:05")
    assert end.body["interaction"] == "2026-11-01T10:05"
    assert "estimate_nusd" not in start.body


def test_a_failed_call_ends_in_an_error():
    _, end = todo.automatic(call("2026-11-01T10:05", status="timeout"), session(1))

    assert end.body["event"] == "error"


def test_a_chat_without_a_feature_makes_no_todo():
    assert todo.automatic(call("2026-11-01T10:05"), session(feature="")) == ()


def test_what_was_expected_is_that_from_before_the_first_call():
    first, second = call("2026-11-01T10:05"), call("2026-11-01T11:05")
    item = only(first, todo.expected(first, 5_000_000, 3), second)

    assert (item.estimate_nusd, item.estimate_tasks) == (5_000_000, 3)
    assert todo.cells(item)[-3:] == ("$0.0050", "3 tasks", "$0.0020")
    assert todo.plain(item)["estimate_tasks"] == 3


def test_an_estimate_of_a_call_by_an_older_version_is_none_of_the_task():
    note = {"event": "start", "task": "T1.1", "estimate_nusd": 7, "interaction": "i"}
    item = only(call("2026-11-01T10:05"), Note("todo", note))

    assert item.estimate_nusd is None
    assert todo.cells(item)[-3:-1] == ("?", "")


def test_money_and_tokens_come_from_calls_alone_so_nothing_counts_twice():
    first = call("2026-11-01T10:05")
    item = only(first, *todo.automatic(first, session(1, 1_000_000)))

    assert (item.cost_nusd, item.calls, item.usage.total_tokens) == (1_000_000, 1, 15)
    assert (item.started, item.ended, item.state) == (
        "2026-11-01T10:00",
        "2026-11-01T10:05",
        "done",
    )


def test_an_unknown_price_is_counted_as_unknown():
    item = only(call("2026-11-01T10:05", None))

    assert (item.cost_nusd, item.unknown_costs) == (None, 1)
    assert todo.plain(item)["cost"] is None
    assert todo.cells(item)[-1] == "?"


def test_what_a_person_expects_counts_instead_of_the_mean():
    item = only(
        todo.note("start", "T1.1", "2026-11-01T09:00", estimate_nusd=5),
        todo.expected(call("2026-11-01T10:00"), 7, 2),
    )

    assert (item.estimate_nusd, item.estimate_tasks) == (5, 0)
    assert todo.cells(item)[-2] == "you"


def test_work_of_which_nobody_said_the_cost_is_unknown_and_never_zero():
    item = only(todo.note("start", "T1.1", "2026-11-01T09:00"), todo.note("end", "T1.1", "t"))

    assert (item.cost_nusd, item.unknown_costs) == (None, 1)
    assert (todo.plain(item)["cost_nusd"], todo.plain(item)["cost"]) == (None, None)
    assert todo.cells(item)[-1] == "?"


@pytest.mark.parametrize(
    ("calls", "told", "cost", "shown"),
    [
        ([], [0], 0, "$0.0000"),
        ([], [5_000_000], 5_000_000, "$0.0050"),
        ([], [5_000_000, 7_000_000], 7_000_000, "$0.0070"),
        ([1_000_000], [5_000_000], 6_000_000, "$0.0060"),
        ([1_000_000, None], [], 1_000_000, "$0.0010+?"),
        ([None], [5_000_000], 5_000_000, "$0.0050+?"),
        ([None], [], None, "?"),
    ],
)
def test_what_a_person_says_it_cost_comes_on_top_of_the_calls(calls, told, cost, shown):
    item = only(
        *(call("2026-11-01T10:05", nusd, id=str(n)) for n, nusd in enumerate(calls)),
        *(todo.note("end", "T1.1", "2026-11-01T11:00", cost_nusd=nusd) for nusd in told),
    )

    assert item.cost_nusd == cost
    assert todo.cells(item)[-1] == shown


def test_a_red_call_does_not_end_a_task():
    item = only(call("2026-11-01T10:05", purpose="red"))

    assert (item.state, item.ended) == ("open", "")


@pytest.mark.parametrize(
    ("state", "told", "ended"),
    [
        ("todo", "open", ""),
        ("red", "open", ""),
        ("green", "open", ""),
        ("blocked", "blocked", ""),
        ("done", "done", "2026-11-01T10:09"),
        ("waived", "waived", "2026-11-01T10:09"),
        ("failed", "failed", "2026-11-01T10:09"),
    ],
)
def test_a_task_stands_as_its_plan_has_it_not_as_its_last_call_ended(state, told, ended):
    item = todo.as_planned(only(call("2026-11-01T10:05")), state, "2026-11-01T10:09")

    assert (item.state, item.ended) == (told, ended)


def test_of_a_task_that_the_plan_knows_as_not_begun_a_persons_word_counts():
    item = only(todo.note("end", "T1.1", "2026-11-01T09:00"))

    assert todo.as_planned(item, "todo", "").state == "done"
    assert todo.as_planned(item, "blocked", "").state == "blocked"


def test_a_task_that_is_done_when_the_plan_says_so_never_ends_before_its_last_call():
    item = todo.as_planned(only(call("2026-11-01T10:05")), "done", "")

    assert item.ended == "2026-11-01T10:05"


def test_a_person_may_end_and_reopen_a_task():
    begun = todo.note("start", "T1.1", "2026-11-01T09:00", text="by hand")
    failed = todo.note("error", "T1.1", "2026-11-01T09:30")

    assert only(begun).state == "open"
    assert only(begun, failed).state == "error"
    assert only(begun, failed, todo.note("start", "T1.1", "2026-11-01T10:00")).state == "open"
    assert only(begun).text == "by hand"


def test_the_agents_own_list_is_kept_as_it_was_last():
    item = only(
        call("2026-11-01T10:05", detail={"todos": [{"text": "a", "status": "open"}]}),
        call("2026-11-01T10:06", detail={"todos": [{"text": "a", "status": "done"}]}),
        call("2026-11-01T10:07"),
    )

    assert item.todos == ({"text": "a", "status": "done"},)
    assert json.dumps(todo.plain(item))


def test_tasks_are_apart_and_other_notes_are_none():
    found = todo.items(
        "s", About("", "f"), [call("t1"), call("t2", task="T1.2"), Note("repair", {"task": "T9"})]
    )

    assert [item.task for item in found] == ["T1.1", "T1.2"]


def test_a_report_takes_the_days_between():
    found = [only(call(f"2026-11-0{day}T10:00")) for day in (1, 2, 3)]

    second = datetime(2026, 11, 2, tzinfo=UTC)
    assert todo.between(found, second, second + timedelta(days=1)) == [found[1]]
    assert todo.between(found, second) == found[1:]
    assert todo.between([todo.Item("s", "f", "T1")], None, second) == []
    assert todo.between(found) == found


def test_times_are_told_in_the_zone_of_the_report():
    item = only(call("2026-11-28T14:57:00.000Z"))

    assert todo.cells(item, ZoneInfo("Pacific/Auckland"))[4] == "2026-11-29 03:57"
    assert todo.plain(item)["ended"] == "2026-11-28T14:57:00.000Z"


def test_the_markdown_report_is_a_table():
    lines = todo.markdown([only(call("2026-11-01T10:05"))]).splitlines()

    assert lines[0].split()[:5] == ["|", "feature", "|", "task", "|"]
    assert lines[2].split(" | ")[1].strip() == "T1.1"
    assert len({line.count("|") for line in lines}) == 1


def test_work_without_a_task_is_told_by_its_command():
    [item] = todo.items("plan-pay", About("plan", "pay"), [call("2026-11-01T10:05", task="")])
    [chat] = todo.items("chat", About(), [call("2026-11-01T10:05", task="")])

    assert todo.cells(item)[:2] == ("pay", "(plan)")
    assert todo.cells(chat)[:2] == ("chat", "-")


def test_a_call_for_a_summary_is_no_todo():
    aside = call("2025-11-21T10:00:09Z", task="", purpose="summary")

    assert todo.items("implement-pay", About("implement", "pay"), [aside]) == ()
    assert todo.automatic(aside, session()) == ()
