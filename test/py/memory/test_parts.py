"""What is beside a message's text: its words count as words, a file as a file."""

import base64
import json

import pytest

from ai_sessions.memory import parts

PHOTO = base64.b64encode(bytes(range(256)) * 4).decode()
OPENAI = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PHOTO}"}}
ANTHROPIC = {
    "type": "image",
    "source": {"type": "base64", "media_type": "image/png", "data": PHOTO},
}
GEMINI = {"inline_data": {"mime_type": "image/png", "data": PHOTO}}
BY_ADDRESS = {"type": "image_url", "image_url": {"url": "https://example.com/photo.png"}}
IN_LINES = {"type": "file", "data": base64.encodebytes(bytes(1024)).decode()}


@pytest.mark.parametrize("part", [OPENAI, ANTHROPIC, GEMINI, BY_ADDRESS, IN_LINES])
def test_a_file_is_one_in_the_words_of_each_interface(part):
    assert parts.files(part) == 1


@pytest.mark.parametrize("part", [OPENAI, ANTHROPIC, GEMINI, IN_LINES])
def test_the_content_of_a_file_is_no_text(part):
    assert len(parts.words(part)) < 120


def test_each_file_of_a_part_counts():
    assert parts.files({"images": [PHOTO, {"data": PHOTO}]}) == 2


@pytest.mark.parametrize(
    "part",
    [
        {"type": "text", "text": "look at this"},
        {"type": "input_text", "text": "look at this"},
        {"text": "look at this"},
    ],
)
def test_a_text_counts_as_it_is(part):
    assert (parts.words(part), parts.files(part)) == ("look at this", 0)


@pytest.mark.parametrize(
    "part",
    [{"b": 2}, {"type": "tool_use", "input": {"text": "x"}}, {"type": "note", "text": None}, {}],
)
def test_what_nobody_knows_counts_as_its_json(part):
    assert (parts.words(part), parts.files(part)) == (json.dumps(part), 0)


@pytest.mark.parametrize("text", ["a" * 255, "word " * 100, "日本" * 200])
def test_what_is_short_or_no_base64_is_text(text):
    assert parts.files({"type": "data", "data": text}) == 0
