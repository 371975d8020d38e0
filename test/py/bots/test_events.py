"""What comes in, as it is stored."""

import orjson

from ai_sessions.bots.events import Attachment, Inbound, Person, Place, inbound


def test_an_event_is_the_same_when_it_was_stored():
    event = Inbound(
        "1",
        Place("-100", "7", title="Team"),
        Person("5", "Ann"),
        "2026-11-28T10:00:00.000Z",
        text="see this",
        attachments=(Attachment("f", "a.txt", "text/plain", 3),),
    )

    assert inbound(orjson.loads(orjson.dumps(event))) == event


def test_a_topic_has_a_key_of_its_own():
    assert [Place("-100").key, Place("-100", "7").key] == ["-100", "-100:7"]
