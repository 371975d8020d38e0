"""From the text of a setting to its value; each raises `ValueError` with what to write instead."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

TRUE_WORDS = ("1", "true", "yes", "on")
FALSE_WORDS = ("0", "false", "no", "off")


def boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError("use true or false")


def switch(text: str) -> bool:
    """For a name that other programs use for words of their own: what is no yes is no."""
    return text.strip().lower() in TRUE_WORDS


def positive_number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise ValueError("use a number above 0")
    return value


def duration(text: str) -> float:
    """Seconds, from `90`, `90s`, `5m`, `6h` or `1d`."""
    units = {"s": 1, "m": 60, "h": 3600, "d": 86400}
    word = text.strip().lower()
    try:
        value = float(word[:-1]) * units[word[-1]] if word[-1:] in units else float(word)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise ValueError("use seconds, or a time such as 5m or 6h")
    return value


def positive_integer(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value <= 0:
        raise ValueError("use a whole number above 0")
    return value


def count(text: str) -> int:
    """A whole number from 0 on."""
    if not text.strip().isascii() or not text.strip().isdecimal():
        raise ValueError("use a whole number, or 0")
    return int(text)


def optional_integer(text: str) -> int | None:
    """A whole number above 0; None when there is none."""
    return positive_integer(text) if text.strip() else None


def share(text: str) -> float:
    """A part of something: above 0, at most 1."""
    value = positive_number(text)
    if value > 1:
        raise ValueError("use a number above 0 and at most 1, such as 0.7")
    return value


def no_option(text: str) -> str:
    """A word for an agent's command line, which a project's file may choose."""
    if text.startswith("-"):
        raise ValueError("use a name that does not begin with a dash")
    return text


def words(text: str) -> tuple[str, ...]:
    """Words between spaces or commas, each once, in their order."""
    found = tuple(dict.fromkeys(text.replace(",", " ").split()))
    if dashed := next((one for one in found if one.startswith("-")), ""):
        raise ValueError(f"use names that do not begin with a dash, unlike {dashed}")
    return found


def numbers(text: str) -> tuple[str, ...]:
    """Whole numbers between spaces or commas, as text, each once: ids of users and chats."""
    found = tuple(dict.fromkeys(text.replace(",", " ").split()))
    if wrong := next((one for one in found if not _is_number(one)), ""):
        raise ValueError(f"use the numbers that /id tells, unlike {wrong}")
    return found


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdecimal()


def word_of(*words: str) -> Callable[[str], str]:
    """A parser that takes one of `words`."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError(f"use one of: {', '.join(words)}")
        return text

    return parse


def amount(text: str) -> str | None:
    """An amount of dollars above 0, still as text; None when there is none."""
    if not text.strip():
        return None
    from decimal import Decimal, InvalidOperation

    try:
        dollars = Decimal(text)
    except InvalidOperation:
        dollars = Decimal(0)
    if not dollars.is_finite() or dollars <= 0:
        raise ValueError("use dollars above 0, for example 2.50")
    return text.strip()


def amounts(text: str) -> dict[str, str]:
    """Amounts by name: `opus=3 sonnet=10.50`."""
    found: dict[str, str] = {}
    for part in text.replace(",", " ").split():
        name, equals, value = part.partition("=")
        dollars = amount(value) if name and equals else None
        if dollars is None:
            raise ValueError("use names with dollars, for example opus=3 sonnet=10.50")
        found[name] = dollars
    return found


def variables(text: str) -> tuple[str, ...]:
    """Names of environment variables: `NPM_TOKEN DATABASE_URL`."""
    if not text.strip():
        return ()
    from ai_sessions.environment import names_in

    found = names_in(text)
    wrong = [name for name in found if not (name.isascii() and name.isidentifier())]
    if wrong:
        raise ValueError("use names of variables, for example NPM_TOKEN DATABASE_URL")
    return found


def tables(text: str) -> dict[str, Any]:
    """Maps by name, as YAML or JSON: `{name: {key: value}}`, or the path of a file with that."""
    if not text.strip():
        return {}
    found = _parsed(text if text.lstrip().startswith("{") else _read(expanded(text.strip())))
    if isinstance(found, dict) and all(isinstance(value, dict) for value in found.values()):
        return {str(name): value for name, value in found.items()}
    raise ValueError("use a map of names to maps, for example {my-model: {input: 1.5}}")


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ValueError(f"cannot read {path}: {told}; use a file, or a map in braces") from error


def _parsed(text: str) -> Any:
    from ai_sessions import yaml_text

    try:
        return yaml_text.loaded(text)
    except yaml_text.NotYaml as error:
        raise ValueError(error.message) from error


def directory(text: str) -> Path:
    from pathlib import Path

    return Path(expanded(text))


def folders(text: str) -> tuple[str, ...]:
    """Absolute paths between colons, as in PATH, each once; `~` is the home folder."""
    given = (with_home(one.strip()) for one in text.split(":") if one.strip())
    found = tuple(dict.fromkeys(os.path.normpath(one) for one in given))
    if wrong := next((one for one in found if not os.path.isabs(one)), ""):
        raise ValueError(f"use absolute paths between colons, unlike {wrong}")
    return found


def expanded(text: str) -> str:
    """An absolute path, `~` replaced by the home folder."""
    return os.path.abspath(with_home(text))


def with_home(text: str) -> str:
    """A path, `~` replaced by the home folder. One that is not absolute stays so."""
    if text[:1] == "~" and os.environ.get("HOME") == "":  # which `expanduser` takes for `/`
        import pwd

        text = text.replace("~", pwd.getpwuid(os.getuid()).pw_dir, 1)
    return os.path.expanduser(text)
