"""How conversations are kept, as the settings say."""

import pytest

from ai_sessions import config
from ai_sessions.assemble.memory import memory
from ai_sessions.errors import ConfigError


def test_the_settings_decide_how_it_is_summarized():
    given = {
        "SUMMARIZE_THRESHOLD": "0.5",
        "SUMMARY_MAX_TOKENS": "200",
        "MIN_MESSAGES_TO_SUMMARIZE": "4",
        "ANSWER_TOKENS": "1000",
    }
    made = memory(config.load(given))

    rules = made.rules
    assert (rules.trigger, rules.most_tokens, rules.fewest) == (0.5, 200, 4)
    assert made.answer_tokens == 1000
    assert rules.summarizer.name == "extractive"


def test_a_wrong_setting_is_told_before_anything_is_called():
    with pytest.raises(ConfigError, match="ANSWER_TOKENS='none'"):
        memory(config.load({"ANSWER_TOKENS": "none"}))
