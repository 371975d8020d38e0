"""`tag` and `describe` as they are typed."""

import json

import pytest


@pytest.fixture
def talk(cli, store):
    assert cli("create", "support").code == 0

    def read():
        return store.read("support")

    return read


@pytest.mark.parametrize(
    ("words", "tags"),
    [
        (("+urgent", "-b"), ("a", "urgent")),
        (("urgent",), ("a", "b", "urgent")),
        (("-a", "-b"), ()),
        (("a", "b", "--remove"), ()),
        (("--remove", "+a"), ("b",)),
        (("-quiet", "+very", "-q"), ("a", "b", "very")),
        (("--", "-a", "+c"), ("b", "c")),
        (("+a b", "-a"), ("b", "a b")),
        (("+-x",), ("a", "b", "-x")),
    ],
    ids=" ".join,
)
def test_tags_are_given_and_taken_away(cli, talk, words, tags):
    cli("tag", "support", "a", "b")

    assert cli("tag", "supp", *words).code == 0
    assert talk().tags == tags


def test_tags_are_shown_and_found_by(cli, talk):
    assert cli("tag", "support", "urgent", "+b").out == "support: urgent, b\n"
    assert cli("tag", "support").out == "urgent\nb\n"
    assert json.loads(cli("tag", "support", "-b", "--json").out)["tags"] == ["urgent"]
    assert cli("tag", "support", "-urgent").out == "support: no tags\n"
    cli("tag", "support", "later")
    names = [
        one["name"] for one in json.loads(cli("list", "--tag", "later", "--json").out)["sessions"]
    ]
    assert names == ["support"]


def test_a_removed_tag_is_no_option_and_help_is_still_help(cli, talk):
    assert cli("tag", "-h").out.startswith("Usage: ai-session.sh tag")
    assert cli("tag", "support", "--nothing").code == 2
    cli("tag", "support", "x")
    assert cli("tag", "support", "-x", "-q").err == ""
    assert talk().tags == ()


def test_what_it_is_for_and_what_it_is_called(cli, talk):
    answer = cli("describe", "supp", "Questions\nabout orders.")
    found = json.loads(cli("describe", "support", "--title", "Support desk", "--json").out)

    assert answer.out == "support: Questions about orders.\n"
    assert found["session"]["title"] == "Support desk"
    assert found["session"]["description"] == "Questions\nabout orders."
    assert "support\tactive" in cli("list").out
    assert cli("list", "--kind", "chat").out.endswith("\tchat\tSupport desk\n")


def test_an_empty_text_and_title_take_them_away(cli, talk):
    cli("describe", "support", "About orders.", "--title", "Support desk")
    assert cli("describe", "support", "").out == "support: Support desk\n"
    assert (talk().description, talk().about.title) == ("", "Support desk")

    assert cli("describe", "support", "--title", "").out == "support: no title, no description\n"
    assert talk().about.title == ""


def test_limit_and_expiry_are_changed_and_taken_away(cli, talk):
    told = cli("describe", "support", "--limit", "1", "--expires", "7d").out
    assert told.startswith("support: no title, no description, at most 1 token, expires 20")
    assert (talk().about.token_limit, talk().about.expires_in_ms) == (1, 7 * 86_400_000)

    cli("describe", "support", "--title", "Desk")
    assert (talk().about.token_limit, talk().about.expires_in_ms) == (1, 7 * 86_400_000)
    told = cli("describe", "support", "--limit", "none", "--expires", "never").out
    assert told == "support: Desk, no limit of tokens, never expires\n"
    assert (talk().about.token_limit, talk().about.expires_in_ms) == (None, None)


def test_a_session_of_work_may_have_a_title_too(cli, store):
    cli("describe", "plan-search", "--title", "The search")

    assert "\nTitle          The search\n" in cli("show", "plan-search").out
    assert store.read("plan-search").kind == "work"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("tag", "nobody", "x"), 4, "no session 'nobody'"),
        (("tag", "support", "+a,b"), 2, "tag 'a,b': it may have no ','"),
        (("tag", "support", "-a,b"), 2, "tag 'a,b': it may have no ','"),
        (("tag", "support", "fine", "a\x07"), 2, "it may have no line break or control character"),
        (("tag", "support", "\udcff"), 2, "tag: not UTF-8 text"),
        (("tag", "support", "+"), 2, "tag '': it is empty"),
        (("tag",), 2, "missing argument"),
        (("describe", "support"), 2, "TEXT, --title, --limit or --expires is missing"),
        (("describe", "support", "x", "--limit", "0"), 2, "not a limit of tokens: '0'"),
        (("describe", "support", "x", "--limit", "9" * 20), 2, "not a limit of tokens: '9999"),
        (("describe", "support", "--limit", "\u00b2"), 2, "not a limit of tokens: "),
        (
            ("describe", "support", "x", "--expires", "soon"),
            2,
            "not an age: 'soon'",
        ),
        (("describe", "support", " "), 2, "TEXT: it is empty"),
        (("describe", "support", "x", "--title", " "), 2, "title ' ': it is empty"),
        (("describe", "support", "x", "--limit", ""), 2, "--limit': it is empty"),
        (("describe", "support", "--title", "a\nb"), 2, "title 'a\\nb': it may have no line break"),
        (("describe", "support", "x\udcff"), 2, "TEXT: not UTF-8 text"),
        (("describe", "nobody", "x"), 4, "no session 'nobody'"),
    ],
    ids=lambda one: "-".join(map(ascii, one))[:40] if isinstance(one, tuple) else "",
)
def test_bad_input_is_one_line_and_nothing_is_changed(cli, talk, words, code, told):
    before = talk()
    answer = cli(*words)

    assert (answer.code, answer.out) == (code, "")
    assert told in answer.err
    assert talk() == before


@pytest.mark.parametrize("words", [("tag", "support", "x"), ("describe", "support", "x")])
def test_without_sessions_nothing_is_changed(cli, talk, monkeypatch, words):
    monkeypatch.setenv("USE_SESSIONS", "false")

    assert cli(*words).code == 2
    assert cli("tag", "support").code == 0
