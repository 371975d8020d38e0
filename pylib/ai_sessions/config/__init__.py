"""Settings: declared in `table`, read by `parsers`, put in order by `layers`.

`.env.template`, the reference page and `config --show-origin` are made from `SETTINGS`. The package
stays light on imports because every command loads it: `pathlib` and `typing` cost more than a
thousand sessions take to read, so they are named in annotations only.
"""

from __future__ import annotations

from ai_sessions.config.layers import (
    INSTALLED,
    ROOT,
    Settings,
    env_file,
    files,
    load,
    of_user,
    project_file,
    repository,
    session_dir,
    session_root,
    user_file,
    user_files,
)
from ai_sessions.config.spelling import nearest
from ai_sessions.config.table import (
    ASKING,
    POOL_KEYS,
    PROVIDER_SETTINGS,
    SETTINGS,
    Setting,
    for_command,
)

__all__ = [
    "ASKING",
    "INSTALLED",
    "POOL_KEYS",
    "PROVIDER_SETTINGS",
    "ROOT",
    "SETTINGS",
    "Setting",
    "Settings",
    "env_file",
    "files",
    "for_command",
    "load",
    "nearest",
    "of_user",
    "project_file",
    "repository",
    "session_dir",
    "session_root",
    "user_file",
    "user_files",
]
