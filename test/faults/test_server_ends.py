"""`serve.sh` is told to end, twice, or killed, amid answers, streams and requests."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

import openai_server
from event_stream import events
from loopback import Turn

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
_WAIT_S = 60
#: A request whose body is asked for when its head was read.
HEAD = """\
POST /v1/sessions HTTP/1.1\r
Host: 127.0.0.1:{port}\r
Authorization: Bearer {token}\r
Content-Type: application/json\r
Content-Length: {length}\r
Expect: 100-continue\r
\r
"""


class World:
    """Servers one after another at one port, on one store. Their model begins to answer, and never
    ends.
    """

    def __init__(self, folder: Path, model: str) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "SESSION_DIR": str(folder / "sessions"),
            "AI_PROVIDER": "openai",
            "OPENAI_BASE_URL": f"{model}/v1",
            "OPENAI_API_KEY": "no-key",
        }
        self.port = "0"
        self.start()
        self.token = Path(self.environment["SESSION_DIR"], ".api/token").read_text().strip()
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"authorization": f"Bearer {self.token}"},
            timeout=_WAIT_S,
        )
        self.client.post("/v1/sessions", json={"name": "a"})

    def start(self) -> None:
        self.process = subprocess.Popen(
            [SCRIPTS / "serve.sh", "--port", self.port],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout
        self.port = self.process.stdout.readline().strip().rpartition(":")[2]

    def asked(self) -> AbstractContextManager[httpx.Response]:
        """A stream of an answer."""
        question = {"text": "Hi", "stream": True}
        return self.client.stream("POST", "/v1/sessions/a/chat", json=question)

    def calls(self) -> list[dict[str, Any]]:
        """As `show` has them."""
        done = subprocess.run(
            [SCRIPTS / "ai-session.sh", "show", "a", "--json"],
            env=self.environment,
            capture_output=True,
            check=True,
        )
        found: list[dict[str, Any]] = json.loads(done.stdout)["interactions"]
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with openai_server.server(lambda _: Turn("One two.", hang_after=2)) as model:
        found = World(tmp_path, model.url)
        yield found
        found.client.close()
        for _ in range(3):
            found.process.terminate()
        found.process.wait(_WAIT_S)


def begun(world: World, body: bytes) -> socket.socket:
    """A request that has been taken and whose body is still to come."""
    made = socket.create_connection(("127.0.0.1", int(world.port)), timeout=_WAIT_S)
    head = HEAD.format(port=world.port, token=world.token, length=len(body))
    made.sendall(head.encode())
    assert made.recv(100).startswith(b"HTTP/1.1 100 ")
    return made


def all_of(connection: socket.socket) -> bytes:
    """What comes until the server closes it."""
    with connection:
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_told_to_end_it_tells_streams_and_finishes_what_it_has_taken(world: World) -> None:
    body = b'{"name": "late"}'
    idle = socket.create_connection(("127.0.0.1", int(world.port)), timeout=_WAIT_S)
    request = begun(world, body)
    with world.client.stream("GET", "/v1/events") as following, world.asked() as answer:
        changes, words = events(following), events(answer)
        assert (next(changes)[0], next(words)[0]) == ("ready", "delta")
        world.process.terminate()

        assert next(words)[0] == "stopping"
        assert [name for name, _ in changes][-1] == "stopping"
    assert all_of(idle) == b""
    request.sendall(body)
    assert all_of(request).startswith(b"HTTP/1.1 201 ")
    world.process.terminate()  # the second time: the model never ends
    assert world.process.wait(_WAIT_S) == 0

    world.start()
    assert world.client.get("/v1/sessions/late").status_code == 200
    (call,) = world.calls()
    assert (call["status"], call["cost"]) == ("interrupted", None)
    assert [one["text"] for one in call["messages"]] == ["Hi", "On"]


def test_killed_amid_an_answer_it_has_what_came_and_takes_the_question_again(world: World) -> None:
    with world.asked() as answer:
        words = events(answer)
        assert next(words)[0] == "delta"
        world.process.kill()
        world.process.wait()
        with pytest.raises(httpx.RemoteProtocolError):
            list(words)

    world.start()  # at the same port, at once
    with world.client.stream("GET", "/v1/sessions/a/turn") as replayed:
        (_, said), (name, end) = events(replayed)
    assert (said["text"], name, end["code"]) == ("On", "failed", "interrupted")
    (call,) = world.calls()
    assert (call["status"], call["cost"]) == ("interrupted", None)
    assert world.client.get("/v1/usage").json()["data"][0]["cost"] is None
    with world.asked() as again:
        assert next(events(again))[0] == "delta"
