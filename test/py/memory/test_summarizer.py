"""What a summarizer is given: nothing of it can be changed on the way."""

import dataclasses

import pytest

from ai_sessions.memory.summarizer import Draft, Fold
from ai_sessions.records import Message


@pytest.mark.parametrize("record", [Fold(None, (Message("user", "hi"),), 500), Draft("text")])
def test_what_is_summarized_and_what_comes_out_stay_as_they_are(record):
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.text = "another"
