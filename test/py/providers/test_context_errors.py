"""Every server's words for a prompt that is too long, as they were recorded: known, and read."""

import json
import re
from pathlib import Path

import pytest

from ai_sessions.providers import http
from ai_sessions.providers.context_errors import WORDS, Figures, figures

FIXTURES = Path(__file__).parents[2] / "fixtures"
TOLD = json.loads((FIXTURES / "context-errors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "limit", "sent"), TOLD, ids=[text[:50] for text, *_ in TOLD])
def test_the_limit_and_the_size_that_a_complaint_names_are_read(text, limit, sent):
    assert figures(text) == Figures(limit, sent)


@pytest.mark.parametrize("text", [text for text, *_ in TOLD], ids=range(len(TOLD)))
def test_every_complaint_is_known_as_one_about_the_context(text):
    assert re.search(WORDS, text, re.IGNORECASE)
    assert http.class_of(400, text) == "context_too_long"


@pytest.mark.parametrize(
    "text",
    [
        "Rate limit exceeded: too many tokens per minute",
        "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40000.",
        "You exceeded your current quota, limit: 20",
        "invalid role in message 3",
        "max_tokens: 32000 > 8192, which is the most of this model",
    ],
)
def test_other_limits_are_not_taken_for_that_of_the_context(text):
    assert http.class_of(400, text) != "context_too_long"


def test_only_the_beginning_of_a_very_long_complaint_is_searched():
    assert figures("x" * 5000 + "prompt is too long: 9 tokens > 8 maximum") == Figures()


@pytest.mark.parametrize("text", ["", "0 maximum context length", "maximum context length is ,"])
def test_what_is_no_figure_is_none(text):
    assert figures(text) == Figures()
