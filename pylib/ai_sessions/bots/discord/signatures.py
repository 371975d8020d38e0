"""Whether what claims to be of Discord is: signed by its key, and not long ago."""

from __future__ import annotations

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from ai_sessions.errors import ConfigError

#: Seconds between a signature and now, either way. Discord waits three for an answer, so what is
#: older was kept by somebody; the rest is for clocks that are not quite right.
_FRESH_S = 5 * 60.0


def key(text: str) -> VerifyKey:
    """Raises `ConfigError` when it is none."""
    try:
        return VerifyKey(bytes.fromhex(text.strip()))
    except ValueError as error:
        raise ConfigError(
            f"DISCORD_PUBLIC_KEY is not 64 hexadecimal digits: {text!r}",
            "copy it from General Information at https://discord.com/developers/applications",
        ) from error


def is_good(by: VerifyKey, signature: str, stamp: str, body: bytes, now: float) -> bool:
    """`signature` and `stamp` as the headers have them. `now`: seconds since 1970."""
    try:
        by.verify(stamp.encode() + body, bytes.fromhex(signature))
        return abs(now - int(stamp)) <= _FRESH_S
    except (ValueError, BadSignatureError):
        return False
