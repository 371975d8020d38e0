"""Search finds what was said, only what is still there, with or without an index."""

import os
import shutil

import pytest

from ai_sessions.errors import UsageError
from ai_sessions.index import database
from ai_sessions.index.search import search


@pytest.fixture
def talks(library):
    library.say("plan-auth", "Design the login", "Use short tokens and rotate them")
    library.say("plan-cards", "Design card payments", "Retries need an idempotency key")
    return library


def found(library, words, **options):
    return [hit.session for hit in search(library.root, words, **options)]


def test_a_word_of_a_prompt_or_an_answer_is_found(talks):
    assert found(talks, "login") == ["plan-auth"]
    assert found(talks, "idempotency") == ["plan-cards"]


def test_all_words_must_occur_and_forms_of_a_word_count(talks):
    assert found(talks, "rotating token") == ["plan-auth"]
    assert found(talks, "login retries") == []


def test_a_hit_shows_where_and_what(talks):
    hit = search(talks.root, "idempotency")[0]

    assert (hit.session, hit.role) == ("plan-cards", "assistant")
    assert "idempotency key" in hit.excerpt


def test_only_the_named_sessions_are_searched(talks):
    assert found(talks, "design", within=["plan-cards"]) == ["plan-cards"]


def test_what_is_appended_later_is_found(talks):
    found(talks, "login")
    talks.say("plan-auth", "and the logout")

    assert found(talks, "logout") == ["plan-auth"]


def test_what_was_removed_is_not_found_any_more(talks):
    found(talks, "login")
    shutil.rmtree(talks.root / "plan-auth")

    assert found(talks, "login") == []
    assert found(talks, "idempotency") == ["plan-cards"]


def test_what_was_replaced_is_not_found_any_more(talks):
    found(talks, "login")
    shutil.rmtree(talks.root / "plan-auth")
    talks.say("plan-auth", "something else")

    assert found(talks, "login") == []
    assert found(talks, "else") == ["plan-auth"]


def test_a_longer_journal_in_the_very_same_file_is_read_anew(talks):
    found(talks, "login")
    talks.say("plan-new", "something else " * 9, "entirely")
    talks.say("plan-new", "and more", "of it")
    path = talks.root / "plan-auth/journal.jsonl"
    path.write_bytes((talks.root / "plan-new/journal.jsonl").read_bytes())

    assert found(talks, "login") == []
    assert found(talks, "entirely", within=["plan-auth"]) == ["plan-auth"]


def test_a_session_of_the_first_layout_is_searched_too(talks):
    (talks.root / "plan-old").mkdir()
    old = '{"interactions": [{"prompt": "Design the archive", "cost": 0.1}]}'
    (talks.root / "plan-old/metadata.json").write_text(old)

    assert found(talks, "archive") == ["plan-old"]
    assert found(talks, "design")[-1] == "plan-old"
    assert len(found(talks, "design", limit=2)) == 2


@pytest.mark.parametrize("indexed", [True, False])
def test_one_that_cannot_be_read_hides_no_other(talks, indexed):
    os.mkfifo(talks.root / "plan-auth/pipe")
    os.replace(talks.root / "plan-auth/pipe", talks.root / "plan-auth/journal.jsonl")
    if not indexed:
        (talks.root / database.NAME).mkdir()

    assert found(talks, "idempotency") == ["plan-cards"]


def test_without_a_usable_index_the_journals_are_read(talks):
    (talks.root / database.NAME).mkdir()

    assert found(talks, "idempotency") == ["plan-cards"]


@pytest.mark.parametrize("words", ["", '"', "-- '"])
def test_nothing_to_look_for_is_a_usage_error(talks, words):
    with pytest.raises(UsageError, match="nothing to look for"):
        search(talks.root, words)


@pytest.mark.parametrize("words", ['card" OR "login', "NEAR(", "text:card*", "a AND"])
def test_the_query_language_of_the_index_is_only_words(talks, words):
    assert isinstance(search(talks.root, words), list)


def test_the_limit_holds(talks):
    for number in range(5):
        talks.say(f"chat-{number}", "design again")

    assert len(found(talks, "design", limit=3)) == 3
