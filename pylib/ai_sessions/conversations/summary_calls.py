"""The call of a model that is to write a summary: through the line, in the session that it is of.

So it is reserved, priced, counted and settled like any other, and told nothing but its prompt.

The turn of the session is held while the model thinks: each session has one call on record as under
way, one draft and one folder of raw output, and a second call beside it could not be accounted for
if both died. Messages can be added meanwhile, and stay behind the summary. Who has the turn already
is not waited for: rules write the summary at once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ai_sessions.conversations import windows
from ai_sessions.conversations.model_summaries import Answer, Stopped
from ai_sessions.conversations.requests import window_in
from ai_sessions.jobs import Job, Kit
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.providers.contract import Event, Provider
from ai_sessions.records import SUMMARY, Json
from ai_sessions.run import attempt
from ai_sessions.sessions import latest
from ai_sessions.stopping import Stop

#: A model that takes longer for a summary keeps people from their conversation.
_LONGEST_S = 300.0


@dataclass(frozen=True, slots=True)
class SummaryCalls:
    """`Model` of `model_summaries`. `provider`: who is asked, and its model, made when one is
    needed; raises `ConfigError`. `timeout_s`: seconds that any call may take.
    """

    kit: Kit
    provider: Callable[[], tuple[Provider, str]]
    timeout_s: float = _LONGEST_S
    stop: Stop | None = None

    def window(self, session: str) -> int:
        """Tokens that the model can hold at once, as far as anybody knows."""
        return window_in(self.kit, session, *self.provider()) or windows.USUAL

    def ask(self, session: str, prompt: str, schema: Json) -> Answer:
        """Raises as `run.run`, and `Stopped`."""
        provider, model = self.provider()
        with tempfile.TemporaryDirectory(prefix="ai-sessions-summary-") as empty:
            job = self._job(session, prompt, schema, Path(empty))
            result = attempt(replace(job, model=model), provider, _quiet(self.kit))
        if result.interaction.status == "interrupted":
            raise Stopped("it was stopped")
        if result.error:
            raise result.error
        return Answer(result.text, result.interaction.model or model)

    def stopped_by(self, stop: Stop) -> SummaryCalls:
        return replace(self, stop=stop)

    def _job(self, session: str, prompt: str, schema: Json, cwd: Path) -> Job:
        """`cwd`: a folder in which an agent finds nothing to look at."""
        about = self.kit.store.read(session).about
        return Job(
            session=session,
            about=about,
            prompt=prompt,
            cwd=cwd,
            purpose=SUMMARY,
            # the work that has filled the conversation pays for it
            task=self._task(session) if about.command else "",
            schema=schema,
            timeout_s=min(self.timeout_s, _LONGEST_S),
            silence_s=min(self.timeout_s, _LONGEST_S),
            lock_wait_s=0.0,
            stop=self.stop,
            ephemeral=True,
            alone=True,
            # its messages are in this log already, where they can be redacted
            kept=f"[what to summarize and how, {len(prompt):,} characters]",
        )

    def _task(self, session: str) -> str:
        calls = latest.last_calls(self.kit.store, session, 1)
        return calls[0].task if calls else ""


def _quiet(kit: Kit) -> Kit:
    """For a call that nothing follows, and of which is seen that it is made, not what it says."""

    def watch(event: Event) -> None:
        if event.kind in ("phase", "retry"):
            kit.watch(event)

    return replace(kit, steps=(), watch=watch)
