"""The scripts: which keys they touch, and that the server of these tests would refuse others."""

import hashlib
import re

import pytest

from ai_sessions.errors import StorageError
from ai_sessions.store.redis import keys, scripts
from ai_sessions.store.redis.client import Client, Step

OF_SESSIONS = {"log", "ids", "facts", "meta", "turn"}
OF_NAMES = {"places", "trash", "changed", "gone", "count", "list", "writing"}


@pytest.mark.parametrize("script", scripts.EVERY)
def test_a_script_touches_the_keys_that_it_is_given_and_no_others(script):
    touched = set(re.findall(r"redis\.call\('\w+', (\w+)", script.text))

    assert touched
    assert touched <= OF_SESSIONS or touched <= OF_NAMES
    assert script.text.count("redis.call(") == len(
        re.findall(r"redis\.call\('\w+', \w+", script.text)
    )
    assert script.text.count("KEYS[") == len(OF_SESSIONS if touched <= OF_SESSIONS else OF_NAMES)


@pytest.mark.parametrize("script", scripts.EVERY)
def test_a_script_is_known_by_its_hash(script):
    known = hashlib.new("sha1", script.text.encode(), usedforsecurity=False)

    assert script.sha == known.hexdigest()


def test_every_script_is_taught_to_a_server():
    made = [one for one in vars(scripts).values() if isinstance(one, scripts.Script)]

    assert {one.sha for one in made} == {one.sha for one in scripts.EVERY}


def test_a_script_whose_keys_are_of_two_sessions_is_refused(redis_server):
    one, other = keys.place("cross", "a"), keys.place("cross", "b")
    client = Client(redis_server.url)

    with pytest.raises(StorageError, match="slot"):
        client.run(Step(scripts.LOOK, (*one.all[:4], other.turn), (scripts.SCHEMA,)))
    client.close()
