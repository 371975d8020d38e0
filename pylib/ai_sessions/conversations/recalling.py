"""Looking a question up in what was folded away of a conversation."""

from __future__ import annotations

from typing import Protocol

from ai_sessions.memory.recall import Recalled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from ai_sessions.records import Session


class Recall(Protocol):
    """One way to look it up. It raises nothing: where it cannot look, nothing is found."""

    def __call__(
        self, session: Session, question: str, until: Mapping[str, int] | int, most_tokens: int
    ) -> tuple[Recalled, ...]:
        """What fits the question, in the order in which it was said, of at most so many tokens.

        `until`: number of the last entry that was folded away; with it, all of the past that a fork
        shares. Where only a part of that was, the last entry of each session, by name.
        """
        ...


def nothing(
    session: Session,  # noqa: ARG001
    question: str,  # noqa: ARG001
    until: Mapping[str, int] | int,  # noqa: ARG001
    most_tokens: int,  # noqa: ARG001
) -> tuple[Recalled, ...]:
    """The `Recall` of who wants none."""
    return ()
