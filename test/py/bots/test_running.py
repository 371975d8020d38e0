"""The process that is a bot."""

import pytest

from ai_sessions.bots import adapters, running
from ai_sessions.errors import LockBusy


class Module:
    """What a service's module is for `adapters`."""

    def __init__(self, service):
        self.adapter = lambda _settings: service


@pytest.fixture
def begin(world, monkeypatch):
    """Runs the bot to the end of what has come in; `started` is told its members."""
    monkeypatch.setattr(adapters, "import_module", lambda _name: Module(world.service))
    environment = {**world.environment, "TELEGRAM_BOT_TOKEN": "1:x"}

    def begun(started=lambda _members: None):
        running.run(environment, "telegram", started)

    return begun


def test_what_has_come_in_is_answered(world, begin):
    world.service.incoming = [world.event("Hello")]
    begin()

    assert world.service.texts == ["Hello"]


def test_of_two_with_one_token_the_second_is_refused(begin):
    def second(_members):
        with pytest.raises(LockBusy, match="this telegram bot"):
            begin()

    begin(second)


def test_the_token_is_in_no_name_of_a_file(world, begin, tmp_path):
    begin()

    names = [path.name for path in (tmp_path / "sessions" / ".bots").iterdir()]
    assert names
    assert not any("1:x" in name for name in names)
