"""The step that exports a call."""

import sys
from types import SimpleNamespace

import pytest

from ai_sessions import telemetry
from ai_sessions.telemetry import sending
from ai_sessions.telemetry.exporting import Telemetry


@pytest.fixture
def sent(monkeypatch):
    """What our own sender gets, in a program that never heard of OpenTelemetry."""
    found = []
    monkeypatch.setattr(sending, "sender", lambda: SimpleNamespace(put=found.append))
    monkeypatch.delitem(sys.modules, "opentelemetry.trace", raising=False)
    return found


@pytest.fixture
def sdk(monkeypatch, sent):
    """A program that has set up a provider of its own, with the spans that it gets."""
    spans = []
    emitter = SimpleNamespace(emit=spans.append)
    made = SimpleNamespace(of_program=lambda: emitter, spans=spans)
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", made)
    monkeypatch.setitem(sys.modules, "ai_sessions.telemetry.sdk", made)
    monkeypatch.setattr(telemetry, "sdk", made, raising=False)
    return made


def test_a_program_without_opentelemetry_sends_by_ours(call, session, sent):
    told = [].append
    Telemetry({"HOME": "/"}, told)(call(), session)

    (outgoing,) = sent
    assert outgoing.span.name == "chat claude-haiku-4-5"
    assert (outgoing.environment, outgoing.tell) == ({"HOME": "/"}, told)


def test_the_programs_own_provider_gets_the_span(call, session, sent, sdk):
    Telemetry({}, print)(call(), session)

    assert [one.name for one in sdk.spans] == ["chat claude-haiku-4-5"]
    assert sent == []


def test_a_program_that_only_imports_it_has_none(call, session, sent, sdk):
    sdk.of_program = lambda: None
    Telemetry({}, print)(call(), session)

    assert len(sent) == 1


@pytest.mark.parametrize("has_content", [True, False])
def test_content_is_told_where_it_is_asked_for(call, session, sent, has_content):
    Telemetry({}, print, has_content=has_content)(call(), session)

    assert ("gen_ai.input.messages" in sent[0].span.attributes) is has_content
