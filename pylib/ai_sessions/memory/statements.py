"""The statements of a message: its sentences and list entries, each as one clean line.

Code blocks, tables, logs and output are no statements. What came from outside may hold anything,
so no statement has a line break, a control character or half of a surrogate pair.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ai_sessions import controls
from ai_sessions.memory import sentences

#: Characters of one statement; a longer one is cut between words.
LONGEST = 280
#: A line of at least so many characters may have been wrapped, so that it goes on in the next.
_WRAPPED_FROM = 50
_FENCE = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_MARKER = re.compile(r"(?:[-*+•>#]+|\d{1,3}[.)]|\[[ xX]?\])\s+")
_LOG = re.compile(
    r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\d\d:\d\d:\d\d\b|(?:DEBUG|TRACE|INFO|WARN(?:ING)?)\b"
    r"|[-+@]{2,3} |at \S+\(|File \"|[$%>|] ?\S"
)
_CODE = re.compile(
    r"^(?:\t| {4,})(?![-*+•\d])|[;{}\\]\s*$|^\s*[}\])@]|=>|::|^\s*\w+\(.*\):?\s*$"
    r"|^\s*(?:def|class|import|from|return|const|let|var|if|for|while) .*[:;({=]\s*$"
)
_LETTER = re.compile(r"[^\W\d_]")
_LEAST_LETTERS = 0.4
SURROGATES = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


def paragraphs(text: str, most: int = 8_000) -> list[list[str]]:
    """The statements of a text, by paragraph. `most`: characters that are looked at, two thirds of
    them at its beginning.
    """
    lines = _FENCE.sub("\n", _ends(text, most)).split("\n")
    return [found for line in _joined(lines) if (found := list(sentences.parted(line)))]


def one_line(text: str) -> str:
    """`text` on one line that can imitate nothing around it."""
    return controls.one_line(text.translate(SURROGATES) if not text.isascii() else text)


def shortened(text: str, most: int = LONGEST) -> str:
    """`text` up to the last word that fits; an ellipsis says that there was more."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    at_word = head.rsplit(" ", 1)[0] if " " in head[most // 2 :] else head
    return f"{at_word.rstrip(' ,;:')}…"


def _ends(text: str, most: int) -> str:
    """The beginning and the end of a long text, so that the work on a message is bounded."""
    return text if len(text) <= most else f"{text[: most * 2 // 3]}\n\n{text[-most // 3 :]}"


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Lines, those that were wrapped as one."""
    text = ""
    for line in lines:
        plain = one_line(line)
        marked = _MARKER.match(plain)
        entry = "" if _is_no_prose(line, plain) else plain[marked.end() :] if marked else plain
        may_go_on = len(text) >= _WRAPPED_FROM and text[-1] not in ".!?:;。\uff01\uff1f"
        if entry and may_go_on and not marked:
            text = f"{text} {entry}"
        else:
            yield text
            text = entry
    yield text


def _is_no_prose(line: str, plain: str) -> bool:
    """Whether a line is code, of a log, of a table, or of numbers."""
    if not plain or _LOG.match(plain) or _CODE.search(line):
        return True
    return len(_LETTER.findall(plain)) < _LEAST_LETTERS * len(plain.replace(" ", ""))
