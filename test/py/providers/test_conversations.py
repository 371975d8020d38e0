"""The id of a conversation in an agent's command line."""

import pytest

from ai_sessions.errors import ProviderError
from ai_sessions.providers import claude, codex, gemini, opencode
from ai_sessions.records import Resume

AGENTS = (claude, codex, gemini, opencode)
IDS = (
    "0190a3c4-8f6e-7b1d-9c2a-5d4e3f2a1b0c",
    "ses_5f3a9c",
    "thread:1.2",
)
OPTIONS = ("--dangerously-skip-permissions", "-c", "--", "-", "", "a b", "a\n--last", "/etc/passwd")


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.NAME)
@pytest.mark.parametrize("id_", IDS)
def test_an_id_that_agents_give_stands_there_as_it_is(request_of, agent, id_):
    assert id_ in agent.argv(request_of(resume=Resume(id_)))


@pytest.mark.parametrize("agent", AGENTS, ids=lambda agent: agent.NAME)
@pytest.mark.parametrize("id_", OPTIONS)
def test_what_could_be_an_option_is_refused_before_anything_is_called(request_of, agent, id_):
    with pytest.raises(ProviderError, match="not a conversation: "):
        agent.argv(request_of(resume=Resume(id_)))
