"""What was said as a Markdown quotation that no text can leave, and back to the exact text.

Headings, lists, emphasis and code are shown as they are meant. Nothing that was said is live: HTML,
links, images and definitions are written with entities, so that a viewer shows them as text. Code
is inert as it is and stays as it is. Where a viewer may see code differently than we do, text
counts as no code, which costs nothing but an entity that is visible.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from ai_sessions.controls import plain

Change = Callable[[str], str]

#: What is written as an entity, and the entity: a tag, a link or its definition, an image.
_LIVE = re.compile(r"<(?=[A-Za-z/!?])|(?<=\])[(:]|!(?=\[)")
_ENTITIES = {"<": "&lt;", "(": "&#40;", ":": "&#58;", "!": "&#33;"}
#: An entity that a text has already, or its escaped form: it gets one more `amp;`.
_OURS = r"(?:amp;)*(?:lt|#40|#58|#33);"
_LOOKS_OURS = re.compile(rf"&(?={_OURS})")
_ENTITY = re.compile(rf"&(?:(lt|#40|#58|#33);|amp;(?={_OURS}))")
_CHARACTERS = {entity[1:-1]: character for character, entity in _ENTITIES.items()}

#: A fence at the very beginning of a line, and its info string.
_FENCE = re.compile(r"(`{3,})([^`]*)|(~{3,})(.*)")
#: A fence inside a list or another quotation, whose end depends on what is around it, or one that
#: can be read as the head of a table; formulas and comments, in which some viewers see no fences.
_UNSURE = re.compile(r"(?!```|~~~).*(?:```|~~~)|(?:```|~~~).*\||.*(?:\$\$|%%)")
_TICKS = re.compile(r"`+")
#: Makes it uncertain where a span of code begins: escapes, cells of a table, formulas.
_SPLITS_SPANS = re.compile(r"\\`|[|$]")
#: Languages that viewers colour and never run or draw.
_COLOURED = re.compile(
    "bash|bat|c|c++|clojure|cmake|console|cpp|cs|csharp|css|csv|dart|diff|dockerfile|elixir|erlang|"
    "fish|fsharp|go|graphql|groovy|haskell|hcl|html|http|ini|java|javascript|js|json|json5|jsonl|"
    "jsx|julia|kotlin|latex|less|lisp|lua|make|makefile|markdown|md|nix|objc|ocaml|pascal|perl|php|"
    "plaintext|powershell|properties|proto|ps1|py|python|r|rb|rs|ruby|rust|scala|scss|sh|shell|sql|"
    "swift|terraform|text|toml|ts|tsx|txt|typescript|vim|xml|yaml|yml|zig|zsh".replace("+", r"\+"),
    re.IGNORECASE | re.ASCII,
)
_TEXT = "text "


def quoted(text: str) -> str:
    """Every line as part of a quotation; without control characters. Empty for an empty text."""
    lines = inert(plain(text)).split("\n")
    return "\n".join(f"> {line}" if line else ">" for line in lines) if text else ""


def unquoted(lines: Iterable[str]) -> str:
    """The text of a quotation that `quoted` made."""
    return live("\n".join(line[2:] for line in lines))


def inert(text: str) -> str:
    """`text` as Markdown in which nothing is live. `live` gives it back."""
    return _changed(text, _escaped, _named_text)


def live(text: str) -> str:
    """The text that `inert` was given."""
    return _changed(text, _restored, _named_again)


def _escaped(text: str) -> str:
    text = _LOOKS_OURS.sub("&amp;", text)
    return _LIVE.sub(lambda found: _ENTITIES[found[0]], text)


def _restored(text: str) -> str:
    return _ENTITY.sub(lambda found: _CHARACTERS[found[1]] if found[1] else "&", text)


def _named_text(info: str) -> str:
    """The info string of a fence; what a viewer might run or draw is called text."""
    words = info.split(None, 1)
    is_text = info.startswith(_TEXT) and info[len(_TEXT) :].strip()
    if not words or (_COLOURED.fullmatch(words[0]) and not is_text):
        return info
    return _TEXT + info


def _named_again(info: str) -> str:
    inner = info.removeprefix(_TEXT)
    return inner if inner.strip() else info


def _changed(text: str, outside: Change, info: Change) -> str:
    """`text`, changed outside of code alone. Both changes leave the borders of code where they are,
    so that the way back finds the same.
    """
    return "\n".join(_lines(text.split("\n"), outside, info))


def _lines(lines: Iterable[str], outside: Change, info: Change) -> Iterator[str]:
    fence, spans = "", _Spans()
    is_sure = True
    for line in lines:
        if fence:
            fence = "" if _ends(line, fence) else fence
            yield line
            continue
        is_sure = is_sure and not _UNSURE.match(line)
        begun = _FENCE.fullmatch(line) if is_sure else None
        if begun:
            fence = begun[1] or begun[3]
            yield fence + info(begun[2] or begun[4] or "")
            spans = _Spans()
        else:
            yield "".join(spans.changed(line, outside))


def _ends(line: str, fence: str) -> bool:
    shown = line.rstrip(" \t")
    ticks = shown.lstrip(" ")
    is_closing = len(ticks) >= len(fence) and not ticks.strip(fence[0])
    return is_closing and len(shown) - len(ticks) <= 3


class _Spans:
    """Spans of code in the lines of a paragraph, as long as all of them end in their own line."""

    def __init__(self) -> None:
        self._is_sure = True

    def changed(self, line: str, outside: Change) -> Iterator[str]:
        """The line in pieces, spans of code as they are."""
        if not line.strip(" \t"):
            self._is_sure = True
        spans = self._spans(line) if self._is_sure and "`" in line else []
        at = 0
        for start, end in spans:
            yield outside(line[at:start])
            yield line[start:end]
            at = end
        yield outside(line[at:])

    def _spans(self, line: str) -> list[tuple[int, int]]:
        """None from here to the end of the paragraph when one has no end in this line."""
        found: list[tuple[int, int]] = []
        ticks = iter(() if _SPLITS_SPANS.search(line) else _TICKS.finditer(line))
        for first in ticks:
            last = next((one for one in ticks if len(one[0]) == len(first[0])), None)
            if last is None:
                found = []
                break
            found.append((first.start(), last.end()))
        self._is_sure = bool(found)
        return found
