"""How much a model holds: what its provider knows, what the user says, what its name tells."""

from dataclasses import replace
from pathlib import Path

import pytest

from ai_sessions import config
from ai_sessions.assemble.windows import window_of
from ai_sessions.providers.echo import Echo
from ai_sessions.providers.local import Local


class Talker(Echo):
    """It only talks."""


class Agent(Echo):
    """It works on files."""

    quirks = replace(Echo.quirks, edits_files=True)


LOCAL = Local("", Path("/nowhere"), 8192)


@pytest.mark.parametrize(
    ("provider", "model", "chosen", "window"),
    [
        (Talker(), "gpt-4o-mini", "", 128_000),
        (Talker(), "claude-sonnet-4-5", "50000", 50_000),
        (Talker(), "a-model-of-mine", "", None),
        (Talker(), "a-model-of-mine", "131072", 131_072),
        (Talker(), "", "", None),
        (Agent(), "", "", 200_000),
        (Agent(), "a-model-of-mine", "", 200_000),
        (LOCAL, "gpt-4o-mini", "", 8192),
        (LOCAL, "", "4096", 4096),
        (LOCAL, "", "99999", 8192),
    ],
)
def test_the_provider_comes_first_then_the_setting_then_the_name(provider, model, chosen, window):
    settings = config.load({"AI_WINDOW": chosen})

    assert window_of(settings, provider, model) == window
