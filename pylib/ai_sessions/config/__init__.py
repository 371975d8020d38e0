"""Settings: declared in `table`, read by `parsers`, put in order by `layers` and `loading`.

`.env.template`, the reference page and `config --show-origin` are made from `SETTINGS`. The package
stays light on imports because every command loads it: `pathlib` and `typing` cost more than a
thousand sessions take to read, so they are named in annotations only, and what reads files
(`reading`) or changes them (`editing`) is imported where there is one.
"""

from __future__ import annotations

from ai_sessions.config.layers import Layer, Settings
from ai_sessions.config.loading import (
    INSTALLED,
    PROJECT_JSON,
    PROJECT_YAML,
    ROOT,
    USER_FILE,
    files,
    hint,
    load,
    of_program,
    of_user,
    repository,
    session_dir,
    session_root,
    user_file,
    user_files,
    user_folder,
)
from ai_sessions.config.spelling import nearest
from ai_sessions.config.table import (
    ASKING,
    BY_NAME,
    POOL_KEYS,
    PROVIDER_SETTINGS,
    SETTINGS,
    Setting,
    for_command,
)

__all__ = [
    "ASKING",
    "BY_NAME",
    "INSTALLED",
    "POOL_KEYS",
    "PROJECT_JSON",
    "PROJECT_YAML",
    "PROVIDER_SETTINGS",
    "ROOT",
    "SETTINGS",
    "USER_FILE",
    "Layer",
    "Setting",
    "Settings",
    "files",
    "for_command",
    "hint",
    "load",
    "nearest",
    "of_program",
    "of_user",
    "repository",
    "session_dir",
    "session_root",
    "user_file",
    "user_files",
    "user_folder",
]
