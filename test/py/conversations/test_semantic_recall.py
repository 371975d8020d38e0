"""Sentences of older messages that mean what is asked."""

import pytest

from ai_sessions.conversations import semantic_recall
from ai_sessions.index.meaning import Meaning, Passage
from concepts import Concepts


@pytest.fixture
def embedder():
    return Concepts()


@pytest.fixture
def single(embedder, tmp_path):
    meaning = Meaning(embedder, str(tmp_path))

    def find(*texts, question="credentials"):
        found = [Passage("chat", {}, " ".join(text.split()), 0.5) for text in texts]
        return dict(semantic_recall.single(meaning, question, found, texts))

    return find


def test_a_message_of_one_sentence_is_as_alike_as_its_passage(single, embedder):
    assert single("Rotate the password.") == {"Rotate the password.": 0.5}
    assert embedder.asked == []


def test_of_several_sentences_only_those_that_mean_it_are_told(single):
    text = "First buy milk for the team. Then rotate the password.\nAnd deploy it at noon."

    assert single(text) == {"Then rotate the password.": pytest.approx(1)}


def test_a_sentence_over_two_spaces_is_found_in_its_passage(single):
    assert list(single("Rotate  the   password. It is the time of the year for it.")) == [
        "Rotate  the   password."
    ]


def test_what_is_in_no_passage_is_not_compared(embedder, tmp_path):
    found = [Passage("chat", {}, "Sign in. It is late by now, so let us go home.", 0.5)]
    texts = ["Sign in. It is late by now, so let us go home.", "A password elsewhere."]

    told = semantic_recall.single(Meaning(embedder, str(tmp_path)), "credentials", found, texts)

    assert "A password elsewhere." not in {*told, *embedder.asked}


def test_only_so_many_sentences_are_compared(single, embedder):
    single(" ".join(f"Password number {number}." for number in range(100)))

    assert len(embedder.asked) <= 24 + 1
