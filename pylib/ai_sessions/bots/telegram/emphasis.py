"""What Markdown has within a line: emphasis, code, links. As HTML whose tags are always closed in
their order."""

from __future__ import annotations

import re
from dataclasses import field

from ai_sessions.lazy_dataclasses import dataclass

_TOKEN = re.compile(
    r"(?P<escape>\\[!-/:-@\[-`{-~])"
    r"|(?P<ticks>`+)"
    r"|(?P<link>!?\[(?P<label>(?:[^\[\]\\\n]|\\.|\[[^\[\]\n]{0,100}\]){0,400})\]"
    r"\(<?(?P<target>[^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?:[ \t]+\"[^\"\n]*\")?\))"
    r"|<(?P<address>(?:https?://|mailto:)[^<>\s]+)>"
    r"|(?P<name>(?<!\w)__[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*__(?!\w))"
    r"|(?P<marks>\*+|_+|~~(?!~))"
)
#: Schemes of links that Telegram opens.
_LINKED = re.compile(r"^(?:https?|tg)://[^\s]+$|^(?:mailto|tel):[^\s]+$", re.IGNORECASE)
_TAGS = {("*", 2): "b", ("_", 2): "b", ("*", 1): "i", ("_", 1): "i", ("~", 2): "s"}


def escaped(text: str) -> str:
    """As text within HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@dataclass(slots=True)
class _Marks:
    """A run of the same mark. `count`: those that are not used; `closing` are tags before them,
    `opening` those after them.
    """

    sign: str
    count: int
    can_open: bool
    can_close: bool
    closing: list[str] = field(default_factory=list)
    opening: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return "".join([*self.closing, self.sign * self.count, *self.opening])


def inline(text: str) -> str:
    """HTML of the text of a paragraph, an item, a heading or a cell."""
    made: list[str | _Marks] = []
    at = 0
    while found := _TOKEN.search(text, at):
        made.append(escaped(text[at : found.start()]))
        piece, at = _piece(text, found)
        made.append(piece)
    made.append(escaped(text[at:]))
    _match([one for one in made if isinstance(one, _Marks)])
    return "".join(map(str, made))


def _piece(text: str, found: re.Match[str]) -> tuple[str | _Marks, int]:
    """What a token stands for, and where it ends."""
    if found["escape"]:
        return escaped(found[0][1]), found.end()
    if found["ticks"]:
        return _code(text, found)
    if found["link"]:
        return _link(found["label"], found["target"]), found.end()
    if found["address"]:
        return _anchor(found["address"], escaped(found["address"])), found.end()
    if found["name"]:  # as in __init__.py, which is more often meant than one word in bold
        return found["name"], found.end()
    return _marks(text, found), found.end()


def _code(text: str, found: re.Match[str]) -> tuple[str, int]:
    ticks = found["ticks"]
    closing = re.compile(rf"(?<!`){ticks}(?!`)").search(text, found.end())
    if not closing:
        return ticks, found.end()
    code = text[found.end() : closing.start()]
    if code.strip() and code[0] == code[-1] == " ":
        code = code[1:-1]
    return (f"<code>{escaped(code)}</code>" if code.strip() else escaped(code)), closing.end()


def _link(label: str, target: str) -> str:
    """Where Telegram opens no such link, both are told: a path is worth reading."""
    if _LINKED.match(target):
        inner = re.sub("</?a[^>]*>", "", inline(label)) if label.strip() else escaped(target)
        return _anchor(target, inner)
    return f"{inline(label)} ({escaped(target)})" if target else inline(label)


def _anchor(target: str, inner: str) -> str:
    address = escaped(target).replace('"', "&quot;")
    return f'<a href="{address}">{inner}</a>'


def _marks(text: str, found: re.Match[str]) -> _Marks:
    """Marks open before a word and close after one; `_` is none within a word, `*` none after a
    slash, where it is a pattern of paths.
    """
    before = text[found.start() - 1 : found.start()]
    after = text[found.end() : found.end() + 1]
    can_open = bool(after.strip())
    can_close = bool(before.strip())
    sign = found[0][0]
    if sign == "*" and before == "/":
        can_open = can_close = False
    if sign == "_":
        can_open, can_close = (
            can_open and not before.isalnum(),
            can_close and not after.isalnum(),
        )
    return _Marks(sign, len(found[0]), can_open, can_close)


def _match(all_marks: list[_Marks]) -> None:
    """Turn marks into tags, the inner ones first; those within a pair that match nothing stay."""
    opened: list[_Marks] = []
    for marks in all_marks:
        while marks.can_close and marks.count:
            at = _opener(opened, marks)
            if at is None:
                break
            _pair(opened[at], marks)
            del opened[at + 1 :]
            if not opened[at].count:
                del opened[at]
        if marks.can_open and marks.count:
            opened.append(marks)


def _opener(opened: list[_Marks], marks: _Marks) -> int | None:
    for at in range(len(opened) - 1, -1, -1):
        if opened[at].sign == marks.sign:
            return at
    return None


def _pair(opener: _Marks, closer: _Marks) -> None:
    count = min(2, opener.count, closer.count)
    tag = _TAGS[opener.sign, count]
    opener.count -= count
    closer.count -= count
    opener.opening.insert(0, f"<{tag}>")
    closer.closing.append(f"</{tag}>")
