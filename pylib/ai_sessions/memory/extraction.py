"""What messages say that may be worth keeping: statements, files that were changed, errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.memory.candidates import Candidate
from ai_sessions.memory.content_words import stems_of
from ai_sessions.memory.cues import cues, is_chatter
from ai_sessions.memory.items import Item, ItemKind
from ai_sessions.memory.sentences import is_question
from ai_sessions.memory.statements import LONGEST, one_line, paragraphs, shortened
from ai_sessions.memory.subjects import Statement
from ai_sessions.records import Message, Summary, ToolCall

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
#: Characters of all messages that are looked at, and of each at least and at most.
_MOST_LOOKED_AT, _LEAST_EACH, _MOST_EACH = 100_000, 1_000, 8_000


@dataclass(frozen=True, slots=True)
class _Found:
    kind: ItemKind
    text: str
    statement: Statement | None = None


def of_messages(
    messages: Sequence[Message], commits: Mapping[str, str], *, is_beginning: bool
) -> Iterator[Candidate]:
    """What was said, in its order. `is_beginning`: nothing was said before, so that the first
    request is what all is about.
    """
    most = max(_LEAST_EACH, min(_MOST_EACH, _MOST_LOOKED_AT // (len(messages) or 1)))
    for message in messages:
        found = list(_of_message(message, most))
        goal = found[0] if is_beginning and message.role == "user" and found else None
        is_beginning = is_beginning and not goal
        if any(one.kind == "goal" for one in found):
            goal = None
        for one in found:
            kind = "goal" if one is goal and _may_be_goal(one) else one.kind
            yield Candidate(_item(message, kind, one.text, commits), 0, one.statement)


def of_summary_text(summary: Summary) -> Iterator[Candidate]:
    """The statements of a summary that was written as a text alone: all of them are facts at least,
    because somebody chose them.
    """
    for paragraph in paragraphs(summary.text):
        for found in map(_statement, paragraph):
            for one in found:
                kind = "fact" if one.kind == "said" else one.kind
                yield Candidate(Item(kind, one.text, at=summary.at), 0, one.statement)


def _may_be_goal(found: _Found) -> bool:
    """Whether it can be a request that is not worded as one."""
    is_guess = found.statement is not None and "guess" in found.statement.cues.marks
    return found.kind in ("said", "fact", "next") and not is_guess


def _item(message: Message, kind: ItemKind, text: str, commits: Mapping[str, str]) -> Item:
    sources = (message.id,) if message.id else ()
    commit = commits.get(message.id, "")
    return Item(kind, text, sources, message.at, commit, message.role)


def _of_message(message: Message, most: int) -> Iterator[_Found]:
    if message.role == "tool":
        if message.is_error:
            yield from _error(message.text)
    elif message.role != "system":
        for paragraph in paragraphs(message.text, most):
            for text in _joined(paragraph):
                yield from _statement(text)
        for call in message.tool_calls:
            yield from _file(call)


def _joined(sentences: Iterable[str]) -> Iterator[str]:
    """Sentences, those that go on with one before them after it."""
    text = ""
    for sentence in sentences:
        fits = text and len(text) + len(sentence) < LONGEST
        if fits and (_goes_on(sentence) or _is_answered(text, sentence)):
            text = f"{text} {sentence}"
        else:
            yield text
            text = sentence
    yield text


def _goes_on(sentence: str) -> bool:
    """Whether it is to be read with the sentence before it."""
    if _GOES_ON.match(sentence):
        return len(sentence) <= _SHORT
    if not _IS_SHORT_RULE.match(sentence):
        return False
    return len(frozenset(stems_of(sentence))) <= _FEW_WORDS


def _is_answered(question: str, sentence: str) -> bool:
    """Whether somebody answers what he asked himself: "And the quotas? In acme.yaml"."""
    return len(question) <= _SHORT and is_question(question) and not is_question(sentence)


def _statement(text: str) -> Iterator[_Found]:
    if not text or is_chatter(text):
        return
    text = shortened(text)
    statement = Statement(cues(text))
    if len(statement.stems) < _LEAST_WORDS and not statement.values:
        return
    kind = statement.cues.kind
    yield _Found("fact" if kind == "said" and statement.values else kind, text, statement)


def _error(text: str) -> Iterator[_Found]:
    """The line of a tool's error that says what it is."""
    lines = [line for line in map(one_line, text[:_MOST_OF_ERROR].split("\n")) if line]
    told = next(filter(_FAILED.search, lines), lines[-1] if lines else "")
    if told:
        yield _Found("error", shortened(told))


def _file(call: ToolCall) -> Iterator[_Found]:
    """The file that a call changed."""
    arguments: Any = call.arguments
    if not isinstance(arguments, Mapping) or not _CHANGES_FILES.search(call.name.lower()):
        return
    for key in _PATHS:
        path = arguments.get(key)
        if isinstance(path, str) and path:
            yield _Found("artifact", shortened(one_line(path), _LONGEST_PATH))
            return
