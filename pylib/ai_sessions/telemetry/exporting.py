"""The step after a call that exports its span: by the program's own OpenTelemetry, or by ours."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from ai_sessions.records import Interaction, Session
from ai_sessions.telemetry import conventions, sending


class Telemetry:
    """Called with each call that is on record.

    A program that has set up a provider of traces gets the span there, as a child of its current
    span; otherwise ours sends it, as a child of the one in TRACEPARENT.
    """

    def __init__(
        self,
        environment: Mapping[str, str],
        tell: Callable[[str], None],
        *,
        has_content: bool = False,
    ) -> None:
        """`tell`: called, from any thread, with a warning when nothing can be sent."""
        self._environment, self._tell, self._has_content = environment, tell, has_content

    def __call__(self, call: Interaction, session: Session) -> None:
        span = conventions.span(call, session, has_content=self._has_content)
        if "opentelemetry.trace" in sys.modules:  # else the program cannot have set it up
            from ai_sessions.telemetry import sdk

            if emitter := sdk.of_program():
                emitter.emit(span)
                return
        sending.sender().put(sending.Outgoing(span, self._environment, self._tell))
