"""Hints of the command line, as a client over HTTP needs them."""

import re

import pytest

from ai_sessions.api import hints
from ai_sessions.conversations import outcomes
from ai_sessions.memory import building

COMMAND = re.compile(r"ai-session\.sh|--[a-z]")


@pytest.mark.parametrize(
    ("hint", "told"),
    [
        (
            "remove the fork first: ai-session.sh remove kid other",
            "remove the fork first, or ask with cascade=true",
        ),
        ('ai-session.sh search "card retries"', "give a word that may have been said"),
        ("see the ids: ai-session.sh show one --messages 20", "see the ids: GET its /messages"),
        (
            "make room: ai-session.sh state one KEY=null, ai-session.sh forget one KEY",
            'make room: PATCH its /state with {"KEY": null}, DELETE its /pins?key=KEY',
        ),
        (
            "see what there is: ai-session.sh list --feature x",
            "see what there is: GET /v1/sessions",
        ),
        ("raise it: ai-session.sh describe NAME --limit N", "raise it: PATCH it with token_limit"),
        ("x; what it is told: ai-session.sh context one", "x; what it is told: POST its /context"),
        ("check --model or AI_MODEL", "check model or AI_MODEL"),
        ("look: ai-session.sh doctor one", "look: ai-session.sh doctor one"),
        ("choose another name", "choose another name"),
    ],
)
def test_a_command_is_told_as_the_request_that_does_it(hint, told):
    assert hints.over_http(hint) == told


@pytest.mark.parametrize("hint", [*building._LESS.values(), outcomes._AFTER_LIMIT])
def test_no_command_is_left_where_a_client_can_do_something(hint):
    assert not COMMAND.search(hints.over_http(hint))
