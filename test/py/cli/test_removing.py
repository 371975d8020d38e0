"""Removing sessions by name: what goes, what stays and why, and what is said of each."""

import json
import os

import pytest


def test_a_removed_session_is_in_the_trash_and_the_way_back_is_told(cli, store):
    answer = cli("rm", "plan-s")

    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith("removed plan-search; to take it back: ")
    assert answer.out.endswith("ai-session.sh restore plan-search\n")
    assert (store.discarded(), "plan-search" in store.names()) == (["plan-search"], False)
    assert cli("restore", "plan-search").code == 0


def test_a_session_in_use_stays_and_the_one_who_uses_it_is_named(cli, store):
    with store.turn("plan-search", 0):
        answer = cli("remove", "plan-search")

    assert (answer.code, answer.out) == (8, "")
    assert answer.err.startswith(f"error: session plan-search is in use by pid {os.getpid()}")
    assert "plan-search" in store.names()


def test_of_several_names_those_that_can_go_do_and_each_problem_is_told(cli, store):
    with store.turn("plan-search", 0):
        answer = cli("remove", "nonsense", "plan-search", "implement-payment", "plan-payment")

    assert answer.code == 8
    assert answer.out.startswith("removed 2 sessions; to take one back: ")
    lines = answer.err.splitlines()
    assert lines[0] == "warning: no session 'nonsense'"
    assert lines[1].startswith("warning: session plan-search is in use by pid")
    assert lines[2] == "error: not removed: nonsense, plan-search"
    assert store.names() == ["plan-search"]


def test_json_is_one_object_with_what_went_and_what_stays(cli, store):
    answer = cli("remove", "nonsense", "plan-payment", "--json")
    told = json.loads(answer.out)

    assert (answer.code, told["ok"], told["code"], told["removed"]) == (
        4,
        False,
        4,
        ["plan-payment"],
    )
    assert told["failed"] == [
        {"name": "nonsense", "kind": "not_found", "code": 4, "message": "no session 'nonsense'"}
    ]
    assert json.loads(cli("rm", "plan-search", "--json").out)["removed"] == ["plan-search"]


@pytest.mark.parametrize("given", ["plan", "p"])
def test_a_beginning_that_fits_several_removes_none_of_them(cli, store, given):
    """Not even when only one is left after the names before it have gone."""
    answer = cli("remove", "plan-payment", given)

    assert answer.code == 4
    assert "warning: " in answer.err
    assert f"{given!r} fits 2 sessions" in answer.err
    assert store.names() == ["implement-payment", "plan-search"]


def test_a_session_that_is_named_twice_is_removed_once(cli, store):
    answer = cli("remove", "plan-search", "plan-s")

    assert (answer.code, store.discarded()) == (0, ["plan-search"])


def test_a_link_in_place_of_a_session_is_not_followed(cli, store, root, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/journal.jsonl").write_text("mine\n")
    (root / "plan-linked").symlink_to(tmp_path / "elsewhere")
    answer = cli("remove", "plan-linked")

    assert answer.code == 4
    assert (tmp_path / "elsewhere/journal.jsonl").read_text() == "mine\n"
    assert (root / "plan-linked").is_symlink()
