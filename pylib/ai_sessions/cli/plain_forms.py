"""The plainest forms of commands, read before click is imported.

Only what click reads in the same way is understood: whole names of options, each at most once, with
a value of its own. Anything else, and whatever may be wrong, is left to click.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

#: Flags of every command, which `Output` knows already.
_ANEW = "--anew"
_COMMON = ("--json", "--quiet", "-q")
_CSV = "--csv"
#: Words behind `assistant` -> the part that it shows (empty: all), and the form.
_OF_ASSISTANT: Mapping[tuple[str, ...], tuple[str, str]] = {
    (): ("", "table"),
    ("--greeting",): ("greeting", "table"),
    ("--stats",): ("stats", "table"),
    ("--stats", _CSV): ("stats", "csv"),
}


def stats(args: Sequence[str]) -> dict[str, str] | None:
    """The options of `stats`, by their names; None when click has to read them."""
    if args[:1] != ["stats"]:
        return None
    from ai_sessions.accounting import reports

    values = {"--by": reports.KEYS, "--since": None, "--until": None, "--feature": None}
    return _options(args[1:], values)


def imports(args: Sequence[str]) -> dict[str, str] | None:
    """The options of `import --from`, by their names; None when click has to read them."""
    words = [word for word in args[1:] if word != _ANEW]
    if args[:1] != ["import"] or args.count(_ANEW) > 1:
        return None
    found = _options(words, {"--from": None})
    if not found:
        return None
    return found | ({_ANEW: ""} if _ANEW in args else {})


def search(args: Sequence[str]) -> str | None:
    """What `search` is to look for; None when click has to read it."""
    words = [word for word in args[1:] if word not in _COMMON]
    if args[:1] != ["search"] or len(words) != 1 or _is_special(words[0]):
        return None
    return words[0]


def assistant(args: Sequence[str]) -> tuple[str, str] | None:
    """The part that the assistant is to show, and its form; None when click has to read it."""
    words = [word for word in args[1:] if word not in _COMMON]
    if args[:1] != ["assistant"] or (_CSV in words and "--json" in args):
        return None
    return _OF_ASSISTANT.get(tuple(words))


def _options(
    args: Sequence[str], known: Mapping[str, Collection[str] | None]
) -> dict[str, str] | None:
    found: dict[str, str] = {}
    rest = iter(args)
    for name in rest:
        if name in _COMMON:
            continue
        value = next(rest, "")
        if name not in known or name in found or _is_special(value):
            return None
        values = known[name]
        if values is not None and value not in values:
            return None
        found[name] = value
    return found


def _is_special(value: str) -> bool:
    """Whether a value may be an option, or is refused."""
    return value.startswith("-") or not value.strip()
