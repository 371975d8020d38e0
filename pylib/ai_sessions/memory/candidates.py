"""What of messages may go into a summary: their statements, files, errors and commands, each with
how much it matters by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from ai_sessions.memory.cues import Cues, cues, is_chatter
from ai_sessions.memory.items import Item, ItemKind
from ai_sessions.memory.statements import LONGEST, one_line, paragraphs, shortened
from ai_sessions.memory.subjects import Statement
from ai_sessions.records import Message, ToolCall

_WEIGHTS: dict[ItemKind, float] = {
    "constraint": 3.0,
    "decision": 2.8,
    "preference": 2.8,
    "goal": 2.4,
    "fact": 2.0,
    "next": 1.8,
    "error": 1.4,
    "artifact": 1.2,
    "said": 0.5,
    "command": 0.4,
}
#: Parts of it by who said something; a user's words are what an assistant is there for.
_BY_ROLE = {"user": 1.0, "": 1.0, "assistant": 0.6, "tool": 0.5, "system": 1.0}
_LABEL, _VALUE, _CUE = 1.5, 0.35, 0.6
_MOST_VALUES = 3
#: A sentence that says little without the one before it.
_GOES_ON = re.compile(
    r"(?:because|since|so that|the reason|that way|otherwise|this|that|it|its|they|these|those"
    r"|which|use (?:it|them|this)|and|but|so|if not|unless|instead|until)\b",
    re.IGNORECASE,
)
_IS_SHORT_RULE = re.compile(r"(?:never|always|do not|don't|only|no|not|must)\b", re.IGNORECASE)
_FEW_WORDS, _SHORT = 4, 120
_LEAST_WORDS = 2
_CHANGES_FILES = re.compile(
    r"write|edit|create|patch|replace|append|insert|move|rename|delete|save"
)
_PATHS = ("file_path", "path", "filename", "file", "notebook_path", "target_file", "uri", "url")
_LONGEST_PATH = 200
_FAILED = re.compile(
    r"error|exception|fail|denied|refused|not found|no such|cannot|can't|fatal|panic|timed out",
    re.IGNORECASE,
)
#: What is looked at of a tool's error.
_MOST_OF_ERROR = 4_000


class Candidate:
    """An item that may be told. `order`: the later it was said, the higher."""

    def __init__(self, item: Item, order: int) -> None:
        self.item = item
        self.order = order

    @cached_property
    def statement(self) -> Statement:
        return Statement(self.cues.text)

    @cached_property
    def cues(self) -> Cues:
        return cues(self.item.text)

    @cached_property
    def told(self) -> str:
        """Its text as it stands below the name of its kind."""
        return self.cues.text if self.cues.kind == self.item.kind else self.item.text

    @cached_property
    def weight(self) -> float:
        """How much it matters, whatever else was said: the same in each summary."""
        weight = _WEIGHTS[self.item.kind]
        if self.item.kind in ("artifact", "command"):
            return weight
        weight += _CUE * self.cues.strength + _LABEL * self.cues.is_labelled
        weight += _VALUE * min(len(self.statement.values), _MOST_VALUES)
        return max(weight, 0.1) * _BY_ROLE.get(self.item.role, 0.5)


def of_messages(
    messages: Sequence[Message], commits: Mapping[str, str], *, is_beginning: bool
) -> Iterator[Item]:
    """What was said, in its order. `is_beginning`: nothing was said before, so that the first
    request is what all is about.
    """
    for message in messages:
        items = list(_of_message(message))
        if is_beginning and message.role == "user" and items:
            is_beginning = False
            if all(item.kind != "goal" for item in items):
                items[0] = replace(items[0], kind=_goal(items[0].kind))
        for item in items:
            commit = commits.get(message.id, "")
            sources = (message.id,) if message.id else ()
            yield replace(item, sources=sources, at=message.at, commit=commit, role=message.role)


def _goal(kind: ItemKind) -> ItemKind:
    return "goal" if kind in ("said", "fact", "next") else kind


def _of_message(message: Message) -> Iterator[Item]:
    """Without what all items of a message share."""
    if message.role == "tool":
        if message.is_error:
            yield from _error(message.text)
    elif message.role != "system":
        for paragraph in paragraphs(message.text):
            yield from _statements(paragraph)
        for call in message.tool_calls:
            yield from _file(call)


def _statements(paragraph: Sequence[str]) -> Iterator[Item]:
    text = ""
    for sentence in paragraph:
        if text and _belongs(sentence) and len(text) + len(sentence) < LONGEST:
            text = f"{text} {sentence}"
            continue
        yield from _statement(text)
        text = sentence
    yield from _statement(text)


def _belongs(sentence: str) -> bool:
    """Whether it is to be read with the sentence before it."""
    if _GOES_ON.match(sentence):
        return len(sentence) <= _SHORT
    if not _IS_SHORT_RULE.match(sentence):
        return False
    return len(Statement(sentence).stems) <= _FEW_WORDS


def _statement(text: str) -> Iterator[Item]:
    if not text or is_chatter(text):
        return
    text = shortened(text)
    found = Statement(text)
    if len(found.stems) < _LEAST_WORDS and not found.values:
        return
    kind = cues(text).kind
    yield Item("fact" if kind == "said" and found.values else kind, text)


def _error(text: str) -> Iterator[Item]:
    """The line of a tool's error that says what it is."""
    lines = [line for line in map(one_line, text[:_MOST_OF_ERROR].split("\n")) if line]
    told = next(filter(_FAILED.search, lines), lines[-1] if lines else "")
    if told:
        yield Item("error", shortened(told))


def _file(call: ToolCall) -> Iterator[Item]:
    """The file that a call changed."""
    arguments: Any = call.arguments
    if not isinstance(arguments, Mapping) or not _CHANGES_FILES.search(call.name.lower()):
        return
    for key in _PATHS:
        path = arguments.get(key)
        if isinstance(path, str) and path:
            yield Item("artifact", shortened(one_line(path), _LONGEST_PATH))
            return
