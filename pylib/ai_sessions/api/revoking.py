"""A stream ends when the token that asked for it is revoked, however long it would go on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from ai_sessions import threads
from ai_sessions.errors import AiSessionsError

if TYPE_CHECKING:
    from ai_sessions.api.access import Access
    from ai_sessions.api.scopes import Token


async def while_allowed(
    access: Access, token: Token, pieces: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    """The pieces, as long as the token lets somebody in. Closing it closes them."""
    try:
        async for piece in pieces:
            if not await _is_allowed(access, token):
                break
            yield piece
    finally:
        if aclose := getattr(pieces, "aclose", None):
            await aclose()


async def _is_allowed(access: Access, token: Token) -> bool:
    try:
        is_known = access.is_current()  # then nothing is read
        find = access.of_digest
        found = find(token.digest) if is_known else await threads.run(find, token.digest)
    except AiSessionsError:  # a list that cannot be read lets nobody in
        return False
    return found is not None
