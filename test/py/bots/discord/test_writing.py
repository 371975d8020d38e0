"""Messages of ours as Discord takes them."""

import pytest

from ai_sessions.bots.adapter import Message
from ai_sessions.bots.discord import writing
from ai_sessions.bots.events import Button

NOBODY = {"parse": [], "replied_user": False}


@pytest.mark.parametrize(
    "made",
    [
        writing.message(Message("@everyone")),
        writing.edited(Message("@everyone")),
        writing.for_one("@everyone"),
        writing.file("@everyone", "a.md"),
    ],
)
def test_nothing_calls_anybody(made):
    assert made["allowed_mentions"] == NOBODY
    assert made["content"] == "@everyone"


def test_a_message_has_its_nonce_and_what_it_replies_to():
    made = writing.message(Message("Hi", reply_to="5", nonce="abc", is_quiet=True))

    assert (made["nonce"], made["enforce_nonce"]) == ("abc", True)
    assert made["message_reference"] == {"message_id": "5", "fail_if_not_exists": False}
    assert made["flags"] == 1 << 2 | 1 << 12


def test_one_without_them_has_none():
    made = writing.message(Message("Hi"))

    assert not {"nonce", "enforce_nonce", "message_reference"} & set(made)


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_message_is_never_empty(text):
    assert writing.message(Message(text))["content"] == "\u200b"


def test_buttons_that_are_gone_are_taken_away():
    assert writing.edited(Message("Done"))["components"] == []


def test_a_label_is_as_long_as_discord_takes():
    (row,) = writing.message(Message("?", buttons=(Button("x" * 99, "data"),)))["components"]

    assert row["components"] == [{"type": 2, "style": 2, "label": "x" * 80, "custom_id": "data"}]
