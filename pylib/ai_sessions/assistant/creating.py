"""The questions of a first meeting, asked wherever a person answers: a terminal or a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ai_sessions.controls import one_line
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable

    from ai_sessions.assistant.models import Models
    from ai_sessions.assistant.profile import Profile

    Ask = Callable[[str], str]
    Say = Callable[[str], None]

_NAME = "👤 What's your name? "
_ASSISTANT = "🤖 What would you like to call me? "
_MODEL = "🎯 Choose your preferred model (1-{last}): "
CREATED = "✅ Session created!"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person says of themselves; None: not asked yet. `model`: a number or a name."""

    name: str | None = None
    assistant: str | None = None
    model: str | None = None


def ask(
    ask: Ask,
    say: Say,
    models: Models,
    known: Profile | None = None,
    given: Answers = Answers(),  # noqa: B008 (frozen)
) -> Answers:
    """Ask for what is not `given`. An empty answer takes what is `known`; one that is of no use is
    told by `say` and asked for again. Whatever `ask` raises ends it.
    """
    name, assistant, model = given.name, given.assistant, given.model
    if name is None:
        name = _text(ask, say, _NAME, known.user_name if known else "")
    if assistant is None:
        assistant = _text(ask, say, _ASSISTANT, known.assistant_name if known else "")
    if model is None:
        model = _model(ask, say, models, known.preferred_model if known else "")
    return Answers(name, assistant, model)


def _text(ask: Ask, say: Say, prompt: str, usual: str) -> str:
    while not (answer := one_line(ask(_with_usual(prompt, usual))) or usual):
        say("a name is needed")
    return answer


def _model(ask: Ask, say: Say, models: Models, usual: str) -> str:
    for number, one in enumerate(models.top, 1):
        gone = f" (served no more since {one.retired})" if one.retired else ""
        say(f"   {number}. {one.display_name}: {one.best_for}{gone}")
    while True:
        prompt = _MODEL.format(last=len(models.top))
        answer = ask(_with_usual(prompt, models.title(usual) if usual else "")).strip()
        if not answer and usual:
            return usual
        try:
            models.chosen(answer)
        except (UsageError, NotFound) as error:
            say(f"{error.message}: {error.hint}")
        else:
            return answer


def _with_usual(prompt: str, usual: str) -> str:
    """The question with what an empty answer takes."""
    return f"{prompt}[{one_line(usual)}] " if usual else prompt
