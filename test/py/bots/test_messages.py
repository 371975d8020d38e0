"""A message as a model is told it."""

import asyncio
import base64
import hashlib

import pytest

from ai_sessions.bots import messages
from ai_sessions.bots.adapter import Unfetched
from ai_sessions.bots.desk import Asked
from ai_sessions.bots.events import Attachment, Memo
from chat_service import GROUP, HERE

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


def told(world, data=b"", **event):
    async def fetch(_attachment):
        if isinstance(data, Exception):
            raise data
        return data

    world.desk.fetch = fetch
    asked = Asked(world.event(event.pop("text", "Hi"), **event), Memo(None), "user")
    return asyncio.run(messages.question(world.desk, asked))


def attached(name="a.txt", media="text/plain"):
    return (Attachment("f1", name, media),)


@pytest.mark.parametrize(
    ("place", "per_user", "wanted"),
    [(HERE, "false", "Hi"), (GROUP, "false", "Ann: Hi"), (GROUP, "true", "Hi")],
)
def test_where_several_talk_in_one_session_it_says_who(world, place, per_user, wanted):
    world.environment["BOT_PER_USER"] = per_user

    assert told(world, place=place).text == wanted


def test_the_text_of_a_file_is_told_with_what_it_is(world):
    found = told(world, b"x = 1\n", attachments=attached("a\n[b].py", "text/x-python"))

    digest = hashlib.sha256(b"x = 1\n").hexdigest()
    head = f"[attached: a [b].py, text/x-python, 6 bytes, sha256 {digest}]"
    assert found.text == f"Hi\n\n{head}\n```\nx = 1\n```"


def test_fences_in_a_file_do_not_end_its_own(world):
    text = told(world, b"```\ncode\n````\n", attachments=attached()).text

    assert text.endswith("`````\n```\ncode\n````\n`````")


def test_of_a_long_text_the_middle_is_left_out(world):
    text = told(world, b"a" * 100_000 + b"z", attachments=attached()).text

    assert "[… 40,001 characters are left out …]" in text
    assert text.rstrip("`\n").endswith("z")


@pytest.mark.parametrize("data", [b"\x00\x01\x02", b"\xff\xfe\xfa\xfb"])
def test_of_what_is_no_text_it_is_told_what_it_is(world, data):
    text = told(world, data, attachments=attached("a.bin", "")).text

    assert "a.bin, application/octet-stream" in text
    assert "```" not in text


def test_an_image_is_a_part_whatever_the_service_calls_it(world):
    found = told(world, PNG, text="", attachments=attached("p.txt", "text/plain"))

    address = "data:image/png;base64," + base64.b64encode(PNG).decode()
    assert found.parts == ({"type": "image_url", "image_url": {"url": address}},)
    assert found.text.startswith("[attached: p.txt, image/png")


def test_what_only_says_that_it_is_an_image_is_none(world):
    assert told(world, b"<script>", attachments=attached("p.png", "image/png")).parts == ()


def test_a_document_is_a_part_with_its_name(world):
    (part,) = told(world, b"%PDF-1.7", attachments=attached("a.pdf", "")).parts

    assert (part["type"], part["file"]["filename"]) == ("file", "a.pdf")


def test_an_image_that_is_too_large_is_not_shown(world):
    found = told(world, PNG + bytes(6 << 20), attachments=attached())

    assert found.parts == ()
    assert found.text.endswith("(too large to be shown)")


def test_what_cannot_be_had_is_told_and_the_message_counts(world):
    text = told(world, Unfetched("it is 30 MB"), attachments=attached("a.zip")).text

    assert text == "Hi\n\n[attached, and cannot be read: a.zip: it is 30 MB]"
