"""The models and pools that this release ships, as `rotation.json` has them. Light on imports."""

from __future__ import annotations

import os
from functools import cache

from ai_sessions.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


@cache
def raw() -> Mapping[str, Any]:
    """Raises `ConfigError` when the file cannot be read."""
    import json

    path = os.path.join(os.path.dirname(__file__), "rotation.json")
    try:
        with open(path, encoding="utf-8") as file:
            found: Mapping[str, Any] = json.load(file)
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read the models of this release, {path}: {error}") from error
    return found


def title(name: str) -> str:
    """What people call a model, by its id or its key; empty for one that is not shipped, or that
    was served no more when this was released.
    """
    for one in raw()["models"]:
        if name in (one["id"], f"{one['pool']}:{one['id']}"):
            return "" if one.get("retired") else str(one.get("display_name", ""))
    return ""
