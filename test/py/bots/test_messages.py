"""A message as a model is told it."""

import asyncio

import pytest

from ai_sessions.bots import messages
from ai_sessions.bots.desk import Asked
from ai_sessions.bots.events import Memo
from chat_service import GROUP, HERE


@pytest.mark.parametrize(
    ("place", "per_user", "wanted"),
    [(HERE, "false", "Hi"), (GROUP, "false", "Ann: Hi"), (GROUP, "true", "Hi")],
)
def test_where_several_talk_in_one_session_it_says_who(world, place, per_user, wanted):
    world.environment["BOT_PER_USER"] = per_user
    asked = Asked(world.event("Hi", place=place), Memo(None), "user")

    assert asyncio.run(messages.text(world.desk, asked)) == wanted
