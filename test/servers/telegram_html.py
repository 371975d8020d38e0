"""Telegram's HTML as its server reads it: tags become entities, what is wrong is refused.

After `parse_html` of tdlib (td/telegram/MessageEntity.cpp), with its messages.
"""

import re
from dataclasses import dataclass

_TAGS = {
    **{"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline"},
    **{"ins": "underline", "s": "strikethrough", "strike": "strikethrough"},
    **{"del": "strikethrough", "code": "code", "pre": "pre", "a": "text_link"},
    **{"blockquote": "blockquote", "tg-spoiler": "spoiler", "span": "spoiler"},
}
_SIGN = re.compile(r"&(?:(lt|gt|amp|quot)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_TAG = re.compile(
    r"<(/?)([a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:=(?:\"[^\"]*\"|'[^']*'|[^\s>]*))?)*)\s*>"
)
_ATTRIBUTE = re.compile(r"([a-zA-Z-]+)=(?:\"([^\"]*)\"|'([^']*)'|([^\s>]*))")


class CannotParse(Exception):
    """As the API says it."""


@dataclass(frozen=True)
class Entity:
    """In UTF-16 units. `value`: a link's address, the language of code."""

    type: str
    offset: int
    length: int
    value: str = ""


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse(html: str) -> tuple[str, list[Entity]]:
    """Raises `CannotParse`."""
    text, at, entities = "", 0, []
    opened: list[tuple[str, int, str]] = []
    while at < len(html):
        if html[at] == "&" and (sign := _SIGN.match(html, at)):
            text += _meant(sign)
            at = sign.end()
        elif html[at] != "<":
            text += html[at]
            at += 1
        else:
            tag = _tag(html, at)
            if not tag[1]:
                opened.append((tag[2], units(text), _value(tag)))
            else:
                entities.append(_closed(opened, tag, text, _offset(html, at)))
            at = tag.end()
    if opened:
        raise CannotParse(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    return text, sorted(_joined(entities), key=lambda one: (one.offset, -one.length))


def _tag(html: str, at: int) -> re.Match[str]:
    tag = _TAG.match(html, at)
    if not tag:
        raise CannotParse(f"Unclosed start tag at byte offset {_offset(html, at)}")
    if not tag[1] and tag[2].lower() not in _TAGS:
        raise CannotParse(f'Unsupported start tag "{tag[2]}" at byte offset {_offset(html, at)}')
    return tag


def _closed(
    opened: list[tuple[str, int, str]], tag: re.Match[str], text: str, offset: int
) -> Entity:
    if not opened:
        raise CannotParse(f"Unexpected end tag at byte offset {offset}")
    name, begun, value = opened.pop()
    if tag[2] and tag[2].lower() != name.lower():
        raise CannotParse(
            f'Unmatched end tag at byte offset {offset}, expected "</{name}>", found "</{tag[2]}>"'
        )
    return Entity(_TAGS[name.lower()], begun, units(text) - begun, value)


def _joined(entities: list[Entity]) -> list[Entity]:
    """Without empty ones, and code with a language as one entity."""
    languages = {
        (one.offset, one.length): one.value for one in entities if one.type == "code" and one.value
    }
    made = []
    for one in entities:
        span = (one.offset, one.length)
        if not one.length or (one.type == "code" and span in languages):
            continue
        value = languages.get(span, "") if one.type == "pre" else one.value
        made.append(Entity(one.type, *span, value))
    return made


def _value(tag: re.Match[str]) -> str:
    found = {
        one[1].lower(): one[2] or one[3] or one[4] or "" for one in _ATTRIBUTE.finditer(tag[3])
    }
    if tag[2].lower() == "code":
        return found.get("class", "").removeprefix("language-")
    return _SIGN.sub(_meant, found.get("href", ""))


def _meant(sign: re.Match[str]) -> str:
    if sign[1]:
        return _NAMED[sign[1]]
    return chr(int(sign[2]) if sign[2] else int(sign[3], 16))


def _offset(html: str, at: int) -> int:
    return len(html[:at].encode("utf-8", "surrogatepass"))
