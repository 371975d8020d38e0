"""What became of each part of a message."""

import pytest

from ai_sessions.bots.database import Database
from ai_sessions.bots.outbox import Outbox, Part


@pytest.fixture
def outbox(tmp_path):
    return Outbox(Database(tmp_path / "b.sqlite3"))


def test_a_part_is_what_was_put_last(outbox):
    outbox.put("100", "e:1", 0, "sending")
    outbox.put("100", "e:1", 0, "sent", "m5")
    outbox.put("100", "e:1", 1, "sending")

    assert outbox.parts("e:1") == {0: Part("sent", "m5"), 1: Part("sending")}
    assert outbox.parts("e:2") == {}


def test_a_message_is_found_by_the_id_that_the_service_gave_it(outbox):
    outbox.put("100", "e:1", 0, "sent", "m5")

    assert [outbox.key_of("100", "m5"), outbox.key_of("200", "m5")] == ["e:1", ""]
