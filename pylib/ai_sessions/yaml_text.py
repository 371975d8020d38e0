"""YAML that others wrote: without aliases, and no larger than anybody means.

A few lines with aliases can stand for gigabytes, or for a loop. `yaml` is imported when there is
something to read: it takes longer than answering `status` does.
"""

from __future__ import annotations

from ai_sessions.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LARGEST = 8 << 20


class NotYaml(ConfigError):
    """The text is not YAML we take. `line`: counted from 1, 0 when not known."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def loaded(text: str, largest: int = LARGEST) -> Any:
    """The value of a text of at most `largest` characters. Raises `NotYaml`."""
    import yaml

    if len(text) > largest:
        raise NotYaml(f"{len(text):,} characters (at most {largest:,})", 0)
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if isinstance(token, yaml.AliasToken):
                raise NotYaml("aliases (*name) are not allowed here", token.start_mark.line + 1)
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise NotYaml(f"not YAML: {problem}", mark.line + 1 if mark else 0) from error
