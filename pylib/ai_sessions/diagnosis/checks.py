"""One thing that was looked at, and what became of it."""

from typing import Literal

from ai_sessions.lazy_dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """`missing`: the work cannot be done without it; `warning`: it can, with a drawback.

    `detail`: what was found, for people. `hint`: what to type or do; an `ok` check may have one
    too, for what would be nice to have.
    """

    name: str
    status: Literal["ok", "warning", "missing"]
    detail: str
    hint: str = ""
