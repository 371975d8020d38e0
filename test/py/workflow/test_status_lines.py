"""The page and the facts of `status`, part by part."""

import json

import pytest
from scripted import git

from ai_sessions.workflow import status
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.tasks import TaskState, save_state


def lines_of(space, **chosen):
    return status.page(FeatureState(space), **chosen).splitlines()


def paid(space, *costs, task="T1.1"):
    calls = [{"event": "call", "task": task, "cost_nusd": cost} for cost in costs]
    space.write("".join(f"{json.dumps(one)}\n" for one in calls), "events.jsonl")


def test_a_fresh_plan_line_by_line(space):
    assert lines_of(space) == [
        "pay   Payments   branch main   $0.0000",
        "  ░░░░░░░░░░░░░░░░░░░░  0/3 done   2 ready   1 waiting",
        "  T1.1  ready    Gateway",
        "  T1.2  waiting  Route     needs T1.1",
        "  T1.3  ready    Readme",
        "  A1    covered by T1.1 (ready)",
        "Next: implement.sh pay --task T1.1",
    ]


def test_the_headline_tells_the_budget_and_leaves_out_a_branch_that_is_none(space, repo):
    space.write(space.text("plan.yaml") + "budget_usd: 2\n", "plan.yaml")
    paid(space, 500_000_000, None)
    git(repo, "checkout", "-q", "--detach")

    assert lines_of(space)[0].startswith("pay   Payments   ")
    assert "branch" not in lines_of(space)[0]
    assert lines_of(space)[0].endswith(" of $2.00")


@pytest.mark.parametrize(
    ("states", "line"),
    [
        (("red", "blocked", "failed"), "0/3 done   0 ready   0 waiting   1 red   1 blocked   1 fa"),
        (("green", "green", "green"), "0/3 done   0 ready   0 waiting   3 green"),
    ],
)
def test_other_states_are_counted(space, states, line):
    for number, state in enumerate(states, start=1):
        save_state(space, f"T1.{number}", TaskState(state))

    assert line in lines_of(space)[1]


def test_the_bar_fills_with_what_is_done_dropped_tasks_left_out(space):
    text = space.text("plan.yaml").replace("title: Route", "title: R\n        state: dropped")
    space.write(text, "plan.yaml")
    feature = FeatureState(space)
    feature.states["T1.1"] = "waived"

    line = status.page(feature, ascii_only=True).splitlines()[1]
    assert line == "  ##########..........  1/2 done   1 ready   0 waiting   1 waived   1 dropped"


def test_titles_are_cut_where_the_screen_is_narrow(space):
    text = space.text("plan.yaml").replace("title: Route", f"title: {'Route ' * 20}")
    space.write(text, "plan.yaml")

    cut = lines_of(space, width=60)
    assert max(map(len, cut[2:5])) == 60
    assert "…" in cut[3]
    assert cut[3].endswith("needs T1.1")
    assert "..." in lines_of(space, width=60, ascii_only=True)[3]
    assert "…" not in "".join(lines_of(space))


def test_words_that_tell_a_state_can_be_given_a_colour(space):
    assert lines_of(space, mark=lambda word: f"<{word}>")[2].startswith(
        "  T1.1  <ready  >  Gateway"
    )


def test_machines_are_told_all_of_it(space):
    save_state(space, "T1.1", TaskState("blocked", question="why?", reason="asks: why?"))
    paid(space, 5, None)

    facts = status.facts(FeatureState(space))
    assert {key: facts[key] for key in facts if key not in ("tasks", "acceptance")} == {
        **{"feature": "pay", "title": "Payments", "branch": "main", "verified": None},
        **{"cost_nusd": 5, "cost": 5e-9, "unknown_costs": 1, "notes": []},
        "next": "implement.sh pay --task T1.3",
    }
    assert facts["tasks"][0] == {
        **{"id": "T1.1", "title": "Gateway", "state": "blocked", "needs": [], "tests": None},
        **{"reason": "asks: why?", "question": "why?", "commit": None},
        **{"cost_nusd": 5, "cost": 5e-9, "unknown_costs": 1},
    }
    assert facts["tasks"][1]["needs"] == ["T1.1"]
    assert facts["acceptance"] == [{"id": "A1", "text": "Charges once.", "covered_by": ["T1.1"]}]


def test_without_a_plan_machines_are_told_what_to_type(space):
    bare = Workspace(space.repo, space.root, "bare")

    assert status.facts_of(bare) == {
        **{"feature": "bare", "tasks": [], "notes": [], "next": 'plan.sh bare "what to build"'},
        **{"cost_nusd": 0, "cost": 0.0, "unknown_costs": 0},
    }
    assert status.facts_of(space)["tasks"]


@pytest.mark.parametrize(
    ("costs", "shown"),
    [
        ((4_000_000,), "$0.0040"),
        ((4_000_000, None), "$0.0040+?"),
        ((None,), "?"),
        ((0,), "$0.0000"),
    ],
)
def test_what_was_paid_before_there_is_a_plan_is_shown(space, costs, shown):
    bare = Workspace(space.repo, space.root, "bare")
    paid(bare, *costs, task="")

    head = f"bare   no plan yet   {shown}"
    following = 'Next: plan.sh bare "what to build"'
    assert status.show(bare.repo, "bare", bare.root).splitlines() == [head, following]
    assert status.overview(bare.repo, bare.root).splitlines()[0] == f"{head}   {following}"
    found = status.facts_of(bare)
    assert (found["cost_nusd"], found["unknown_costs"]) == (
        sum(filter(None, costs)),
        costs.count(None),
    )


def test_a_call_that_was_cut_off_before_there_is_a_plan_is_named(space):
    bare = Workspace(space.repo, space.root, "bare")
    bare.save({"purpose": "plan", "provider": "claude"}, "cache", "calling-1.json")

    note = status.show(bare.repo, "bare", bare.root).splitlines()[1]
    assert note.startswith("  note: a call was cut off (plan, begun")
    assert status.facts_of(bare)["notes"] == [note.removeprefix("  note: ")]


@pytest.mark.parametrize(
    ("states", "wanted"),
    [
        (("blocked", "todo", "done"), 'implement.sh pay --task T1.1 --answer "what you decided"'),
        (("todo", "todo", "done"), "implement.sh pay --task T1.1"),
        (("done", "done", "done"), "verify.sh pay"),
    ],
)
def test_what_to_type_next_follows_from_the_states(space, states, wanted):
    feature = FeatureState(space)
    feature.states.update(zip(("T1.1", "T1.2", "T1.3"), states, strict=True))

    assert status.next_command(feature) == wanted


def test_each_feature_has_one_line_or_two_on_a_narrow_screen(space):
    Workspace(space.repo, space.root, "bare").write("x", "notes.md")

    assert status.overview(space.repo, space.root).splitlines() == [
        'bare   no plan yet   Next: plan.sh bare "what to build"',
        "pay   0/3 done   $0.0000   Next: implement.sh pay --task T1.1",
    ]
    narrow = status.overview(space.repo, space.root, 40).splitlines()
    assert narrow[2:] == ["pay   0/3 done   $0.0000", "  Next: implement.sh pay --task T1.1"]


def test_without_any_feature_it_says_how_to_begin(tmp_path):
    assert status.overview(str(tmp_path), ".ai-session") == (
        "no features yet\nNext: init-session.sh FEATURE"
    )
