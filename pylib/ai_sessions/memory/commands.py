"""Commands that ran and passed: evidence, so they are told whole, by what they last came to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ai_sessions import controls
from ai_sessions.memory.items import Item
from ai_sessions.memory.statements import SURROGATES
from ai_sessions.records import Message, ToolCall

#: Of the names of tools that run a command; part of a name is enough ("run_terminal_cmd").
_RUNNERS = re.compile(
    r"(?:^|[^a-z])(?:bash|sh|zsh|shell|exec|execute|run|terminal|command|cmd|powershell|console)"
    r"(?:[^a-z]|$)"
)
_WORD_EDGE = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ARGUMENTS = ("command", "cmd", "script", "commands", "code")
#: A longer one is a program, which is no command to type again.
_LONGEST = 2_000
#: What is looked at of a result, at each end.
_RESULT_END = 2_000
_EXIT = re.compile(
    r"\bexit(?:ed)?(?:[ _]?(?:code|status))?(?: with(?: code| status)?)?[\"']?\s*[:=]?\s*(-?\d+)"
    r"|\b(?:return|exit)[ _]?code[\"']?\s*[:=]\s*(-?\d+)",
    re.IGNORECASE,
)


def passed(messages: Iterable[Message]) -> list[Item]:
    """Commands whose last outcome in `messages` was a success, the newest last."""
    return [item for item, is_ok in outcomes(messages).values() if is_ok]


def outcomes(messages: Iterable[Message]) -> dict[str, tuple[Item, bool]]:
    """What became of each command at last, by its text, the newest last."""
    called: dict[str, tuple[str, str]] = {}
    found: dict[str, tuple[Item, bool]] = {}
    for message in messages:
        for call in message.tool_calls:
            if command := command_of(call):
                called[call.id] = (command, message.id)
        if message.role == "tool" and message.tool_call_id in called:
            command, source = called[message.tool_call_id]
            sources = tuple(filter(None, (source, message.id)))
            found.pop(command, None)
            item = Item("command", command, sources, message.at, role="tool")
            found[command] = (item, _is_ok(message))
    return found


def command_of(call: ToolCall) -> str:
    """The command that a call runs, on one line; empty: it runs none."""
    if not _RUNNERS.search(_WORD_EDGE.sub("_", call.name).lower()):
        return ""
    told = controls.plain(" ".join(_told(call.arguments)).translate(SURROGATES))
    lines = (line.strip().removesuffix("\\").rstrip() for line in told.splitlines())
    command = " ".join(filter(None, lines))
    return command if len(command) <= _LONGEST else ""


def _told(arguments: Any) -> Iterator[str]:
    if isinstance(arguments, str):
        arguments = _parsed(arguments)
    if isinstance(arguments, Mapping):
        arguments = next((arguments[key] for key in _ARGUMENTS if arguments.get(key)), "")
    if isinstance(arguments, str):
        yield arguments
    elif isinstance(arguments, list | tuple):
        yield _of_words([word for word in arguments if isinstance(word, str)])


def _of_words(words: list[str]) -> str:
    """A command as a list of words: the last one of `bash -lc COMMAND`, else all, quoted."""
    import shlex

    if len(words) == 3 and re.fullmatch(r"-\w*c", words[1]):
        return words[2]
    return shlex.join(words)


def _parsed(arguments: str) -> Any:
    """Arguments that were kept as text: JSON, else the command itself."""
    try:
        return json.loads(arguments)
    except (ValueError, RecursionError):
        return arguments


def _is_ok(result: Message) -> bool:
    """Whether a result is no error and tells no exit code but 0."""
    if result.is_error:
        return False
    told = result.metadata.get("exit_code", _exit_code(result.text))
    return told in (None, 0, "0")


def _exit_code(text: str) -> int | None:
    """The last exit code that the beginning or the end of a result tells; None: it tells none."""
    ends = text if len(text) <= 2 * _RESULT_END else text[:_RESULT_END] + text[-_RESULT_END:]
    found = _EXIT.findall(ends)
    return int(next(filter(None, found[-1]))) if found else None
