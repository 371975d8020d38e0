"""What a message says, with what its sender saw."""

import pytest
from telegram import Message, User

from ai_sessions.bots.telegram import words
from telegram_server import ANN, BOT, DATE, DM, Telegram

BOT_USER = User.de_json(BOT)


def message(text=None, **more):
    return Message.de_json(Telegram().message(text, DM, ANN, **more), None)


def entity(kind, offset, length, **more):
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("text", "entities", "told"),
    [
        ("see this", [entity("text_link", 4, 4, url="https://a.example")], None),
        ("😀 x = 1", [entity("code", 3, 5)], "😀 `x = 1`"),
        ("x = 1", [entity("pre", 0, 5, language="python")], "```python\nx = 1\n```"),
        ("a b", [entity("code", 0, 1), entity("code", 2, 1)], "`a` `b`"),
        ("bold", [entity("bold", 0, 4)], "bold"),
        ("x", [entity("code", 900, 10**20)], "x``"),
    ],
)
def test_what_telegram_has_taken_out_of_a_text_is_in_it(text, entities, told):
    found = words.of(message(text, entities=entities))

    assert found == (told or "see [this](https://a.example)")


def test_a_caption_is_its_text():
    photo = [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}]
    told = message("@ann_test_bot why `?`", photo=photo)

    assert words.of(told) == "@ann_test_bot why `?`"
    assert words.mentions(told) == ["@ann_test_bot"]


def test_a_sticker_is_its_emoji():
    sticker = {"file_id": "f", "file_unique_id": "u", "type": "regular", "emoji": "👍"}
    sizes = {"width": 1, "height": 1, "is_animated": False, "is_video": False}

    assert words.of(message(sticker={**sticker, **sizes})) == "👍"


def test_a_message_without_words_mentions_nobody():
    assert (words.of(message()), words.mentions(message()), words.people(message())) == (
        "",
        [],
        set(),
    )


def test_who_is_named_without_a_sign_is_known():
    named = entity("text_mention", 0, 3, user=BOT)
    nobody = entity("mention", 4, 5)

    assert words.people(message("Bot @name", entities=[named, nobody])) == {BOT["id"]}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("@Ann_Test_Bot, why?", "why?"),
        ("why? @ann_test_bot ", "why?"),
        ("why @ann_test_bot so", "why @ann_test_bot so"),
        ("@ann_test_bots why?", "@ann_test_bots why?"),
    ],
)
def test_the_bots_name_is_left_out_at_the_beginning_and_the_end(text, left):
    assert words.without_mention(text, BOT_USER) == left


def test_what_was_forwarded_is_marked_as_somebody_elses():
    origin = {"type": "hidden_user", "date": DATE, "sender_user_name": "Eve"}
    told = words.with_quote(message("a\nb", forward_origin=origin), "a\nb", BOT_USER)

    assert told == "Forwarded:\n> a\n> b"


def test_what_somebody_else_said_is_quoted_above_the_reply_to_it():
    replied = {"message_id": 3, "date": DATE, "chat": DM, "from": ANN, "text": "one\ntwo"}
    told = message("why?", reply_to_message=replied)

    assert words.with_quote(told, "why?", BOT_USER) == "> one\n> two\n\nwhy?"


def test_of_what_the_bot_said_only_a_part_that_was_chosen_is_quoted():
    replied = {"message_id": 3, "date": DATE, "chat": DM, "from": BOT, "text": "one two"}
    quote = {"text": "two", "position": 4, "is_manual": True}

    assert words.with_quote(message("why?", reply_to_message=replied), "why?", BOT_USER) == "why?"
    chosen = message("why?", reply_to_message=replied, quote=quote)
    assert words.with_quote(chosen, "why?", BOT_USER) == "> two\n\nwhy?"


def test_a_long_quote_is_cut():
    replied = {"message_id": 3, "date": DATE, "chat": DM, "from": ANN, "text": "x" * 1001}
    told = words.with_quote(message("why?", reply_to_message=replied), "why?", BOT_USER)

    assert told == f"> {'x' * 1000} …\n\nwhy?"
