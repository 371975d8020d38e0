"""Where a server may listen."""

import asyncio
import socket
from pathlib import Path

import pytest

from ai_sessions.api import address
from ai_sessions.api.address import Address
from ai_sessions.errors import ConfigError

PEM = Path("x.pem")


@pytest.mark.parametrize(
    "at",
    [
        Address(),
        Address("::1"),
        Address("localhost"),
        Address("0.0.0.0", is_insecure=True),
        Address(public_url="https://box.example:8443/"),
        Address(cors_origins=("https://app.example", "http://localhost:3000/")),
    ],
)
def test_this_machine_is_safe_and_so_is_tls(at):
    address.check(at)


def test_a_token_would_cross_the_network_as_text():
    with pytest.raises(ConfigError, match="tokens would cross the network"):
        address.check(Address("0.0.0.0"))


def test_pages_below_a_path_would_link_elsewhere():
    with pytest.raises(ConfigError, match=r"https://box[.]example/ai: has a path"):
        address.check(Address(public_url="https://box.example/ai"))


def test_a_certificate_without_its_key_is_refused():
    with pytest.raises(ConfigError, match="TLS needs both"):
        address.check(Address(certificate=PEM))


def test_who_comes_before_the_server_has_begun_is_not_refused():
    with address.bound(Address(port=0)) as bound:
        socket.create_connection(bound.getsockname()).close()


def test_a_small_answer_does_not_wait_for_more():
    async def connected():
        taken = asyncio.get_running_loop().create_future()
        with address.bound(Address(port=0)) as bound:
            server = await asyncio.start_server(
                lambda _, writer: taken.set_result(writer), sock=bound
            )
            async with server:
                _, own = await asyncio.open_connection(*bound.getsockname())
                writer = await taken
                found = writer.get_extra_info("socket")
                is_set = found.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                own.close()
                writer.close()
                return is_set

    assert asyncio.run(connected())


@pytest.mark.parametrize(
    "url",
    ["box.example", "ftp://box.example", "https://", "https://a@b", "https://b:x", "https://b/?q"],
)
def test_what_is_no_url_of_a_server_is_told(url):
    with pytest.raises(ConfigError, match="not a URL of a server"):
        address.check(Address(public_url=url))


@pytest.mark.parametrize("origin", ["*", "null", "https://app.example/path"])
def test_an_origin_is_a_scheme_and_a_host(origin):
    with pytest.raises(ConfigError, match="--cors-origin"):
        address.check(Address(cors_origins=(origin,)))


def test_a_certificate_that_is_not_there_is_told():
    with pytest.raises(ConfigError, match=r"x.pem: No such file"):
        address.check(Address(certificate=PEM, key=PEM))


def test_what_is_no_certificate_is_told(tmp_path):
    path = tmp_path / "x.pem"
    path.write_text("no certificate")

    with pytest.raises(ConfigError, match="not a certificate with its key"):
        address.check(Address("0.0.0.0", certificate=path, key=path))
