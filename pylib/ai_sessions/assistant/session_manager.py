"""The assistant for Python programs, by the names of the first program of its kind."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from ai_sessions.assistant import creating, greeting
from ai_sessions.assistant.models import Models

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import TextIO

    from ai_sessions.assistant.profile import Profile
    from ai_sessions.assistant.service import Assistant
    from ai_sessions.catalog.rotation import Catalog


class SessionManager:
    """Remembers who uses the assistant, and chooses models.

    Nothing here waits for anything but files, so it can be used inside of a running event loop.
    What goes wrong is raised as a class of `ai_sessions.errors`, whose `message` is one line.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._is_counted = False

    @property
    def session(self) -> Profile | None:
        """Who uses the assistant, as the file has them now; None: nobody has said so yet."""
        return self._assistant.profile()

    def create_session_interactive(self) -> Profile:
        """Ask on stdin who uses the assistant, and remember it. Raises `EOFError` at its end."""
        models = self._assistant.models
        told = creating.ask(_ask, _tell, models, self.session)
        made = self._assistant.create(told.name or "", told.assistant or "", told.model or "")
        print(_printable(f"\n{creating.CREATED}\n{greeting.hello(made)}", sys.stdout))  # noqa: T201
        return made

    def get_greeting(self) -> str:
        """`Welcome back, Declan! I'm Brakel, powered by DeepSeek R1`. Raises `NotFound`."""
        return self._assistant.greeting()

    def select_optimal_model(
        self,
        exclude_models: Collection[str] | str | None = None,
        prefer_large_context: bool = False,
    ) -> str:
        """The name of the model to ask next. Raises `LimitReached` when none may answer."""
        one = [exclude_models] if isinstance(exclude_models, str) else exclude_models
        exclude = one or ()
        found = self._assistant.suggest(large_context=prefer_large_context, exclude=exclude)
        return self._assistant.models.name(found.model.key)

    def record_usage(
        self, model_id: str, tokens_used: int, latency_ms: float, success: bool = True
    ) -> None:
        """Count a call that was made. The first one begins a conversation."""
        begins, self._is_counted = not self._is_counted, True
        self._assistant.record(model_id, tokens_used, latency_ms, success, begins=begins)

    def should_rotate_model(self, current_model: str) -> tuple[bool, str | None, str]:
        """Whether to go on with another model, its name, and why."""
        return self._assistant.should_rotate(current_model)

    def get_statistics(self) -> str:
        """The page of statistics."""
        from ai_sessions.assistant import table

        return table.text(self._assistant.statistics())

    def reset_session(self) -> bool:
        """Forget who uses the assistant; what models were used stays."""
        return self._assistant.reset()


def described(catalog: Catalog) -> list[dict[str, Any]]:
    """The five free models that a new user is offered."""
    return [
        {
            "name": one.id,
            "display_name": one.display_name,
            "context_window": one.window,
            "best_for": one.best_for,
        }
        for one in Models(catalog).top
    ]


def _ask(prompt: str) -> str:
    return input(_printable(prompt, sys.stdout))


def _tell(line: str) -> None:
    print(_printable(line, sys.stderr), file=sys.stderr)  # noqa: T201


def _printable(text: str, stream: TextIO) -> str:
    """What a stream can show of a text, however old its terminal is."""
    encoding = stream.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
