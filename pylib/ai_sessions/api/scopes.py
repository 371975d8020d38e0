"""What a token allows."""

from __future__ import annotations

from typing import Literal, get_args

from ai_sessions.lazy_dataclasses import dataclass

#: What a token must be allowed; each includes those before it. Empty: no token is needed.
Scope = Literal["", "read", "write", "admin"]
SCOPES = tuple(scope for scope in get_args(Scope) if scope)


@dataclass(frozen=True, slots=True)
class Token:
    """`digest`: SHA-256 of the token, in hexadecimal. `made_at`: RFC 3339 UTC."""

    name: str
    scope: Scope
    digest: str = ""
    made_at: str = ""

    def allows(self, scope: Scope) -> bool:
        return not scope or SCOPES.index(self.scope) >= SCOPES.index(scope)


#: Who needs no token.
NOBODY = Token("", "read")
