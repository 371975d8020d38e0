"""What is nearest by meaning; vectors are made some at a time, the newest first."""

import pytest

from ai_sessions.errors import ConfigError
from ai_sessions.index import passages, vectors
from ai_sessions.index.meaning import Meaning
from ai_sessions.index.recalling import Span
from concepts import Concepts


class Clock:
    """Each look takes a second."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1
        return self.now


@pytest.fixture
def embedder():
    return Concepts()


@pytest.fixture
def meaning(library, embedder):
    return Meaning(embedder, str(library.root), Clock())


@pytest.fixture
def many(library):
    """Thirty messages, one a day; the last ones are about shipping."""
    for day in range(1, 31):
        text = f"Ship number {day}" if day > 20 else f"Charge number {day}"
        library.say("chat-log", text, "", at=f"2026-04-{day:02}T00:00:00.000Z")
    return library


def ranked(library, meaning, question, **options):
    return library.index.ask(
        lambda connection, source: meaning.ranked(connection, source, question, **options)
    )


def sessions(library, meaning, question, **options):
    return [near.session for near in ranked(library, meaning, question, **options).near]


def test_what_means_the_same_is_found_without_a_common_word(talks, meaning):
    assert sessions(talks, meaning, "Where do credentials go?") == ["plan-auth"]
    assert sessions(talks, meaning, "charge money") == ["plan-cards"]


def test_what_has_nothing_to_do_with_the_question_is_not_there(talks, meaning):
    assert sessions(talks, meaning, "kafka") == []


def test_an_entry_is_there_once_by_its_best_passage(library, meaning):
    library.say("chat", "Ship it", "Deploy and charge")

    (near,) = ranked(library, meaning, "rollout").near

    assert (near.part, near.alike) == (0, pytest.approx(1))


def test_of_equals_the_newest_is_first_and_no_more_than_asked_for(many, meaning):
    places = [near.place for near in ranked(many, meaning, "deploy", seconds=100, limit=3).near]

    assert len(places) == 3
    assert places == sorted(places, reverse=True)


def test_only_the_named_sessions_are_prepared_and_asked(talks, meaning, embedder):
    assert sessions(talks, meaning, "credentials money", spans=[Span("plan-cards")]) == [
        "plan-cards"
    ]
    assert len(embedder.asked) == 2


def test_who_asks_for_some_sessions_reads_no_others(talks, meaning):
    ranked(talks, meaning, "password")
    talks.say("plan-auth", "Sign in", "")
    talks.say("plan-cards", "Charge", "")
    ranked(talks, meaning, "password", spans=[Span("plan-auth")])

    known = talks.index.ask(lambda connection, _source: passages.rows(connection))
    assert [name for name, *_rest in known].count("plan-auth") == 3
    assert [name for name, *_rest in known].count("plan-cards") == 2


def test_what_is_said_twice_is_prepared_once(talks, meaning, embedder):
    talks.say("plan-other", "Design the login")

    assert sorted(sessions(talks, meaning, "password")) == ["plan-auth", "plan-other"]
    assert embedder.asked.count("Design the login") == 1


def test_what_was_prepared_stays_so(talks, meaning, embedder):
    ranked(talks, meaning, "password")
    asked = len(embedder.asked)
    talks.say("plan-auth", "Sign out", "")

    ranked(talks, meaning, "password")

    assert embedder.asked[asked:] == ["Sign out"]


def test_who_asks_waits_no_longer_than_told_and_gets_the_newest(many, meaning, embedder):
    found = ranked(many, meaning, "deploy", seconds=2)

    assert len(embedder.asked) == 8
    assert embedder.asked[0] == "Ship number 30"
    assert (len(found.near), found.left) == (8, 22)


def test_without_time_only_what_is_prepared_is_asked(many, meaning, embedder):
    assert ranked(many, meaning, "deploy", seconds=0).left == 30
    assert embedder.asked == []


def test_all_that_is_missing_is_made_with_the_progress_told(many, meaning):
    told = []
    filled = meaning.fill(many.index, tell=lambda made, missing: told.append((made, missing)))

    assert (filled.passages, filled.made, filled.left) == (30, 30, 0)
    assert told == [(0, 30), (8, 30), (16, 30), (24, 30), (30, 30)]
    assert meaning.fill(many.index).made == 0


def test_who_is_stopped_loses_nothing_of_what_was_made(many, meaning, embedder):
    def stop(made, _missing):
        if made == 16:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        meaning.fill(many.index, tell=stop)

    assert meaning.fill(many.index).made == 14
    assert len(embedder.asked) == 30


def test_the_model_is_checked_before_its_first_vector_alone(talks, meaning, embedder):
    ranked(talks, meaning, "password")
    ranked(talks, meaning, "password")

    assert embedder.checks == 1


def test_a_model_that_is_not_what_it_seems_makes_no_vector(talks):
    meaning = Meaning(Concepts(broken="other weights"), str(talks.root))

    with pytest.raises(ConfigError, match="other weights"):
        ranked(talks, meaning, "password")

    assert not vectors.are_of(str(talks.root), "concepts")


def test_another_model_prepares_everything_anew(talks, meaning):
    ranked(talks, meaning, "password")
    other = Concepts("better")

    assert sessions(talks, Meaning(other, str(talks.root)), "password") == ["plan-auth"]
    assert len(other.asked) == 4


def test_what_was_removed_is_neither_found_nor_kept(talks, meaning, embedder):
    ranked(talks, meaning, "password")
    talks.store.discard("plan-auth")

    assert sessions(talks, meaning, "password") == []
    talks.store.restore("plan-auth")
    assert sessions(talks, meaning, "password") == ["plan-auth"]
    assert embedder.asked.count("Design the login") == 2
