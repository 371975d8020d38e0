"""What a command of a bot is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from ai_sessions.bots.desk import Asked, Desk
    from ai_sessions.bots.events import Outbound

Run = Callable[["Desk", "Asked"], "AsyncIterator[Outbound]"]


@dataclass(frozen=True, slots=True)
class Command:
    """`name`: without its slash. `takes`: what follows it, as help shows it; empty: nothing.
    `tells`: what it does, at most 100 characters. `for_owners`: others are refused. `at_once`: it
    does not wait for the turn that is under way. `for_strangers`: anybody may use it.
    """

    name: str
    takes: str
    tells: str
    run: Run
    for_owners: bool = False
    at_once: bool = False
    for_strangers: bool = False
