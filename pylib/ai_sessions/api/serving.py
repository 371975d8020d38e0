"""Begin to serve, and go on until the process is told to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ai_sessions.api import address
from ai_sessions.config.extras import missing

if TYPE_CHECKING:
    from ai_sessions.api.address import Address
    from ai_sessions.api.service import Service


def serve(service: Service, at: Address, started: Callable[[str], None]) -> None:
    """Serve until the process is told to end; what was accepted by then is finished.

    `started`: called with the URL when requests are taken. Raises `ConfigError` when the address
    cannot be had.
    """
    address.check(at)
    try:
        from ai_sessions.api import guard, server
        from ai_sessions.api.application import application
    except ModuleNotFoundError as error:
        raise missing("api", "serve.sh", error) from error
    bound = address.bound(at)
    port = bound.getsockname()[1]
    hosts = guard.hosts_of(at.host, port, at.public_url)
    origins = guard.origins_of(at.host, port, at.public_url)
    listed = [one.lower().rstrip("/") for one in at.cors_origins]
    made = application(service, hosts, origins, cors_origins=listed)
    service.access.token()  # made before anybody asks
    host = f"[{at.host}]" if ":" in at.host else at.host
    started(f"{at.scheme}://{host}:{port}")
    server.run(service, made, at, bound)
