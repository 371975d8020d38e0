"""Our commands as Discord's."""

import re

from ai_sessions.bots.commands.command import Command
from ai_sessions.bots.commands.table import COMMANDS
from ai_sessions.bots.discord import slash


def listed(**more):
    return slash.listed(
        [Command(**{"name": "model", "takes": "", "tells": "ask", "run": None} | more)]
    )


def test_every_command_is_one_that_discord_takes():
    for one in slash.listed(COMMANDS.values()):
        assert re.fullmatch(r"[a-z0-9_-]{1,32}", one["name"])
        assert 0 < len(one["description"]) <= 100
        assert all(0 < len(option["description"]) <= 100 for option in one["options"])


def test_what_a_command_takes_is_one_option_that_may_be_left_out():
    (one,) = listed(takes="[auto|NAME]")

    assert one["options"] == [
        {"type": 3, "name": "text", "description": "[auto|NAME]", "required": False}
    ]
    assert listed()[0]["options"] == []


def test_what_discord_adds_makes_no_other_list():
    theirs = [{**one, "id": "5", "version": "1", "nsfw": False} for one in listed(takes="X")]
    theirs[0]["options"][0] = {"type": 3, "name": "text", "description": "X"}

    assert slash.is_same(listed(takes="X"), theirs)
    assert slash.is_same(listed(), [{"name": "model", "description": "ask"}])


def test_another_text_option_or_command_makes_another_list():
    ours = listed(takes="X")

    for other in (listed(), listed(takes="Y"), listed(takes="X", tells="other"), ours * 0):
        assert not slash.is_same(ours, other)
    assert not slash.is_same(ours, [*ours, *listed(name="more")])


def test_the_order_is_of_no_importance():
    both = [*listed(), *listed(name="more")]

    assert slash.is_same(both, both[::-1])
