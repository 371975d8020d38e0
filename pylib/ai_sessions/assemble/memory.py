"""How conversations are kept within what a model can hold, by the settings."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from ai_sessions import tokenizer
from ai_sessions.assemble import meanings, stores
from ai_sessions.assemble.providers import check_providers, provider
from ai_sessions.conversations.memory import Memory
from ai_sessions.conversations.recalling import IndexRecall, nothing
from ai_sessions.conversations.summaries import Rules
from ai_sessions.errors import ConfigError
from ai_sessions.memory.extractive import ExtractiveItems
from ai_sessions.providers.choosing import is_auto
from ai_sessions.providers.contract import NamesModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ai_sessions.assemble.providers import Environment
    from ai_sessions.config import Settings
    from ai_sessions.conversations.recalling import Recall
    from ai_sessions.jobs import Kit
    from ai_sessions.memory.recall import Recalled
    from ai_sessions.memory.summarizer import Summarizer
    from ai_sessions.providers.contract import Provider
    from ai_sessions.records import Session
    from ai_sessions.store.contract import Store


def memory(
    settings: Settings, summarizer: Summarizer | None = None, recall: Recall = nothing
) -> Memory:
    """`summarizer`: who writes summaries; None: rules. `recall`: looks in older messages for what
    is asked. Raises `ConfigError` for a setting that is wrong.
    """
    rules = Rules(
        summarizer=summarizer or ExtractiveItems(),
        most_tokens=settings["SUMMARY_MAX_TOKENS"],
        fewest=settings["MIN_MESSAGES_TO_SUMMARIZE"],
        trigger=settings["SUMMARIZE_THRESHOLD"],
        count=tokenizer.counter(settings["TOKENIZER"]),
    )
    return Memory(rules, recall, settings["ANSWER_TOKENS"])


def recall(settings: Settings, store: Store, tell: Callable[[str], None]) -> Recall:
    """By the index of that store, unless RECALL is false. `tell`: hears why it cannot look.

    It raises `ConfigError` where SEMANTIC asks for what is not installed.
    """
    if not settings["RECALL"]:
        return nothing

    @lru_cache(maxsize=1)  # most commands recall nothing, and need no index
    def made() -> IndexRecall:
        index = stores.index(settings, store)
        model = partial(meanings.required, index.folder, "RECALL")
        meaning = model if index.folder and meanings.is_wanted(settings) else None
        return IndexRecall(store, index, tell, changed=_changed, meaning=meaning)

    def looks(
        session: Session, question: str, until: Mapping[str, int] | int, most_tokens: int
    ) -> tuple[Recalled, ...]:
        return made()(session, question, until, most_tokens)

    return looks


def _changed(project: str, commit: str, text: str) -> str:
    from ai_sessions.conversations import project_changes  # most commands recall nothing

    return project_changes.changed(project, commit, text)


def summarizer(settings: Settings, kit: Kit, environment: Environment) -> Summarizer | None:
    """The model of SUMMARY_PROVIDER; None: rules write summaries. `kit`: for its calls.

    Raises `ConfigError` for settings that name nobody; whether a model can be reached is seen when
    it is asked.
    """
    name, model = settings["SUMMARY_PROVIDER"], settings["SUMMARY_MODEL"]
    if not name and not model:
        return None
    if not name:
        raise ConfigError(
            f"SUMMARY_MODEL={model!r}, but SUMMARY_PROVIDER is not set",
            "set SUMMARY_PROVIDER to whose model it is, such as openai or claude",
        )
    if is_auto(model):
        raise ConfigError(
            f"SUMMARY_MODEL={model!r}: summaries are written by one model",
            "name it; empty: the default of SUMMARY_PROVIDER",
        )
    check_providers(settings, environment)
    from ai_sessions.conversations.model_summaries import ModelSummarizer
    from ai_sessions.conversations.summary_calls import SummaryCalls

    chosen = lru_cache(partial(_chosen, settings, environment))
    calls = SummaryCalls(kit, chosen, settings["AI_TIMEOUT"])
    return ModelSummarizer(calls, ExtractiveItems(), f"{name} {model}".strip())


def _chosen(settings: Settings, environment: Environment) -> tuple[Provider, str]:
    """Raises `ConfigError` when it needs a model's name, and nobody gave one."""
    made = provider(settings, environment, settings["SUMMARY_PROVIDER"])
    model = settings["SUMMARY_MODEL"]
    if not model and isinstance(made, NamesModel):
        model = made.default_model()
    return made, model
