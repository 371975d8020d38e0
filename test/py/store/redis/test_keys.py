"""Names of keys: what has to be in one hash slot."""

import re

from ai_sessions.store.redis import keys


def tags(names):
    """What a server makes their slots of."""
    return {re.search(r"\{(.+?)\}", name)[1] for name in names}


def test_the_keys_of_a_session_share_a_slot_and_those_of_two_do_not():
    one, other = keys.place("p", "a"), keys.place("p", "b")

    assert tags(one.all) == {"s:a"}
    assert tags(other.all) == {"s:b"}
    assert len({*one.all, *other.all}) == 10


def test_the_keys_of_the_names_share_a_slot_that_no_session_has():
    assert tags(keys.names("p").all) == {"names"}
    assert tags(keys.place("p", "names").all) == {"s:names"}


def test_no_key_of_one_prefix_is_one_of_another():
    mine = {*keys.names("a").all, *keys.place("a", "x").all}

    assert mine.isdisjoint({*keys.names("b").all, *keys.place("b", "x").all})
    assert all(name.startswith("a:") for name in mine)
