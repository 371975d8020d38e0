"""A browser that has logged in."""

import pytest

from ai_sessions import ids
from ai_sessions.api import logins
from ai_sessions.api.scopes import Token
from ai_sessions.records import About, Cost, Interaction, Message, Usage, stamp


class Browser:
    """Asks with a cookie, as a browser does that shows our pages."""

    def __init__(self, client, token: Token):
        self.client = client
        self.cookie = client.service.logins.begin(token, client.service.now())
        self.csrf = logins.csrf(self.cookie)

    def ask(self, method, path, headers=None, **more):
        """One request with the cookie."""
        cookie = {"cookie": f"{logins.COOKIE}={self.cookie}"}
        return self.client.ask(method, path, headers={**cookie, **(headers or {})}, **more)

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, **more):
        return self.ask("POST", path, **more)


@pytest.fixture
def browser_of(stranger):
    """Of whose token."""
    return lambda token: Browser(stranger, token)


@pytest.fixture
def browser(browser_of, service):
    """Of the owner."""
    return browser_of(service.access.owner())


@pytest.fixture
def talk(service):
    """Make a session in which one call was made with these texts."""

    def made(name, *texts, model="m", title="", cost=1_500_000_000):
        service.store.ensure(name, About(kind="chat", title=title))
        said = [Message(role, one) for role, one in zip(("user", "assistant"), texts, strict=False)]
        at, cost_of = stamp(service.now()), Cost(cost, "client")
        call = Interaction(ids.new(), at, "p", model, tuple(said), Usage(1200, 30), cost_of)
        return service.store.append(name, [call])

    return made
