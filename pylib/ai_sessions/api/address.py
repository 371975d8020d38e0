"""Where a server listens: its address, its certificate, and its socket."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from ai_sessions.errors import ConfigError
from ai_sessions.lazy_dataclasses import dataclass

HOST, PORT = "127.0.0.1", 8765
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
#: Connections that wait to be taken.
_BACKLOG = 2_048


@dataclass(frozen=True, slots=True)
class Address:
    """Where to serve. `port` 0: any that is free. `public_url`: how others call this server.
    `cors_origins`: of pages of others that may ask, too, as `https://app.example`.
    """

    host: str = HOST
    port: int = PORT
    public_url: str = ""
    certificate: Path | None = None
    key: Path | None = None
    is_insecure: bool = False
    """Serve beyond this machine without TLS."""
    cors_origins: tuple[str, ...] = ()

    @property
    def scheme(self) -> str:
        return "https" if self.certificate else "http"


def check(at: Address) -> None:
    """Raises `ConfigError` for a place where tokens could be read on their way, and for what is no
    URL, origin or certificate.
    """
    if at.public_url and _check_url("--public-url", at.public_url).path not in ("", "/"):
        raise ConfigError(
            f"--public-url {at.public_url}: has a path, and pages here link from the root",
            "give the server a name of its own, such as https://box.example",
        )
    for origin in at.cors_origins:
        if _check_url("--cors-origin", origin).path not in ("", "/"):
            raise ConfigError(f"--cors-origin {origin}: has a path", "give scheme and host alone")
    if bool(at.certificate) != bool(at.key):
        raise ConfigError("TLS needs both: --tls-cert and --tls-key")
    if at.certificate and at.key:
        _check_certificate(at.certificate, at.key)
    if at.host in _LOOPBACK or at.certificate or at.is_insecure:
        return
    raise ConfigError(
        f"{at.host} is reached from other machines, and tokens would cross the network as text",
        "give --tls-cert and --tls-key, keep 127.0.0.1 behind a proxy, or say --insecure",
    )


def _check_url(option: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one or parts.username or parts.query or parts.fragment or not url.isascii():
        raise ConfigError(f"{option} {url}: not a URL of a server", "such as https://box.example")
    return parts


def _check_certificate(certificate: Path, key: Path) -> None:
    import ssl

    for file in (certificate, key):
        try:
            file.open("rb").close()
        except OSError as error:
            raise ConfigError(f"{file}: {error.strerror}") from error
    try:
        # a key with a password would ask at the terminal: an empty one is tried instead
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, lambda: b"")
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None)
        raise ConfigError(
            f"{certificate}, {key}: not a certificate with its key{f': {reason}' * bool(reason)}",
            "both must be PEM, the key without a password",
        ) from error


def bound(at: Address) -> socket.socket:
    """The socket, listening: so that nobody else has the port, its number is known, and who comes
    before the server has begun waits for it.
    """
    family = socket.AF_INET6 if ":" in at.host else socket.AF_INET
    # by its protocol asyncio knows that small answers must not wait for more to be sent (Nagle)
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((at.host, at.port))
        made.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        made.close()
        told = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"{at.host}:{at.port}: {told}", "give another --host or --port"
        ) from error
    return made
