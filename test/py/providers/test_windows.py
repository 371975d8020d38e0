"""How an agent's own window goes on with a conversation, whose id is never an option there."""

import pytest

from ai_sessions.errors import ProviderError
from ai_sessions.providers import windows
from ai_sessions.records import Resume

AGENTS = ("claude", "codex", "gemini", "opencode")


@pytest.mark.parametrize("provider", AGENTS)
@pytest.mark.parametrize("id_", ["", "--dangerous", "-c", "a b", "a\nb", "../x;rm"])
def test_an_id_that_no_agent_gives_is_refused(provider, id_):
    with pytest.raises(ProviderError, match="not a conversation"):
        windows.words(provider, Resume(id_))


@pytest.mark.parametrize("provider", AGENTS)
def test_the_agent_gets_the_id_as_the_last_word(provider):
    words = windows.words(provider, Resume("0190-abc"))

    assert (words[0], words[-1]) == (provider, "0190-abc")
    assert windows.has(provider)


@pytest.mark.parametrize("provider", ["echo", "openai", "", "Claude"])
def test_a_provider_without_a_window_has_none(provider):
    assert not windows.has(provider)
