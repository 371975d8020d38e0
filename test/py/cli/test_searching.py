"""What `search` answers."""

import json

import pytest


def test_search_finds_what_was_said(cli, store):
    found = json.loads(cli("search", "steps", "--in", "plan-search", "--json").out)["hits"]

    assert [(hit["session"], hit["role"]) for hit in found] == [("plan-search", "user")]


def test_a_search_without_a_hit_is_not_a_success(cli, store):
    assert cli("search", "unicorn").code == 4


@pytest.mark.parametrize("words", ["", "(", '"'])
def test_nothing_to_look_for_is_wrong_usage(cli, store, words):
    answer = cli("search", words)

    assert (answer.code, answer.out) == (2, "")
    assert "nothing to look for" in answer.err


def test_a_hit_in_a_pipe_is_one_line_with_four_cells(cli, store):
    answer = cli("search", "steps", "--in", "plan-search", "--utc")

    (line,) = answer.out.splitlines()
    session, at, role, excerpt = line.split("\t")
    assert (session, role, excerpt) == ("plan-search", "user", "Do step 1")
    assert at.endswith("Z")


def test_where_no_text_has_all_words_that_is_said(cli, store):
    answer = cli("search", "steps unicorn", "--json")
    told = json.loads(answer.out)

    assert (answer.code, told["exact"], bool(told["hits"])) == (0, False, True)
    assert "no exact match" in cli("search", "steps unicorn").err


def test_a_session_that_cannot_be_read_is_named(cli, store, root):
    path = root / "plan-payment" / "journal.jsonl"
    path.unlink()
    path.mkdir()
    answer = cli("search", "steps", "--in", "plan-search", "--in", "plan-payment")

    assert answer.code == 0
    assert "warning: plan-payment" in answer.err
