"""The best of the candidates that may answer."""

from datetime import UTC, datetime

import pytest

from ai_sessions.assistant import choosing
from ai_sessions.catalog.rotation import ModelEntry
from ai_sessions.errors import ConfigError, LimitReached
from ai_sessions.rotation.records import Candidate, Need, Ranked

NOW = datetime(2025, 1, 15, tzinfo=UTC)
ONE, TWO = (Candidate(ModelEntry(id_, id_.title(), "p")) for id_ in ("one", "two"))


class Fixed:
    """Ranks as it was told."""

    name = "fixed"

    def __init__(self, **excluded):
        self.excluded = excluded

    def rank(self, candidates, need, now, **_more):
        return tuple(
            Ranked(one.key, 1.0, excluded=self.excluded.get(one.model.id, "")) for one in candidates
        )


def test_the_best_that_may_answer_is_suggested():
    found = choosing.suggest([ONE, TWO], Need(), NOW, Fixed(one="is full"))

    assert found.model is TWO.model
    assert [one.excluded for one in found.ranked] == ["is full", ""]


def test_where_none_may_answer_each_says_why():
    with pytest.raises(LimitReached, match="One: is full; Two: has no key"):
        choosing.suggest([ONE, TWO], Need(), NOW, Fixed(one="is full", two="has no key"))


def test_where_all_want_a_key_it_is_no_limit_that_ends():
    with pytest.raises(ConfigError, match="now: One, Two: has no key"):
        choosing.suggest([ONE, TWO], Need(), NOW, Fixed(one="has no key", two="has no key"))


def test_without_candidates_there_is_nothing_to_choose():
    with pytest.raises(LimitReached, match="there is none to choose among"):
        choosing.suggest([], Need(), NOW, Fixed())


@pytest.mark.parametrize("name", ["one", "p:one"])
def test_what_a_user_likes_is_marked(name):
    assert [one.favourite for one in choosing.liked([ONE, TWO], [name])] == [True, False]
