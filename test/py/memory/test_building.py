"""The parts of a context come in one order."""

from ai_sessions.memory.building import Sources, build
from ai_sessions.records import Message


def test_parts_that_are_there_come_in_their_order():
    pins, state = Message("system", "pins"), Message("system", "state")
    said = (Message("user", "hello", id="3.0"),)
    built = build(Sources(pins=pins, state=state, said=said), None)

    assert [part.name for part in built.parts] == ["pins", "state", "tail"]
    assert built.messages == (pins, state, *said)
