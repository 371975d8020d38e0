"""What changed, as who follows is told it: never too little."""

from ai_sessions.records import Message, Said
from ai_sessions.store.redis import RedisStore

NAME = "plan-x"


def say(text):
    return Said(Message("user", text))


def test_a_change_by_another_client_is_told(redis_server, in_redis):
    other = RedisStore(redis_server.url, prefix=in_redis._places._prefix)
    in_redis.append(NAME, [say("hi")])
    cursor, *_ = in_redis.source().changes()
    other.append(NAME, [say("there")])

    assert in_redis.source().changes(cursor)[1:] == ([NAME], [])
    other.rename(NAME, "plan-y")
    assert in_redis.source().changes(cursor)[1:] == (["plan-y"], [NAME])
    assert in_redis.source().row(NAME) is None
    other.close()


def test_a_session_that_is_being_written_to_has_changed_at_every_look(in_redis):
    in_redis.append(NAME, [say("hi")])
    cursor, *_ = in_redis.source().changes()
    with in_redis._places.changing(NAME):
        assert in_redis.source().changes(cursor)[1] == [NAME]
        again, *_ = in_redis.source().changes(cursor)
        assert in_redis.source().changes(again)[1] == [NAME]
    last, changed, _ = in_redis.source().changes(again)

    assert changed == [NAME]
    assert in_redis.source().changes(last)[1:] == ([], [])


def test_a_name_that_nobody_has_yet_is_not_told_as_changed(in_redis):
    cursor, *_ = in_redis.source().changes()
    with in_redis._places.changing("new"):
        assert in_redis.source().changes(cursor)[1] == []


def test_a_bookmark_of_a_session_before_its_rename_is_good_after(in_redis):
    in_redis.append(NAME, [say("hi")])
    first = in_redis.source().follow(NAME)
    list(first)
    in_redis.rename(NAME, "plan-y")
    in_redis.append("plan-y", [say("there")])
    again = in_redis.source().follow("plan-y", first.bookmark)

    assert not again.whole
    assert [entry["text"] for _, entry in again] == ["there"]
