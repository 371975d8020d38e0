"""The person that `user_session.json` is about."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ai_sessions.assistant import profile
from ai_sessions.errors import ConfigError

NOW = datetime(2025, 1, 15, 10, 30, tzinfo=UTC).astimezone()
GEMINI, DEEPSEEK = "google/gemini-2.0-flash-exp:free", "deepseek/deepseek-r1:free"
#: As the first program wrote it.
SEED = """{
  "user_name": "Declan",
  "assistant_name": "Brakel",
  "preferred_model": "google/gemini-2.0-flash-exp:free",
  "created_at": "2025-01-15T10:30:00",
  "last_active": "2025-01-15T14:22:15",
  "total_conversations": 42,
  "favorite_models": [
    "google/gemini-2.0-flash-exp:free",
    "deepseek/deepseek-r1:free"
  ]
}"""


def put(folder, text):
    Path(folder.path).mkdir(mode=0o700)
    Path(folder.place(profile.NAME)).write_text(text)


def text(folder):
    return Path(folder.place(profile.NAME)).read_text()


def without(name, value):
    return json.dumps({**json.loads(SEED), name: value})


def test_an_existing_profile_is_read(folder):
    put(folder, SEED)

    assert profile.read(folder) == profile.Profile(
        "Declan",
        "Brakel",
        GEMINI,
        "2025-01-15T10:30:00",
        "2025-01-15T14:22:15",
        42,
        (GEMINI, DEEPSEEK),
    )


def test_an_existing_profile_is_saved_byte_for_byte(folder):
    put(folder, SEED)

    profile.change(folder, lambda known: known)

    assert text(folder) == SEED


def test_without_a_file_there_is_no_profile(folder):
    assert profile.read(folder) is None
    assert profile.change(folder, lambda known: known) is None


def test_a_new_person_likes_the_model_they_chose():
    made = profile.created("  Declan\x1b[31m ", "Brakel", GEMINI, NOW)

    assert (made.user_name, made.preferred_model, made.favorite_models) == (
        "Declan",
        GEMINI,
        (GEMINI,),
    )


def test_times_are_those_of_this_machine(folder):
    made = profile.created("Declan", "Brakel", GEMINI, NOW)

    assert made.created_at == NOW.replace(tzinfo=None).isoformat()
    assert made.last_active == made.created_at


def test_what_others_keep_in_the_file_stays(folder):
    put(folder, without("theme", "dark"))

    profile.change(folder, lambda known: profile.active(known, NOW, conversations=1))

    assert json.loads(text(folder))["theme"] == "dark"
    assert json.loads(text(folder))["total_conversations"] == 43


def test_a_favourite_is_preferred_and_stands_once():
    made = profile.created("Declan", "Brakel", GEMINI, NOW)

    changed = profile.liking(profile.liking(made, DEEPSEEK), GEMINI)

    assert changed.favorite_models == (DEEPSEEK, GEMINI)
    assert changed.preferred_model == GEMINI


def test_what_is_no_favourite_any_more_stays_preferred():
    made = profile.created("Declan", "Brakel", GEMINI, NOW)

    changed = profile.unliking(made, GEMINI)

    assert (changed.favorite_models, changed.preferred_model) == ((), GEMINI)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("user_name", 7, "text"),
        ("user_name", " ", "the name of the user"),
        ("created_at", "yesterday", "a time such as"),
        ("total_conversations", -1, "a whole number"),
        ("total_conversations", True, "a whole number"),
        ("total_conversations", 1.5, "a whole number"),
        ("favorite_models", "gemini", "a list of models"),
        ("favorite_models", [1], "a list of models"),
    ],
)
def test_a_wrong_value_is_named_and_stays(folder, name, value, wanted):
    put(folder, without(name, value))

    with pytest.raises(ConfigError, match=f"user_session.json: {name} is .*, not {wanted}"):
        profile.change(folder, lambda known: known)
    assert text(folder) == without(name, value)


def test_two_at_once_lose_no_conversation(folder):
    import threading

    profile.save(folder, profile.created("Declan", "Brakel", GEMINI, NOW))

    def talk():
        for _number in range(5):
            profile.change(folder, lambda known: profile.active(known, NOW, conversations=1))

    threads = [threading.Thread(target=talk) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    known = profile.read(folder)
    assert known and known.total_conversations == 10
