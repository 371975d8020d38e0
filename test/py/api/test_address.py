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
        Address("0.0.0.0", certificate=PEM, key=PEM),
    ],
)
def test_this_machine_is_safe_and_so_is_tls(at):
    address.check(at)


def test_a_token_would_cross_the_network_as_text():
    with pytest.raises(ConfigError, match="tokens would cross the network"):
        address.check(Address("0.0.0.0"))


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
