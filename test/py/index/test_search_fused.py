"""Search by words and meaning: one order, and each hit says how it was found."""

import pytest

from ai_sessions.errors import UsageError
from ai_sessions.index.meaning import Meaning
from ai_sessions.index.search_fused import search_fused
from concepts import Concepts


@pytest.fixture
def meaning(library):
    return Meaning(Concepts(), str(library.root))


def hits(library, meaning, text, **options):
    found = search_fused(library.index, meaning, text, **options)
    return [(hit.session, hit.by) for hit in found.hits]


def test_a_hit_by_both_is_before_one_by_words_and_one_by_meaning(talks, meaning):
    talks.say("chat-words", "The charge of the cavalry at dawn", "")
    talks.say("chat-both", "charge the card", "")

    assert hits(talks, meaning, "charge card") == [
        ("chat-both", ("words", "meaning")),
        ("chat-words", ("words", "meaning")),
        ("plan-cards", ("words", "meaning")),
    ]


def test_what_has_no_word_of_the_question_is_found_by_meaning(talks, meaning):
    assert hits(talks, meaning, "credentials") == [("plan-auth", ("meaning",))]


def test_a_word_that_means_nothing_to_the_model_is_found(talks, meaning):
    assert hits(talks, meaning, "idempotency") == [("plan-cards", ("words",))]


def test_all_words_are_better_than_a_rare_one(library, meaning):
    library.say("chat-rare", "zebra zebra zebra", "")
    library.say("chat-all", "a zebra is a horse that was painted by somebody with patience", "")
    library.say("chat-horse", "horse", "")

    assert hits(library, meaning, "zebra horse")[0][0] == "chat-all"


def test_by_meaning_alone_words_do_not_count(talks, meaning):
    assert hits(talks, meaning, "idempotency", by_words=False) == []
    assert hits(talks, meaning, "password", by_words=False) == [("plan-auth", ("meaning",))]


def test_the_passage_that_fits_is_shown_with_who_said_it(library, meaning):
    library.say("chat", "What now?", "First we tidy up. " * 40 + "Then we deploy.")

    (hit,) = search_fused(library.index, meaning, "ship").hits

    assert hit.role == "assistant"
    assert "deploy" in hit.excerpt or "tidy" in hit.excerpt
    assert not hit.excerpt.startswith("What now")


def test_it_is_exact_where_each_hit_has_all_words(talks, meaning):
    assert search_fused(talks.index, meaning, "login").exact
    assert not search_fused(talks.index, meaning, "credentials").exact


def test_only_the_named_sessions_and_shared_beginnings_are_searched(talks, meaning):
    talks.say("plan-auth", "A password again", "")
    until = {"plan-auth": next(talks.store.plain_entries("plan-auth", after=0))["seq"]}

    assert hits(talks, meaning, "login card", within=["plan-cards"]) == [
        ("plan-cards", ("words", "meaning"))
    ]
    assert len(hits(talks, meaning, "password", within=["plan-cards"], until=until)) == 1


def test_no_more_is_returned_than_asked_for(talks, meaning):
    for number in range(5):
        talks.say("chat", f"password {number}", "")

    assert len(hits(talks, meaning, "password", limit=2)) == 2


def test_what_cannot_be_found_by_meaning_yet_is_counted(talks):
    slow = Meaning(Concepts(), str(talks.root), iter(range(0, 1000, 10)).__next__)

    assert search_fused(talks.index, slow, "login").left == 4


def test_nothing_to_look_for_is_wrong_usage(talks, meaning):
    with pytest.raises(UsageError, match="nothing to look for"):
        search_fused(talks.index, meaning, "(")


def test_a_session_that_cannot_be_read_is_told(talks, meaning):
    path = talks.root / "plan-auth" / "journal.jsonl"
    path.unlink()
    path.mkdir()

    assert "plan-auth" in search_fused(talks.index, meaning, "card").unreadable[0]


def test_a_common_word_does_not_come_before_what_means_the_same(library, meaning):
    for number in range(20):
        library.say(f"chat-{number}", f"it is the number {number}", "")
    library.say("chat-right", "heron", "")

    assert hits(library, meaning, "what is the rollout")[0][0] == "chat-right"
