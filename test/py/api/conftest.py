"""A server in this process, asked without a socket."""

import asyncio

import httpx
import pytest

from ai_sessions.api.application import application
from ai_sessions.api.service import Service

HOST = "testserver"


class Client:
    """Asks the server as a program does; `token`: whose, empty for none."""

    def __init__(self, service, token=""):
        self.service, self.token = service, token
        self.restart()

    def restart(self):
        """Begin anew, with what the service has now."""
        self.app = application(self.service, [HOST], [f"http://{HOST}"])

    def ask(self, method, path, **more):
        """One request, in an event loop of its own."""
        return asyncio.run(self.asked(method, path, **more))

    async def asked(self, method, path, headers=None, **more):
        """The same in the loop that runs."""
        known = {"authorization": f"Bearer {self.token}"} if self.token else {}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
            return await client.request(method, path, headers={**known, **(headers or {})}, **more)

    def get(self, path, **more):
        return self.ask("GET", path, **more)

    def post(self, path, **more):
        return self.ask("POST", path, **more)

    def delete(self, path, **more):
        return self.ask("DELETE", path, **more)


@pytest.fixture
def environment(tmp_path):
    return {"SESSION_DIR": str(tmp_path / "sessions"), "HOME": str(tmp_path)}


@pytest.fixture
def service(environment, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    return Service(environment)


@pytest.fixture
def client(service):
    """With the owner's token."""
    return Client(service, service.access.token())


@pytest.fixture
def stranger(service):
    """Without a token."""
    return Client(service)
