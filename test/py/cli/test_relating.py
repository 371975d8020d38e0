"""`tree` and `link` as they are typed."""

import json
from datetime import UTC, datetime

import pytest

from ai_sessions.records import About, Change, Message, Parent, Said
from ai_sessions.store.files import FileStore

THEN = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def kin(root):
    """a -> b (a child, over) -> c (a fork), d (a fork); e beside them."""
    store = FileStore(root, fsync="none", now=lambda: THEN)

    def make(name, parent="", seq=None, **more):
        about = About(**more)
        if parent:
            about = About(parent=Parent(parent, store.read(parent).uid, seq), **more)
        store.ensure(name, about)
        store.append(name, [Said(Message("user", f"this is {name}"))])

    make("a", title="First")
    make("b", "a", expires_in_ms=1000)
    make("c", "b", 1)
    make("d", "b", 1)
    make("e", title="Orders")
    return store


def test_a_tree_leads_from_the_first_to_the_last(cli, kin):
    assert cli("tree", "b").out.splitlines() == [
        "a  First",
        "└─ b  child  expired  <- this one",
        "   ├─ c  fork at 1",
        "   └─ d  fork at 1",
    ]
    assert cli("tree", "c").out.splitlines()[-1] == "   └─ c  fork at 1  <- this one"


def test_programs_get_a_flat_list(cli, kin):
    found = json.loads(cli("tree", "b", "--json").out)

    assert found["session"] == "b"
    assert [(one["depth"], one["name"], one["parent"]) for one in found["tree"]] == [
        (0, "a", None),
        (1, "b", "a"),
        (2, "c", "b"),
        (2, "d", "b"),
    ]
    assert [one.get("fork_at") for one in found["tree"]] == [None, None, "1", "1"]
    assert found["tree"][1]["status"] == "expired"
    assert (found["linked"], found["missing"], found["gone"]) == ([], None, [])


def test_a_parent_that_is_gone_is_told_and_the_rest_is_shown(cli, kin):
    kin.discard("a")
    answer = cli("tree", "c")

    assert answer.code == 0
    assert answer.out.splitlines()[:2] == ["a  gone", "└─ b  child  expired"]
    assert json.loads(cli("tree", "c", "--json").out)["missing"]["name"] == "a"


def test_a_session_that_comes_from_itself_is_one_line(cli, kin):
    kin.append("a", [Change("parent", {"name": "b", "uid": kin.read("b").uid})])
    answer = cli("tree", "b")

    assert (answer.code, answer.out) == (11, "")
    assert "session b comes from itself" in answer.err


def test_a_link_is_noted_in_both_and_shown(cli, kin):
    answer = cli("link", "a", "e", "--note", "the same customer")

    assert (answer.code, answer.out) == (0, "a and e are linked\n")
    assert cli("tree", "e").out.splitlines() == ["e  Orders  <- this one", "linked: a  First"]
    assert "linked: e  Orders" in cli("tree", "a").out
    assert json.loads(cli("tree", "a", "--json").out)["linked"][0]["name"] == "e"
    (note,) = [one for one in kin.entries("a") if type(one).__name__ == "Note"]
    assert note.body["text"] == "the same customer"


def test_a_link_in_a_circle_is_none_of_its_own(cli, kin):
    for pair in (("a", "b"), ("b", "c"), ("c", "a"), ("a", "b")):
        assert cli("link", *pair).code == 0

    assert cli("tree", "a").out.splitlines()[-2:] == ["linked: b  expired", "linked: c"]


def test_a_link_is_taken_away_on_both_sides(cli, kin):
    cli("link", "a", "e")
    found = json.loads(cli("link", "e", "a", "--off", "--json").out)

    assert (found["session"], found["other"], found["linked"]) == ("e", "a", False)
    assert "linked" not in cli("tree", "a").out + cli("tree", "e").out


def test_a_linked_session_that_is_gone_is_told(cli, kin):
    cli("link", "a", "e")
    kin.discard("e")

    assert cli("tree", "a").out.splitlines()[-1] == "linked: e  gone"
    assert json.loads(cli("tree", "a", "--json").out)["gone"] == ["e"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("link", "a", "a"), 2, "session a cannot be linked with itself"),
        (("link", "a", "nobody"), 4, "no session 'nobody'"),
        (("link", "nobody", "a"), 4, "no session 'nobody'"),
        (("link", "a"), 2, "missing argument"),
        (("link", "a", "e", "--note", "x", "--off"), 2, "exclude each other"),
        (("link", "a", "e", "--note", "\udcff"), 2, "note: not UTF-8 text"),
        (("tree", "nobody"), 4, "no session 'nobody'"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_noted(cli, kin, words, code, told):
    answer = cli(*words)

    assert (answer.code, answer.out) == (code, "")
    assert told in answer.err
    assert kin.read("a").links == {}


def test_names_may_be_cut_short_and_a_failure_is_one_object(cli, kin):
    kin.rename("e", "orders-of-today")

    assert cli("link", "a", "orders").out == "a and orders-of-today are linked\n"
    found = json.loads(cli("link", "a", "nobody", "--json").out)
    assert (found["ok"], found["code"]) == (False, 4)


def test_without_sessions_nothing_is_linked_and_the_tree_is_still_shown(cli, kin, monkeypatch):
    monkeypatch.setenv("USE_SESSIONS", "false")

    assert cli("link", "a", "e").code == 2
    assert cli("tree", "a").code == 0
