"""Who is asked: a provider, or one that stands for several."""

from ai_sessions.jobs import Rotates
from ai_sessions.providers.echo import Echo
from ai_sessions.rotating.provider import Rotation


def test_a_provider_that_stands_for_several_is_told_from_one_that_answers_itself():
    assert isinstance(Rotation((), None, None, lambda place: Echo()), Rotates)
    assert not isinstance(Echo(), Rotates)
