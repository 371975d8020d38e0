"""docs/api.md, "Always on" and "From elsewhere": its unit, its proxies and its tunnel, for real."""

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

import deployment
import openai_server
from ai_sessions import config
from event_stream import events
from loopback import Turn

SERVE = str(deployment.ROOT / "scripts/serve.sh")
PROXIES = {"nginx": deployment.nginx, "caddy": deployment.caddy}
MIB = 1 << 20
_WAIT_S = 30


class Served:
    """A server at work. `port`: where it listens; `link`: what logs a browser in."""

    def __init__(self, environment: dict[str, str], *options: str) -> None:
        self.process = subprocess.Popen(
            [SERVE, "--port", "0", "--open", "--json", *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout
        told = json.loads(self.process.stdout.readline())
        self.port, self.link = told["url"].rpartition(":")[2], told["login"]
        self.token = Path(environment["SESSION_DIR"], ".api/token").read_text().strip()


@contextmanager
def served(folder: Path, *options: str) -> Iterator[Served]:
    """A server, whose model begins to answer and never ends."""
    with openai_server.server(lambda _: Turn("One two.", hang_after=2)) as model:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "SESSION_DIR": str(folder / "sessions"),
            "AI_PROVIDER": "openai",
            "OPENAI_BASE_URL": f"{model.url}/v1",
            "OPENAI_API_KEY": "no-key",
        }
        found = Served(environment, *options)
        try:
            yield found
        finally:
            found.process.terminate()
            assert found.process.wait(_WAIT_S) == 0


class Client(httpx.Client):
    """Of the page's host, behind a proxy at a port of this machine."""

    def __init__(self, port: int, server: Served, certificate: deployment.Certificate) -> None:
        self.name = deployment.host()
        super().__init__(
            base_url=f"https://127.0.0.1:{port}",
            headers={"host": self.name, "authorization": f"Bearer {server.token}"},
            verify=ssl.create_default_context(cafile=str(certificate.file)),
            timeout=_WAIT_S,
        )
        self.port, self.link = port, server.link

    def send(self, request: httpx.Request, **more: Any) -> httpx.Response:
        request.extensions["sni_hostname"] = self.name
        return super().send(request, **more)

    def made(self, name: str) -> str:
        """A new session's path."""
        assert self.post("/v1/sessions", json={"name": name}).status_code == 201
        return f"/v1/sessions/{name}"


@pytest.fixture(scope="module", params=PROXIES)
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp(request.param)
    certificate = deployment.certificate(folder)
    public = f"https://{deployment.host()}"
    with (
        served(folder, "--public-url", public) as server,
        PROXIES[request.param](folder, server.port, certificate) as port,
        Client(port, server, certificate) as found,
    ):
        yield found


def logged_in(client: httpx.Client, link: str, origin: str) -> httpx.Response:
    """The overview, after the form that a link shows was sent."""
    del client.headers["authorization"]
    path, code = re.sub("^https?://[^/]*", "", link).split("?code=")
    assert "Log in on this browser" in client.get(f"{path}?code={code}").text
    answer = client.post(path, data={"code": code}, headers={"origin": origin})
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert ("; Secure" in cookie) == origin.startswith("https")
    return client.get("/", headers={"cookie": cookie.partition(";")[0]})


def test_through_a_proxy_requests_are_answered(client: Client) -> None:
    path = client.made("plain")

    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get(path).json()["name"] == "plain"
    assert client.get(path, headers={"authorization": "Bearer wrong"}).status_code == 401


def test_through_a_proxy_events_arrive_as_they_come(client: Client) -> None:
    with client.stream("GET", "/v1/events") as response:
        told = events(response)
        assert next(told)[0] == "ready"
        client.made("told")

        assert next(data["name"] for name, data in told if name == "session") == "told"


def test_through_a_proxy_words_arrive_while_the_model_goes_on(client: Client) -> None:
    path = client.made("chat")
    with client.stream("POST", f"{path}/chat", json={"text": "Hi", "stream": True}) as response:
        told = events(response)
        assert next(told) == ("delta", {"text": "On", "begins": True})
        assert client.post(f"{path}/chat", json={"text": "And?"}).status_code == 409
        assert client.delete(f"{path}/turn").status_code == 202

        assert next(told)[0] == "failed"


@pytest.mark.parametrize(
    ("path", "most"), [("/v1/sessions", MIB), ("/v1/chat/completions", 16 * MIB)]
)
def test_the_limit_of_a_body_is_the_servers_and_not_the_proxys(
    client: Client, path: str, most: int
) -> None:
    """A body that fits is read: it has no field that is known."""
    headers = {"content-type": "application/json"}
    answers = [
        client.post(path, content=b'{"x": "%s"}' % (b"x" * (length - 9)), headers=headers)
        for length in (most, most + 1)
    ]

    assert [one.status_code for one in answers] == [400, 413]


def test_through_a_proxy_pages_of_others_cannot_write(client: Client) -> None:
    found = {
        origin: client.post(
            "/v1/sessions", json={"name": "origin"}, headers={"origin": origin}
        ).status_code
        for origin in (f"https://{client.name}", "https://evil.example", "null")
    }

    assert list(found.values()) == [201, 403, 403]


def test_through_a_proxy_another_name_is_no_door(client: Client) -> None:
    answer = client.get("/v1/sessions", headers={"host": "evil.example"})

    # Caddy itself has nothing to say to it
    assert answer.status_code == 421 or (answer.status_code, answer.content) == (200, b"")


def test_through_a_proxy_a_link_logs_a_browser_in(client: Client) -> None:
    token = client.headers["authorization"]
    assert client.link.startswith(f"https://{client.name}/login?code=")
    try:
        assert "<h1>Overview</h1>" in logged_in(client, client.link, f"https://{client.name}").text
    finally:
        client.headers["authorization"] = token


def test_behind_nginx_on_a_port_of_its_own_the_name_has_that_port(tmp_path: Path) -> None:
    certificate = deployment.certificate(tmp_path)
    name = f"{deployment.host()}:8443"
    with (
        served(tmp_path, "--public-url", f"https://{name}") as server,
        deployment.nginx(tmp_path, server.port, certificate) as port,
        Client(port, server, certificate) as client,
    ):
        headers = {"host": name, "origin": f"https://{name}"}
        answer = client.post("/v1/sessions", json={"name": "x"}, headers=headers)

    assert answer.status_code == 201


def test_nginx_waits_as_long_as_an_answer_may_take() -> None:
    (hours,) = re.findall(r"proxy_read_timeout (\d+)h;", deployment.block("server {"))

    assert int(hours) * 3600 > config.load({}, files=[])["AI_TIMEOUT"]


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS has one loopback address")
def test_through_a_tunnel_the_server_is_as_on_its_own_machine(tmp_path: Path) -> None:
    """With the same port on the other side, which here is another address of this machine."""
    with (
        served(tmp_path) as server,
        deployment.tunnel(tmp_path, f"127.0.0.2:{server.port}", server.port),
        httpx.Client(base_url=f"http://127.0.0.2:{server.port}", timeout=_WAIT_S) as client,
    ):
        url = f"http://127.0.0.1:{server.port}"
        client.headers.update({"host": url[7:], "authorization": f"Bearer {server.token}"})
        assert client.post("/v1/sessions", json={"name": "far"}).status_code == 201
        with client.stream("GET", "/v1/events") as response:
            assert next(events(response))[0] == "ready"
        assert server.link.startswith(url)

        assert "<h1>Overview</h1>" in logged_in(client, server.link, url).text


def test_a_tunnel_from_another_port_needs_the_public_url(tmp_path: Path) -> None:
    near = deployment.free_port()
    url = f"http://127.0.0.1:{near}"
    with (
        served(tmp_path, "--public-url", url) as server,
        deployment.tunnel(tmp_path, str(near), server.port),
        httpx.Client(base_url=url, timeout=_WAIT_S) as client,
    ):
        client.headers["authorization"] = f"Bearer {server.token}"
        named = f"localhost:{near}"
        assert client.get("/healthz", headers={"host": named}).status_code == 421
        assert client.post("/v1/sessions", json={"name": "far"}).status_code == 201
        assert server.link.startswith(url)

        assert "<h1>Overview</h1>" in logged_in(client, server.link, url).text


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    (tmp_path / "ai-sessions").symlink_to(deployment.ROOT)
    unit = tmp_path / "ai-sessions.service"
    unit.write_text(deployment.block("[Unit]"))
    own = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    found = subprocess.run(
        ["systemd-analyze", "--user", "verify", str(unit)],
        env=own,
        capture_output=True,
        text=True,
        timeout=_WAIT_S,
        check=False,
    )

    assert (found.returncode, found.stdout + found.stderr) == (0, "")
