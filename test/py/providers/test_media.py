"""Images and documents of other APIs' forms."""

import pytest

from ai_sessions.providers.media import for_anthropic, for_openai, kind

URL = "https://example.org/cat.png"
PNG, PDF = "data:image/png;base64,iVBORw0K", "data:application/pdf;base64,JVBERi0x"


def openai_image(address):
    return {"type": "image_url", "image_url": {"url": address}}


def anthropic_file(kind, media_type, data, **more):
    source = {"type": "base64", "media_type": media_type, "data": data}
    return {"type": kind, "source": source, **more}


@pytest.mark.parametrize(
    ("openai", "anthropic"),
    [
        (openai_image(PNG), anthropic_file("image", "image/png", "iVBORw0K")),
        (openai_image(URL), {"type": "image", "source": {"type": "url", "url": URL}}),
        (
            {"type": "file", "file": {"filename": "a.pdf", "file_data": PDF}},
            anthropic_file("document", "application/pdf", "JVBERi0x", title="a.pdf"),
        ),
    ],
)
def test_each_api_takes_what_the_other_has(openai, anthropic):
    assert for_openai(anthropic) == openai
    assert for_anthropic(openai) == anthropic


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"type": "input_image", "image_url": PNG}, openai_image(PNG)),
        (
            {"type": "input_file", "filename": "a.pdf", "file_data": PDF},
            {"type": "file", "file": {"filename": "a.pdf", "file_data": PDF}},
        ),
    ],
)
def test_the_forms_of_responses_are_those_of_chat_completions(given, shown):
    assert for_openai(given) == shown


@pytest.mark.parametrize("show", [for_openai, for_anthropic])
@pytest.mark.parametrize(
    "part",
    [
        openai_image(PNG),
        anthropic_file("image", "image/png", "iVBORw0K"),
        {"type": "input_audio", "input_audio": {"data": "UklGR", "format": "wav"}},
    ],
)
def test_its_own_form_goes_along_as_it_is(show, part):
    is_own = (part["type"] != "image") is (show is for_openai)

    assert (show(part) == part) is is_own


@pytest.mark.parametrize("show", [for_openai, for_anthropic])
@pytest.mark.parametrize(
    "part",
    [
        {"type": "strange", "value": 7},
        {"type": "image", "source": None},
        {"type": "input_image", "image_url": "javascript:alert(1)"},
        {},
    ],
)
def test_what_there_is_no_form_for_is_told_in_words(show, part):
    shown = show(part)

    assert shown["type"] == "text"
    assert str(part.get("type", "")) in shown["text"]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (openai_image(PNG), "image"),
        (anthropic_file("document", "application/pdf", "JVBERi0K"), "document"),
        ({"type": "input_audio", "input_audio": {}}, "audio"),
        ({"type": "file", "file": {"file_id": "file-1"}}, "upload"),
        ({"type": "video_url", "video_url": {"url": PNG}}, "video_url"),
        ({"type": "image", "source": None}, "image"),
        ({"type": "refusal", "refusal": "no"}, ""),
        ({}, ""),
    ],
)
def test_what_a_part_is_tells_who_can_be_shown_it(part, expected):
    assert kind(part) == expected
