"""The first line of a request where it names the whole address, as clients of proxies write it.

`GET http://box.example/v1/sessions HTTP/1.1` must be taken as well as `GET /v1/sessions`, and its
host counts in place of the header's (RFC 9112, 3.2.2).
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import unquote

_SCHEMES = (b"http://", b"https://")


def as_path(scope: MutableMapping[str, Any]) -> None:
    """Where the whole address was named, put its path and its host where they are looked for."""
    raw: bytes = scope.get("raw_path") or b""
    if not raw.lower().startswith(_SCHEMES):
        return
    _, _, rest = raw.partition(b"://")
    host, slash, path = rest.partition(b"/")
    scope["raw_path"] = slash + path or b"/"
    scope["path"] = unquote(scope["raw_path"].decode("ascii"))
    others = [(name, value) for name, value in scope["headers"] if name != b"host"]
    scope["headers"] = [(b"host", host), *others]
