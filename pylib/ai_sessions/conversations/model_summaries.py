"""Summaries that a model writes: checked before they are taken; rules write those that fail.

The conversation goes on in any case.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from ai_sessions.errors import AiSessionsError, ConfigError, LimitReached, LockBusy, ProviderError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory import asking, checking, failures, weights
from ai_sessions.memory.items import Item, to_json
from ai_sessions.memory.summarizer import Draft, Fold, Summarizer
from ai_sessions.records import Json, Summary
from ai_sessions.stopping import Stop


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model answered, and which one it was."""

    text: str
    model: str = ""


class Stopped(ProviderError):
    """Somebody did not want to wait for it."""


class Model(Protocol):
    """Who is asked for summaries."""

    def window(self, session: str) -> int | None:
        """Tokens that it can hold at once, as known in that session; None: as many as there are.
        Raises `AiSessionsError`.
        """
        ...

    def ask(self, session: str, prompt: str, schema: Json) -> Answer:
        """Its answer, by a JSON schema. Raises `AiSessionsError`, `Stopped` among them."""
        ...

    def stopped_by(self, stop: Stop) -> Model:
        """The same, whose calls end when `stop` is set."""
        ...


_NOTHING = "Nothing was said that rules could keep."
#: What was not the model's failure: it is asked again the next time.
_NOT_ITS_FAULT = (ConfigError, LimitReached, LockBusy, Stopped)


class ModelSummarizer:
    """Asks a model, once more when its answer cannot be taken, then falls back. It is not asked
    again in a session where that was in vain `failures.MOST` times in a row, unless somebody
    insists.
    """

    name = "model"
    needs_model = True

    def __init__(self, model: Model, fallback: Summarizer, by: str = "") -> None:
        """`by`: provider and model, as the settings name them: with another one failures are
        counted anew.
        """
        self._model, self._fallback, self._by = model, fallback, by

    def fold(self, fold: Fold) -> Draft:
        """As `Summarizer` says; raises nothing that the fallback does not."""
        by_rules = self._fallback.fold(fold)
        if not any(weights.told(one).strip() for one in fold.messages):
            return by_rules  # words are not kept here
        count = failures.in_a_row(fold.before, self._by)
        if count >= failures.MOST and not fold.insists:
            return self._failed(by_rules, f"it has failed {count} times in a row", count)
        try:
            draft = self._in_steps(fold)
        except _NOT_ITS_FAULT as error:
            return self._failed(by_rules, error.message, count)
        except AiSessionsError as error:
            return self._failed(by_rules, error.message, count + 1)
        return replace(draft, items=(*draft.items, *_commands(by_rules)))

    def stopped_by(self, stop: Stop) -> ModelSummarizer:
        """The same: when `stop` is set, rules write the summary at once."""
        return ModelSummarizer(self._model.stopped_by(stop), self._fallback, self._by)

    def _in_steps(self, fold: Fold) -> Draft:
        """More than the model can hold is folded part by part, each on top of the one before."""
        window = self._model.window(fold.session)
        first, *others = asking.steps(fold, window)
        draft = self._asked(replace(fold, messages=first), window)
        for part in others:
            items = tuple(map(to_json, draft.items))
            before = Summary(draft.text, -1, items=items)
            draft = self._asked(replace(fold, before=before, messages=part), window)
        return draft

    def _asked(self, fold: Fold, window: int | None) -> Draft:
        """Raises `ProviderError` when neither answer can be taken, and what `Ask` raises."""
        first = prompt = asking.prompt(fold, window)
        for _attempt in range(2):
            answer = self._model.ask(fold.session, prompt, asking.SCHEMA)
            draft, problems = _read(answer, fold)
            if draft and not problems:
                return draft
            prompt = asking.again(first, problems)
        raise ProviderError(f"its answers could not be taken: {problems[0]}")

    def _failed(self, by_rules: Draft, why: str, in_a_row: int) -> Draft:
        failed = failures.detail(why, in_a_row, self._by)
        # one without text is not kept, nor would be that it failed, which was paid for
        text = by_rules.text if by_rules.text.strip() else _NOTHING
        return replace(by_rules, text=text, detail={**by_rules.detail, **failed})


def _read(answer: Answer, fold: Fold) -> tuple[Draft | None, list[str]]:
    """The summary in an answer, and what is wrong with it."""
    try:
        draft = asking.draft(answer.text, fold)
    except ValueError as error:
        return None, [str(error)]
    return replace(draft, model=answer.model), checking.problems(draft, fold)


def _commands(by_rules: Draft) -> tuple[Item, ...]:
    """Commands that passed are evidence, which no model needs to repeat."""
    return tuple(one for one in by_rules.items if one.kind == "command")
