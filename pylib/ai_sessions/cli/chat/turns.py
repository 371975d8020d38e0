"""The turns of one sitting: each is shown while it comes, warned about, and counted."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from ai_sessions import money
from ai_sessions.cli import budgeted
from ai_sessions.cli.chat.interrupting import Interruption
from ai_sessions.cli.chat.streaming import Answer
from ai_sessions.conversations import chat as verb
from ai_sessions.errors import AiSessionsError
from ai_sessions.jobs import Rotates
from ai_sessions.plurals import counted
from ai_sessions.providers.choosing import Wanted, is_auto
from ai_sessions.sessions import export as exporting

if TYPE_CHECKING:
    from ai_sessions.cli.app import App
    from ai_sessions.conversations.chat import Chat
    from ai_sessions.jobs import Kit, Result
    from ai_sessions.providers.contract import Event, Provider
    from ai_sessions.records import Interaction

    Answerer = Callable[[str], tuple[Provider, str]]


class Turns:
    """Asks in one session; `chat` may be changed between two turns."""

    def __init__(
        self,
        app: App,
        chat: Chat,
        answerer: Answerer | None = None,
        after: Callable[[Turns], None] = lambda _turns: None,
    ) -> None:
        """`answerer`: who answers with a model of that name, where several may answer. `after`: is
        called when a turn has come to its end, whichever.
        """
        self.app, self.chat, self._after = app, chat, after
        self._answerer = answerer or _usual(app)
        self.was_stopped = False
        """The last answer was stopped by Ctrl-C."""
        self.calls: list[Interaction] = []
        """Those of all turns, the tries that were made before an answer among them."""

    def ask(self, text: str) -> Result:
        """One turn, its answer on stdout. Raises as `chat.ask` does, and what `Result.error` is,
        with the call on record.
        """
        self.was_stopped = False
        interruption, answer = Interruption(), Answer(self.app.out, self.chat.provider.quirks)

        def watch(event: Event) -> None:
            if event.kind == "phase":
                interruption.answering()
            answer.watch(event)

        before = verb.session_of(self._kit.store, self.chat.session)
        memory = self._kit.memory.stopped_by(interruption.stop)
        kit = replace(self._kit, watch=watch, memory=memory)
        try:
            with interruption.heard(), self._alone():
                result = verb.ask(self.chat, kit, text, interruption.stop)
        except AiSessionsError:
            self._after(self)
            raise
        self.was_stopped = interruption.came and result.interaction.status == "interrupted"
        self.calls += [*result.before, result.interaction]
        self.chat = replace(self.chat, session=result.session.name)
        answer.finish(result.text)
        self._after(self)
        if before and result.session.uid != before.uid:
            self._say_followed(result)
        self._warn(result)
        if result.error:
            for name, told in facts(result).items():
                self.app.out.also[name] = partial(_same, told)
            raise result.error
        return result

    def take(self, model: str) -> None:
        """Go on with another model. Raises `ConfigError` for one that cannot be asked."""
        provider, name = self.chat.provider, self.app.checked("AI_MODEL", model)
        if is_auto(name) or isinstance(provider, Rotates):
            provider, name = self._answerer(name)
        self.chat = replace(self.chat, provider=provider, model=name)

    def told(self) -> None:
        """Say what the turns came to, and whether the budgets last at this rate."""
        if not self.calls:
            return
        tokens = sum(call.usage.total_tokens for call in self.calls)
        known = sum(call.cost.nusd or 0 for call in self.calls)
        cost = money.shown(known, sum(call.cost.nusd is None for call in self.calls))
        calls = counted(len(self.calls), "call")
        self.app.out.note(f"{self.chat.session}: {calls}, {tokens:,} tokens, {cost}")
        for warning in budgeted.warnings(self.app.settings, self.app.index):
            self.app.out.warn(warning)

    @cached_property
    def _kit(self) -> Kit:
        return self.app.kit()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the working tree while an agent may change files in it."""
        if self.chat.access != "edit" or not self.app.project:
            yield
            return
        from ai_sessions.workspace.lock import lock_tree

        lock = lock_tree(self.app.project, self.chat.lock_wait_s, self.app.out.note)
        try:
            yield
        finally:
            lock.release()

    def _say_followed(self, result: Result) -> None:
        """A conversation that was over was followed by this one."""
        name, parent = result.session.name, result.session.about.parent
        kept = f", kept as {parent.name}" if parent else ""
        self.app.out.note(f"{name}: the last conversation was over{kept}; this is a new one")

    def _warn(self, result: Result) -> None:
        for warning in result.warnings:
            self.app.out.warn(warning)
        if result.continuity == "lost" and not result.warnings:
            self.app.out.warn("the agent began a new conversation (context lost)")
        if result.denied:
            more = "" if self.chat.access == "edit" else " (--edit lets it change files)"
            tools = ", ".join(result.denied)
            self.app.out.warn(f"the agent was not allowed to use {tools}{more}")


def _usual(app: App) -> Answerer:
    def answerer(model: str) -> tuple[Provider, str]:
        return app.answerer(verb.PURPOSE, Wanted(model=model))

    return answerer


def _same(told: Any) -> Any:
    return told


def facts(result: Result) -> dict[str, Any]:
    """A turn as JSON."""
    return {
        "session": result.session.name,
        "text": result.text,
        "continuity": result.continuity,
        "denied": list(result.denied),
        "interaction": exporting.call(result.interaction),
    }
