"""Texts as words: scripts without gaps, the query language, and words of what is gone."""

import pytest

from ai_sessions.index import NAME, database, words
from ai_sessions.index.search import search
from ai_sessions.store.files.source import FileSource

GLUED = "请评审gen-itgc的悬空指针、评审会议"


def found(library, words, **options):
    return [hit.session for hit in search(library.index, words, **options).hits]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        *(
            (GLUED, word)
            for word in ("悬空", "评审会议", "悬", "议", "itgc", "gen-itgc", "悬空 itgc")
        ),
        *(("ユーザー登録を確認", word) for word in ("ユーザー", "登録", "確認", "ユーザー登録")),
        ("사용자를 추가", "사용자"),
        ("ภาษาไทยง่ายนิดเดียว", "ง่าย"),
        ("half-width ﾕｰｻﾞｰ and wide \uff21\uff22\uff23", "ユーザー abc"),
        ("café", "CAFE"),
        ("the payment_gateway", "gateway"),
    ],
)
def test_words_are_found_in_any_script_and_glued_to_another(library, text, words):
    library.say("plan-glued", text)
    library.say("plan-other", "空针 会评 other")

    assert found(library, words) == ["plan-glued"]


@pytest.mark.parametrize("words", ["空评", "议会", "tgc", "itg"])
def test_letters_that_are_no_word_of_the_text_are_not_found(library, words):
    library.say("plan-glued", GLUED)

    assert found(library, words) == []


@pytest.fixture
def tidy(library, monkeypatch):
    """An index that takes two entries at a step when a quarter of ten or more is dead."""
    monkeypatch.setattr(words, "_STEP", 2)
    monkeypatch.setattr(words, "_FEWEST_DEAD", 4)
    for number in range(12):
        library.say(f"plan-{number}", f"needle{number} of the haystack")
    found(library, "haystack")
    return library


def read_logs(monkeypatch):
    """Names of the sessions whose logs are read from now on."""
    names = []
    inner = FileSource.follow
    monkeypatch.setattr(FileSource, "follow", lambda *args: names.append(args[1]) or inner(*args))
    return names


@pytest.mark.skipif(database.DELETES_WORDS, reason="this SQLite deletes words itself")
def test_dead_words_go_in_steps_and_every_living_one_is_found_meanwhile(tidy, monkeypatch):
    for number in range(4):
        tidy.store.discard(f"plan-{number}")
    names = read_logs(monkeypatch)
    alive = {f"plan-{number}" for number in range(4, 12)}
    for _step in range(6):
        assert set(found(tidy, "haystack")) == alive
        assert len(found(tidy, "haystack")) == len(alive)
    with database.opened(str(tidy.root / NAME)) as connection:
        kept = [
            connection.execute(f"select count(*) from {table}_docsize").fetchone()[0]
            for table in database.WORDS
        ]

    assert sorted(names) == sorted(alive)
    assert kept == [12, 8]
    tidy.store.discard("plan-4")
    tidy.store.discard("plan-5")
    tidy.store.discard("plan-6")
    assert len(found(tidy, "haystack")) == 5


@pytest.mark.skipif(not database.DELETES_WORDS, reason="this SQLite cannot delete words")
def test_words_of_what_is_gone_are_deleted(tidy):
    for number in range(4):
        tidy.store.discard(f"plan-{number}")

    assert len(found(tidy, "haystack")) == 8
    with database.opened(str(tidy.root / NAME)) as connection:
        assert connection.execute("select count(*) from words_a_docsize").fetchone() == (8,)


@pytest.mark.parametrize("term", ["", '"', "-- '", "\0", "("])
def test_what_has_no_letter_is_no_query(term):
    assert words.query(term) == ""


@pytest.mark.parametrize(
    ("term", "query"),
    [
        ('card" OR "login', '"card  OR  login"'),
        ("NEAR(", '"NEAR("'),
        ("a\0b", '"a b"'),
        ("悬空", '"悬空"'),
        ("悬", '"悬" *'),
        ("评审会议", '"评审 审会 会议"'),
        ("itgc的悬空", '"itgc" AND "的悬 悬空"'),
    ],
)
def test_a_term_is_quoted_and_a_script_without_gaps_is_asked_for_in_pairs(term, query):
    assert words.query(term) == query


@pytest.mark.parametrize(
    ("text", "spread"),
    [
        ("plain words", "plain words"),
        ("itgc的悬空", "itgc 的悬 悬空 空 "),
        ("\uff21\uff22", "AB"),
    ],
)
def test_letters_without_gaps_are_put_in_as_overlapping_pairs(text, spread):
    assert words.spread(text) == spread


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "note", "body": {"text": "no"}},
        {"type": "interaction", "messages": 5},
        {"type": "interaction", "messages": [5, {"text": 7}, {"role": "user"}]},
        {"type": "message", "role": "user", "text": None},
    ],
)
def test_what_has_no_text_says_nothing(entry):
    assert words.said(entry) == []


def test_a_role_that_is_none_does_not_hide_what_was_said():
    assert words.said({"type": "message", "role": 7, "text": "hi"}) == [("", "hi")]
