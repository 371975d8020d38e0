"""What any HTTP model may send: bytes in pieces, errors in every form, keys in complaints."""

import contextlib
import itertools
import ssl

import httpx
import pytest

from ai_sessions.errors import ConfigError
from ai_sessions.providers import http
from ai_sessions.providers.http import Endpoint, Lines
from ai_sessions.records import Message, ToolCall


def lines(*chunks):
    """What is whole after each chunk, and what is left at the end."""
    waiting, told = Lines(), []
    for chunk in chunks:
        waiting.add(chunk)
        told.append(list(waiting.ready()))
    return told, waiting.rest()


@pytest.mark.parametrize(
    ("chunks", "told", "rest"),
    [
        ([], [], ""),
        ([b""], [[]], ""),
        ([b"a"], [[]], "a"),
        ([b"a\n"], [["a"]], ""),
        ([b"a\r\nb"], [["a"]], "b"),
        ([b"a", b"b\nc", b"\n"], [[], ["ab"], ["c"]], ""),
        ([b"\n\n"], [["", ""]], ""),
        ([b"\xc3", b"\xbc\n"], [[], ["ü"]], ""),
        ([b"\xff\n"], [["\ufffd"]], ""),
    ],
)
def test_a_line_is_told_when_its_end_has_come(chunks, told, rest):
    assert lines(*chunks) == (told, rest)


def test_every_byte_is_counted_and_what_is_left_is_told_once():
    waiting = Lines()
    waiting.add(b"abc\n")
    waiting.add(b"de")

    assert waiting.total == 6
    assert list(waiting.ready()) == []
    assert (waiting.rest(), waiting.rest()) == ("abc\nde", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ""),
        ("<html><h1>Bad\nGateway</h1></html>", "Bad Gateway"),
        ("[" * 100_000, "[" * 300),
        ('"busy"', "busy"),
        ("7", "7"),
        ('{"error": "not found"}', "not found"),
        ('{"error": {"message": "no", "code": "x"}}', "no (x)"),
        ('{"error": {"message": "no", "code": 7}}', "no"),
        ('{"detail": "wrong"}', "wrong"),
        ('{"error": {"msg": "late"}}', "late"),
        ('{"error": {"a": 1}}', '{"a": 1}'),
        ('{"error": {"message": ["a"]}}', "['a']"),
    ],
)
def test_an_error_in_any_form_is_one_line(text, told):
    assert http.error_text(text) == told


def test_the_kind_of_an_error_is_named_as_the_server_names_it():
    text = '{"error": {"message": "no", "type": "api_error", "code": "x"}}'

    assert http.error_text(text, "type") == "no (api_error)"


@pytest.mark.parametrize(
    ("status", "told", "name"),
    [
        (401, "rate limit", "auth"),
        (402, "too many requests", "billing"),
        (429, "insufficient_quota", "billing"),
        (429, "", "rate_limit"),
        (400, "Rate-Limit reached", "rate_limit"),
        (403, "", "auth"),
        (413, "", "context_too_long"),
        (400, "prompt is too long", "context_too_long"),
        (404, "", "model"),
        (529, "", "overloaded"),
        (500, "Overloaded", "overloaded"),
        (599, "", "server"),
        (5000, "", "other"),
        (408, "", "timeout"),
        (0, "", "other"),
        (0, "api_error", "server"),
    ],
)
def test_a_failure_is_classified_by_status_and_words(status, told, name):
    assert http.class_of(status, told) == name


@pytest.mark.parametrize(("key", "shown"), [("", "bad key k-secret"), ("k-secret", "bad key ***")])
def test_a_key_is_masked_where_there_is_one(key, shown):
    assert http.masked("bad key k-secret", key) == shown


@pytest.mark.parametrize("key", ["k", "ollama"])
def test_a_word_that_stands_for_a_key_masks_nothing(key):
    assert http.masked("ollama: it took too long", key) == "ollama: it took too long"


@pytest.mark.parametrize("key", ["a\nb", "ключ", "a\x00"])
def test_a_key_that_no_header_can_hold_is_named_by_its_setting(key):
    with pytest.raises(ConfigError, match="THE_KEY holds characters"):
        Endpoint("x", "http://x", "THE_BASE", "THE_KEY", key).check_key()
    Endpoint("x", "http://x", "THE_BASE", "THE_KEY", "").check_key()


def test_a_model_has_to_be_named_before_anything_is_called(request_of):
    with pytest.raises(ConfigError, match="AI_MODEL is not set"):
        Endpoint("x", "http://x", "THE_BASE", "THE_KEY").check(request_of())
    Endpoint("x", "http://x", "THE_BASE", "THE_KEY").check(request_of(model="m"))


def test_what_a_tool_said_is_told_as_words_of_the_user():
    assert http.as_said(Message("tool", "42", name="sum")) == ("user", "[output of sum]\n42")
    assert http.as_said(Message("tool", "42")) == ("user", "[output of a tool]\n42")
    assert http.as_said(Message("assistant", "hi")) == ("assistant", "hi")


@pytest.mark.parametrize(("text", "told"), [("", ""), ("I look.", "I look.\n")])
def test_the_calls_of_tools_are_told_as_words_of_the_model(text, told):
    calls = (ToolCall("1", "grep", {"word": "ü"}), ToolCall("2", "ls", "-l"))
    said = http.as_said(Message("assistant", text, tool_calls=calls))

    assert said == ("assistant", f'{told}[calls grep {{"word": "ü"}}]\n[calls ls -l]')


def test_the_certificates_of_a_system_are_read_once():
    def verified(url):
        return http._verified(Endpoint("openai", url, "BASE", "KEY"))

    first = verified("https://a/v1")
    assert first.verify_mode is ssl.CERT_REQUIRED
    assert first.check_hostname
    assert verified("https://b/v1") is first
    assert verified("http://127.0.0.1:9/v1") is False


def test_a_server_that_only_drips_its_list_is_left(monkeypatch):
    def dripping(_method, _url, **_how):
        return contextlib.nullcontext(httpx.Response(200, content=itertools.repeat(b" ")))

    monkeypatch.setattr(httpx.Response, "raise_for_status", lambda self: self)
    monkeypatch.setattr(httpx, "stream", dripping)
    with pytest.raises(ConfigError, match="lists no models: its answer is no list"):
        http.models(Endpoint("openai", "http://127.0.0.1:9/v1", "BASE", "KEY"), 0.01)


@pytest.mark.parametrize("told", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"data": [7]}'])
def test_a_list_that_is_none_is_told(monkeypatch, told):
    monkeypatch.setattr(http.model_lists, "body", lambda *_given: told)
    with pytest.raises(ConfigError, match="its answer is no list"):
        http.models(Endpoint("openai", "http://127.0.0.1:9/v1", "BASE", "KEY"))
