"""What a provider cannot do is refused before it is called."""

from types import SimpleNamespace

import pytest

from ai_sessions.errors import Unsupported
from ai_sessions.providers import abilities
from ai_sessions.providers.contract import Offer, Quirks, Tool
from ai_sessions.records import Message

IMAGE = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
UPLOAD = {"type": "file", "file": {"file_id": "file-1"}}
AGENT = Quirks(keeps_context=True, edits_files=True)
ABLE = Quirks(
    *(False, False), takes_schema=True, takes_tools=True, ignores=("seed",), parts=("image",)
)
TOOLS = Offer((Tool("add"),))


@pytest.fixture
def check(request_of):
    def checked(quirks, *parts, is_exact=True, **more):
        provider = SimpleNamespace(name="p", quirks=quirks)
        request = request_of(model="m", is_exact=is_exact, **more)
        abilities.check(provider, request, [Message("user", "", parts=parts)])

    return checked


@pytest.mark.parametrize(
    ("quirks", "parts", "more", "told"),
    [
        (AGENT, (), {"tools": TOOLS}, "tools: p m takes no tools"),
        (AGENT, (), {"options": {"stop": ["x"]}}, "stop: p m takes no stop"),
        (ABLE, (), {"options": {"seed": 1}}, "seed: p m takes no seed"),
        (AGENT, (), {"schema": {}}, "response_format: p m cannot be held to a form"),
        (AGENT, (IMAGE,), {}, "messages: p m cannot be shown a part of a message: image"),
        (ABLE, (UPLOAD,), {}, "messages: .*known by an id alone"),
    ],
)
def test_what_would_be_left_out_is_refused_by_its_name(check, quirks, parts, more, told):
    with pytest.raises(Unsupported, match=told) as refused:
        check(quirks, *parts, **more)

    assert refused.value.parameter == told.partition(":")[0]


@pytest.mark.parametrize(
    ("quirks", "parts", "more"),
    [
        (ABLE, (IMAGE,), {"tools": TOOLS, "schema": {}, "options": {"stop": ["x"]}}),
        (AGENT, (), {"tools": Offer((Tool("add"),), "none"), "options": {"temperature": 1}}),
        (AGENT, (), {"tools": Offer()}),
        (AGENT, (), {"options": {"temperature": 0, "max_tokens": 5, "seed": 1}}),
        (AGENT, ({"type": "refusal", "refusal": "no"},), {}),
        (AGENT, (IMAGE,), {"is_exact": False, "schema": {}, "options": {"seed": 1}}),
    ],
)
def test_what_changes_nothing_is_let_pass(check, quirks, parts, more):
    check(quirks, *parts, **more)


def test_tools_are_refused_however_exact_the_request_is(check):
    with pytest.raises(Unsupported, match="tools"):
        check(AGENT, is_exact=False, tools=TOOLS)


@pytest.mark.parametrize(
    ("quirks", "options", "expected"),
    [
        (AGENT, {"max_tokens": 9, "temperature": 0, "stop": ["x"]}, ("temperature", "max_tokens")),
        (AGENT, {"temperature": 1, "top_p": 1, "presence_penalty": 0}, ()),
        (AGENT, {"seed": 0, "frequency_penalty": 0.5}, ("seed", "frequency_penalty")),
        (ABLE, {"seed": 1, "temperature": 0}, ()),
    ],
)
def test_an_agent_answers_without_what_only_tunes(quirks, options, expected):
    assert abilities.ignored(SimpleNamespace(quirks=quirks), options) == expected
