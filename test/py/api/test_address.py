"""Where a server may listen."""

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
