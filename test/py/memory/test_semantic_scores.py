"""Sentences by words and by meaning: one order, in which a common word does not count."""

import pytest

from ai_sessions.memory import questions, scoring, semantic_scores
from ai_sessions.records import Message

SAID = (
    "The port is 8080.",
    "Kafka is off the table.",
    "Buy milk. Rotate the credentials.",
)
MESSAGES = [Message("user", text, id=f"{number}.0") for number, text in enumerate(SAID)]


def told(question, alike):
    asked = questions.asked(question)
    found = semantic_scores.with_meaning(asked, MESSAGES, scoring.scored(asked, MESSAGES), alike)
    return [(one.sentence.text, one.score) for one in found]


def texts(question, alike):
    return [text for text, _score in told(question, alike)]


def test_what_only_means_it_is_there():
    assert texts("Which broker was rejected?", {SAID[1]: 0.4}) == [SAID[1]]


def test_what_has_the_words_and_means_it_is_first():
    alike = {"Rotate the credentials.": 0.5, SAID[0]: 0.4}

    assert texts("Which port?", alike) == [SAID[0], "Rotate the credentials."]


def test_what_hardly_means_it_is_worth_little():
    (_first, sure), (_second, unsure) = told("Why?", {SAID[1]: 0.6, SAID[0]: 0.2})

    assert unsure < sure / 4


def test_without_anything_alike_words_decide_as_ever():
    asked = questions.asked("Which port?")
    found = scoring.scored(asked, MESSAGES)

    assert semantic_scores.with_meaning(asked, MESSAGES, found, {}) == found


def test_first_by_both_is_worth_what_words_can_be_worth():
    ((_text, score),) = told("port 8080 port", {SAID[0]: 0.9})

    assert score == pytest.approx(semantic_scores._most(questions.asked("port 8080 port")), rel=0.5)


def test_one_of_many_words_is_behind_what_surely_means_it():
    assert texts("port of the zebra, the giraffe and the lion", {SAID[1]: 0.9})[0] == SAID[1]
