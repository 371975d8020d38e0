"""How whoever shares out work hears that a thread waits for the disk, and lets another one work."""

from __future__ import annotations

import contextvars

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    Aside = Callable[[], AbstractContextManager[None]]

#: Entered for as long as the work of this context waits; None: nobody wants to know.
ASIDE: contextvars.ContextVar[Aside | None]
ASIDE = contextvars.ContextVar("aside", default=None)
