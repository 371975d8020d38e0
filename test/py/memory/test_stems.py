"""Stems are those of the index, or a question would miss what the index has found."""

import re
import sqlite3
from pathlib import Path

import pytest

from ai_sessions.memory import stems
from ai_sessions.memory.stems import stem

DOCS = Path(__file__).resolve().parents[3] / "docs"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("deploy deploys deployed deploying deployment", "deploi deploi deploi deploi deploy"),
        ("caresses ponies cats agreed plastered sing", "caress poni cat agre plaster sing"),
        ("conflated hopping falling filing happy sky", "conflat hop fall file happi sky"),
        ("relational rational vietnamization decisiveness", "relat ration vietnam decis"),
        ("triplicate formative hopeful electrical", "triplic form hope electr"),
        ("revival adoption replacement probate controll", "reviv adopt replac probat control"),
        ("is 8080 v2 naïve 端口", "is 8080 v2 naïve 端口"),
    ],
)
def test_forms_of_a_word_have_its_stem(words, expected):
    assert " ".join(map(stem, words.split())) == expected


def test_every_word_of_our_pages_has_the_stem_that_sqlite_gives_it():
    pages = " ".join(page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))
    words = sorted(set(re.findall("[a-z]{3,30}", pages.lower())))
    found = sqlite3.connect(":memory:")
    found.execute("create virtual table said using fts5(text, tokenize='porter unicode61')")
    found.execute("create virtual table stems using fts5vocab(said, 'instance')")
    found.executemany("insert into said(rowid, text) values (?,?)", enumerate(words))
    theirs = dict(found.execute("select doc, term from stems"))

    assert len(words) > 1000
    assert {one: stem(one) for one in words} == {one: theirs[at] for at, one in enumerate(words)}


def test_what_is_too_long_for_a_word_stays_as_it_is_and_is_not_kept():
    before = stems._stem.cache_info().currsize
    data = "ab" * 5000 + "ing"

    assert stems.stem(data) == data
    assert stems._stem.cache_info().currsize == before
