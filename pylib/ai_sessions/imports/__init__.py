"""Past usage from the logs of other agents: which calls they made, with tokens, model and time.

One module an agent; each knows where its logs are and how a call looks in them. Adding one is a
file and its name in `NAMES`.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import cast

from ai_sessions.imports.contract import Found, Past, Source, fresh
from ai_sessions.imports.costs import cost_of

__all__ = ["NAMES", "SOURCES", "Found", "Past", "Source", "cost_of", "fresh"]


NAMES = ("claude", "codex", "gemini", "opencode")


class _Sources(Mapping[str, Source]):
    """The sources by the names of their modules, which are imported when they are asked for: a call
    of an agent looks into its log only when it did not come to its end.
    """

    def __getitem__(self, name: str) -> Source:
        if name not in NAMES:
            raise KeyError(name)
        return cast("Source", import_module(f"ai_sessions.imports.{name}").SOURCE)

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


SOURCES = _Sources()
