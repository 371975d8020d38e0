"""Summaries without a model say what messages say."""

from ai_sessions.memory.extractive import ExtractiveItems
from ai_sessions.memory.summarizer import Fold
from ai_sessions.records import Message


def test_its_items_name_their_messages():
    said = (Message("user", "The port is 8080.", id="3.0"),)
    draft = ExtractiveItems().fold(Fold(None, said, 500))

    assert [item.sources for item in draft.items] == [("3.0",)]
    assert "8080" in draft.text
