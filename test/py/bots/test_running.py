"""The process that is a bot."""

import pytest

from ai_sessions import config
from ai_sessions.bots import adapters, running
from ai_sessions.bots.adapter import Away
from ai_sessions.errors import ConfigError, LockBusy, ProviderError


class Module:
    """What a service's module is for `adapters`."""

    def __init__(self, service):
        self.adapter = lambda _settings, _hook: service


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


def test_a_service_that_is_away_at_the_beginning_is_asked_again(world, begin, monkeypatch):
    fails = [Away("no network")]

    async def hello():
        if fails:
            raise fails.pop()

    monkeypatch.setattr(running, "_FIRST_S", 0.0)
    monkeypatch.setattr(world.service, "begin", hello)
    world.service.incoming = [world.event("Hello")]
    begin()

    assert world.service.texts == ["Hello"]


def test_a_token_that_the_service_does_not_take_ends_it_before_it_says_that_it_began(
    world, begin, monkeypatch
):
    async def hello():
        raise ConfigError("no such token")

    monkeypatch.setattr(world.service, "begin", hello)
    with pytest.raises(ConfigError, match="no such token"):
        begin(lambda _members: pytest.fail("it never began"))


@pytest.fixture
def check(world, begin):
    settings = config.load({**world.environment, "TELEGRAM_BOT_TOKEN": "1:x"})
    return lambda: running.check(settings, "telegram")


def test_a_check_tells_who_the_bot_is_and_that_nobody_owns_it(check):
    assert check() == ["I am @service_bot", "no owner yet: start it to have a code"]


def test_a_check_tells_who_owns_the_bot(world, begin, check):
    def started(members):
        world.service.incoming = [world.event(f"/start {members.new_code()}")]

    begin(started)

    assert check()[-1] == "owners: 7"


def test_a_check_of_a_service_that_is_away_is_an_error(world, check, monkeypatch):
    async def away():
        raise Away("no network")

    monkeypatch.setattr(world.service, "check", away)
    with pytest.raises(ProviderError, match="telegram cannot be reached: no network"):
        check()
