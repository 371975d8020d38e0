"""A message with its middle left out, for a view that has no room for all of it.

Both ends stay, since what was asked stands at one of them and how it ended at the other.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

from ai_sessions.memory import wording
from ai_sessions.memory.weights import ROUND_EACH, counted, told, weigh
from ai_sessions.records import Json, Message, ToolCall
from ai_sessions.tokens import ESTIMATE, Counter

#: Characters at both ends of a text by which it is guessed how many make a token.
_SAMPLE = 2_000
#: Ends shorter than this say nothing.
_SHORTEST = 16
#: Characters in which the end of a line is looked for, or that of a word.
_REACH = 200
_SEPARATORS = ("\n", " ")
#: How often shorter ends are tried.
_TRIES = 8
#: Levels of arguments in arguments; what is deeper is left out as a whole.
_DEEPEST = 32
#: It joins the emoji round it into one.
_JOINER = "\u200d"
_SKIN_TONES = range(0x1F3FB, 0x1F400)


def cut(message: Message, most: int, count: Counter = ESTIMATE) -> Message:
    """The message with a weight of at most `most`, or `shortest`, whichever is heavier: the ends of
    its text and of the texts in its arguments, with a marker between that names the message.

    Its tokens are counted by `count` when it is cut.
    """
    weight = weigh(message, count)
    if weight <= most:
        return message
    least = shortest(message, count)
    room = most - weigh(least, count)
    size = round(room * _characters_each(told(message), count))
    marker = wording.left_out(message.id, weight - most)
    parts = message.parts if _weight_of_parts(message, count) <= room // 2 else ()
    for _try in range(_TRIES):
        if room <= 0 or size < _SHORTEST:
            break
        tried = _with_ends(message, size, parts, marker, count)
        over = weigh(tried, count) - most
        if over <= 0:
            return tried
        size = min(size * 9 // 10, size * room // (room + over))
    return least


def shortest(message: Message, count: Counter = ESTIMATE) -> Message:
    """The message with nothing but the marker, and its calls without arguments; or as it is when it
    is lighter than that.
    """
    weight = weigh(message, count)
    marker = wording.left_out(message.id, weight - ROUND_EACH)
    calls = tuple(ToolCall(call.id, call.name, {}) for call in message.tool_calls)
    least = _counted(replace(message, text=marker, parts=(), tool_calls=calls), count)
    return least if weigh(least, count) < weight else message


def cut_text(text: str, size: int, marker: str) -> str:
    """About `size` characters of a text, half of them at each end, with the marker between; the
    text itself when it is no longer. Lines stay whole if they are short, else words, else letters.
    """
    if len(text) <= size:
        return text
    reach = min(_REACH, size // 4)
    ends = (text[: _first_end(text, size // 2, reach)].rstrip(), marker)
    last = text[_last_start(text, len(text) - size // 2, reach) :].lstrip()
    return ("\n" if "\n" in text else " ").join(filter(None, (*ends, last)))


def _with_ends(
    message: Message, size: int, parts: tuple[Json, ...], marker: str, count: Counter
) -> Message:
    """With at most `size` characters of each text that it has, and those parts."""
    short = wording.left_out(message.id)
    calls = tuple(
        replace(call, arguments=_shortened(call.arguments, size, short))
        for call in message.tool_calls
    )
    text = cut_text(message.text, size, marker)
    if len(parts) < len(message.parts) and text == message.text:
        text = f"{text}\n{marker}" if text else marker
    return _counted(replace(message, text=text, parts=parts, tool_calls=calls), count)


def _weight_of_parts(message: Message, count: Counter) -> int:
    """Of images and files, which are of no use without their middle."""
    return counted(replace(message, text="", tool_calls=()), count)[0] if message.parts else 0


def _shortened(value: Any, size: int, marker: str, depth: int = 0) -> Any:
    if isinstance(value, str):
        return cut_text(value, size, marker)
    if depth == _DEEPEST:
        return marker
    if isinstance(value, dict):
        return {key: _shortened(one, size, marker, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_shortened(one, size, marker, depth + 1) for one in value]
    return value


def _counted(message: Message, count: Counter) -> Message:
    tokens, source = counted(message, count)
    return replace(message, tokens=tokens, tokens_source=source)


def _characters_each(text: str, count: Counter) -> float:
    """About how many characters a token has, without a look at all of a large text."""
    sample = text if len(text) <= 2 * _SAMPLE else text[:_SAMPLE] + text[-_SAMPLE:]
    return len(sample) / max(1, count(sample))


def _first_end(text: str, at: int, reach: int) -> int:
    """Where the first end of a text ends, at that place or a little before."""
    for separator in _SEPARATORS:
        if (found := text.rfind(separator, at - reach, at + 1)) >= 0:
            return found
    return next(place for place in range(at, -1, -1) if not _is_inside(text, place))


def _last_start(text: str, at: int, reach: int) -> int:
    """Where the last end of a text starts, at that place or a little after."""
    for separator in _SEPARATORS:
        if (found := text.find(separator, at - 1, at + reach)) >= 0:
            return found
    return next(place for place in range(at, len(text) + 1) if not _is_inside(text, place))


def _is_inside(text: str, at: int) -> bool:
    """Whether a letter goes on at that place."""
    return 0 < at < len(text) and _is_joined(text[at - 1], text[at])


def _is_joined(before: str, after: str) -> bool:
    """Whether two characters are of one letter, as far as that is cheap to know."""
    return (
        _JOINER in (before, after)
        or unicodedata.category(after).startswith("M")  # marks: accents, vowels, forms of emoji
        or ord(after) in _SKIN_TONES
        or ("\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff")
    )
