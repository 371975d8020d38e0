"""What happens when a server cannot begin."""

import socket

import pytest

from ai_sessions.api import serving
from ai_sessions.api.address import Address
from ai_sessions.errors import ConfigError


def test_a_port_that_is_taken_is_told(service):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(ConfigError, match=f"127.0.0.1:{port}: Address already in use"):
            serving.serve(service, Address(port=port), print)
