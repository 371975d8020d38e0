"""What is known of models: whose they are, their window, their rates; and who a name means.

`prices.json` is exported from the library genai-prices (`make prices`); `additions.json` is ours,
for published prices that the library lacks, and comes first; so is `aliases.json`, for the bare
names that agents accept (`sonnet`). They are read when the first call is priced.
"""

from __future__ import annotations

from functools import cache

from ai_sessions.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ai_sessions.catalog.table import Model as Model
    from ai_sessions.catalog.table import Table as Table


@cache
def load() -> Table:
    """The table that this release ships. Raises `ConfigError` when its files are damaged."""
    from ai_sessions.catalog.table import Table

    raw, more = _read("prices.json"), _read("additions.json")
    for provider, entry in raw["providers"].items():
        entry["models"] = [*more.get(provider, ()), *entry["models"]]
    return Table(raw, _read("aliases.json"))


def _read(name: str) -> Any:
    import json
    import os

    path = os.path.join(os.path.dirname(__file__), name)
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read the price table {path}: {error}") from error
