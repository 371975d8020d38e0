"""Addresses of images and files that lead into the network of the server that fetches them.

That is the model's server, which may stand on this machine, and would show whoever may talk with
it what only its neighbours can see. An address is judged by what it says: a public name that
somebody has lead inside is not known as such.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import unicodedata
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ai_sessions.api.problems import Refused

if TYPE_CHECKING:
    from ai_sessions.api.scopes import Token
    from ai_sessions.records import Message

#: Clients take more or fewer slashes, and backward ones.
_ADDRESS = re.compile(r"\s*(https?|ftp|file|wss?):[/\\]*([^/\\?#]*)", re.IGNORECASE)
#: Names that no server of the internet has (RFC 6761, 6762, 8375, and what networks use).
_PRIVATE = (
    *("localhost", "local", "internal", "lan", "home", "corp", "intranet", "localdomain"),
    *("private", "home.arpa", "test"),
)
#: IPv4 behind IPv6 (RFC 6052).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def check(messages: Iterable[Message], token: Token) -> None:
    """Raises `Refused` for a message that shows a file inside, without the scope admin."""
    if token.allows("admin"):
        return
    for text in (one for message in messages for one in _texts(message.parts)):
        if leads_inside(text):
            raise Refused(
                403,
                "scope",
                f"{text[:80]!r} leads into the network of the model's server",
                "send the file itself as data:…, or use a token with scope admin",
                errors=("messages",),
            )


def leads_inside(address: str) -> bool:
    """Whether it is an address of a host that strangers cannot reach, or of a file there."""
    found = _ADDRESS.match(address)
    if not found:
        return False
    if found[1].lower() == "file":
        return True
    host = _host(found[2])
    return _is_private(host) if _numbers(host) is None else _is_inside(_numbers(host))


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)


def _host(place: str) -> str:
    """Without user and port, as a client would look it up."""
    host = unicodedata.normalize("NFKC", unquote(place)).rpartition("@")[2].strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0].partition("%")[0]
    return host.partition(":")[0].rstrip(".")


def _numbers(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is written as, also as 127.1, 0x7f000001 or 2130706433."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _is_inside(address: ipaddress.IPv4Address | ipaddress.IPv6Address | None) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        within = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            within = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if within:
            return _is_inside(within)
    return address is not None and (not address.is_global or address.is_multicast)


def _is_private(name: str) -> bool:
    return "." not in name or name.endswith(tuple(f".{one}" for one in _PRIVATE))
