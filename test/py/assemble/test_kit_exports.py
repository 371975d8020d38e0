"""Whether calls are exported, by the setting OTEL and by what is installed."""

import sys

import pytest

from ai_sessions import config, telemetry
from ai_sessions.assemble.conversations import conversations
from ai_sessions.assemble.kit import exports
from ai_sessions.errors import ConfigError
from ai_sessions.library.sessions import Tracked
from ai_sessions.store.memory import MemoryStore


@pytest.fixture
def made(monkeypatch):
    def make(is_installed, **settings):
        monkeypatch.setattr(telemetry, "is_installed", lambda: is_installed)
        return exports(config.load(settings), {}, print)

    return make


def test_it_is_off_by_default(made):
    assert made(True) == made(False) == ()


def test_where_it_is_on_its_packages_must_be_there(made):
    with pytest.raises(ConfigError, match="OTEL=true needs the extra `otel`") as caught:
        made(False, OTEL="true")

    assert "--otel" in caught.value.hint


@pytest.mark.parametrize("content", ["true", "false"])
def test_content_is_told_by_a_setting_of_its_own(made, content):
    (step,) = made(True, OTEL="true", OTEL_CONTENT=content)

    assert step._has_content is (content == "true")


def test_a_program_is_told_before_anything_is_recorded(monkeypatch, tmp_path):
    monkeypatch.setattr(telemetry, "is_installed", lambda: False)

    with pytest.raises(ConfigError, match="OTEL=true needs the extra"):
        conversations({"HOME": str(tmp_path), "OTEL": "true"}, MemoryStore())


@pytest.mark.parametrize("fails", [False, True])
def test_each_call_that_a_program_made_is_exported(monkeypatch, tmp_path, caplog, fails):
    seen = []

    def step(call, session):
        seen.append((call.model, session.name))
        if fails:
            raise OSError("no route")

    monkeypatch.setattr("ai_sessions.assemble.kit.exports", lambda *_: (step,))
    core = conversations({"HOME": str(tmp_path)}, MemoryStore())
    for number in range(2):
        Tracked("a-chat", store=core).track("hi", "hello", f"m{number}")

    assert seen == [("m0", "python-a-chat"), ("m1", "python-a-chat")]
    assert caplog.messages == (["function: no route"] * 2 if fails else [])


def test_where_it_is_off_nothing_of_it_is_imported(made, monkeypatch):
    for name in [one for one in sys.modules if one.startswith("ai_sessions.telemetry")]:
        monkeypatch.delitem(sys.modules, name)
    made(True)

    assert not [one for one in sys.modules if one.startswith("ai_sessions.telemetry")]
