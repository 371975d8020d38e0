"""The table of models, and the way from any spelling of a model's name to its entry.

A name reaches us in the spelling of whoever served it: bare (`claude-sonnet-4-5`), dated
(`-20250929`, `@20250929`), with a variant (`[1m]`), behind a provider (`anthropic/…`, `gemini/…`),
as an id of Bedrock (`eu.anthropic.claude-…-v1:0`) or of OpenRouter (`qwen/qwen3-coder:free`). The
same weights cost differently at each, so a name that does not say where it was served is only
looked up at the lab that owns it, and one that looks like a local model is looked up nowhere.
"""

from __future__ import annotations

import re

from ai_sessions.lazy_dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    Raw = Mapping[str, Any]
    #: A provider's id, and what the model is called there.
    Place = tuple[str, str]

#: What stands before the slash, where the table itself does not know the word.
PREFIXES = {
    "bedrock": "aws",
    "amazon-bedrock": "aws",
    "vertex": "google",
    "mistralai": "mistral",
    "moonshot": "moonshotai",
    "xai": "x-ai",
    "z-ai": "zai",
    "fireworks-ai": "fireworks",
    "fireworks_ai": "fireworks",
    "togetherai": "together",
    "azure_ai": "azure",
}
_OPENROUTER = "openrouter"
#: `[1m]`: the same model with a longer window; its price follows from the tokens themselves.
_VARIANT = re.compile(r"\[\w+\]$")
#: `anthropic.claude-…`, `us.anthropic.…`: words with a dot before a letter, as Bedrock has them.
_BEDROCK = re.compile(r"(?:[a-z-]+\.)?[a-z][a-z0-9]*\.[a-z]")
_BEDROCK_VERSION = re.compile(r"-v\d+:\d+$|:\d+k?$")
_DATE = re.compile(r"[-@](?:20\d{6}|20\d\d-\d\d-\d\d)$")
_COMPACT_DATE = re.compile(r"(-20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=-|:|$)")


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """One model at one provider; each is itself alone, so that what follows from it can be kept."""

    provider: str
    id: str
    window: int | None
    """Context window in tokens; None: not known."""
    prices: Any
    """Rates by name, or `[when, rates]` pairs; the form of `prices.json`, read by `pricing`."""


_FASTER = re.compile(r"-(fast|priority)\b")


class Table:
    """Models by provider. Answers are kept, because an import asks for one name 100,000 times."""

    def __init__(self, raw: Raw, aliases: Mapping[str, str]) -> None:
        self.date: str = raw["date"]
        """The day of the prices, RFC 3339."""
        self.source: str = raw["source"]
        self._providers: Mapping[str, Raw] = raw["providers"]
        self._aliases = aliases
        self._found: dict[str, Model | None] = {}

    def model(self, name: str) -> Model | None:
        """The model that `name` means; None when nobody can tell."""
        if name not in self._found:
            places = self._places(plain_name(name))
            candidates = (self.at(provider, spelling) for provider, spelling in places)
            found = next(filter(None, candidates), None)
            self._found[name] = None if found and _is_dearer(name, found.id) else found
        return self._found[name]

    def is_alias(self, name: str) -> bool:
        """Whether `name` may mean another model tomorrow: `opus`, `sonnet[1m]`."""
        return plain_name(name) in self._aliases

    def at(self, provider: str, name: str) -> Model | None:
        """The model called `name` at `provider`, its other spellings by date included."""
        found = self._listed(provider, name)
        if found is None:
            dashed = _COMPACT_DATE.sub(r"\1-\2-\3", name)
            found = self._listed(provider, dashed) if dashed != name else None
        return found

    def models(self) -> Iterator[Model]:
        """Everything in the table."""
        for provider, entry in self._providers.items():
            for id_, _match, window, prices in entry["models"]:
                yield Model(provider, id_, window, prices)

    def _places(self, name: str) -> Iterator[Place]:
        """Where to look for `name`, best first."""
        name = self._aliases.get(name, name)
        vendor, slash, rest = name.partition("/")
        if vendor == _OPENROUTER:
            yield _OPENROUTER, rest
        elif slash and ":" in rest and not _BEDROCK_VERSION.search(rest):
            yield _OPENROUTER, name
        elif slash:
            provider = PREFIXES.get(vendor) or self._called(vendor)
            if provider:
                yield from _spellings(provider, rest)
            yield _OPENROUTER, name
        elif _BEDROCK.match(name):
            yield "aws", name
        elif ":" not in name or name.startswith("ft:"):
            owner = self._owner(name)
            if owner:
                yield from _spellings(owner, name)

    def _listed(self, provider: str, name: str) -> Model | None:
        entry = self._providers.get(provider)
        if entry is None:
            return None
        for holder in (provider, *entry.get("else", ())):
            for id_, match, window, prices in self._providers[holder]["models"]:
                if _matches(match or f"={id_}", name):
                    return Model(holder, id_, window, prices)
        return None

    def _called(self, word: str) -> str:
        if word in self._providers:
            return word
        return self._first("called", word)

    def _owner(self, name: str) -> str:
        return self._first("owns", name)

    def _first(self, key: str, text: str) -> str:
        """The first provider whose rule `key` fits, or the empty string."""
        for provider, entry in self._providers.items():
            if key in entry and _matches(entry[key], text):
                return provider
        return ""


def _is_dearer(name: str, id_: str) -> bool:
    """A faster service of a model has a price of its own, so another model's is not it."""
    return bool(_FASTER.search(name.lower())) and not _FASTER.search(id_)


def plain_name(name: str) -> str:
    """`name` in lower case without a variant, and without the path that some servers put first."""
    found = _VARIANT.sub("", name.strip().lower())
    if found.startswith("arn:"):
        return "bedrock/" + found.rpartition("/")[2]
    if found.startswith(("models/", "publishers/", "projects/")):
        return found.rpartition("/")[2]
    return found


def _spellings(provider: str, name: str) -> Iterator[Place]:
    """`name` as it stands, then with the marks of other clouds replaced, then without its date."""
    dashed = name.replace("@", "-")
    for spelling in dict.fromkeys((name, dashed, _DATE.sub("", name))):
        yield provider, spelling
        if "claude" in spelling and "." in spelling:
            yield provider, spelling.replace(".", "-")


def _matches(rule: Any, text: str) -> bool:
    """A rule of `prices.json`; the marks are explained in `export_prices`."""
    if not isinstance(rule, str):
        if rule[0] == "&":
            return all(_matches(part, text) for part in rule[1:])
        return any(_matches(part, text) for part in rule)
    mark, part = rule[0], rule[1:]
    if mark == "=":
        return text == part
    if mark == "^":
        return text.startswith(part)
    if mark == "$":
        return text.endswith(part)
    return part in text if mark == "*" else re.search(part, text) is not None
