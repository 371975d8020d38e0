"""What adapters raise."""

from ai_sessions.bots.adapter import Moved, RetryAfter


def test_failures_say_what_the_service_wants():
    assert (RetryAfter(3.0).seconds, str(RetryAfter(3.0))) == (
        3.0,
        "the service takes nothing for 3.0 s",
    )
    assert (Moved("-100").to, str(Moved("-100"))) == ("-100", "the chat goes on at -100")
