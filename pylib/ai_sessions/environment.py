"""Which variables other programs are not given: secrets, and what ties git to one repository.

Tests, hooks and set-up commands are given the environment without them. A name gives a secret away
by its words (`DB_PASS`, `OPENAI_API_KEY_2`), a value by a password in a URL. `ENV_KEEP`, a setting
of the user's own, names exceptions; doors put it into the environment that they pass on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from ai_sessions.plurals import listed

KEEP = "ENV_KEEP"
_WORDS = frozenset(
    (
        *("KEY", "KEYS", "TOKEN", "SECRET", "SECRETS", "PASS", "PASSWORD", "PASSWORDS", "PASSWD"),
        *("PASSPHRASE", "PWD", "PAT", "CREDENTIAL", "CREDENTIALS", "CREDS", "AUTH", "OAUTH"),
        *("DSN", "JWT", "BEARER", "ASKPASS", "WEBHOOK"),
    )
)
#: The same at the end of a word without a `_` before it: PGPASSWORD, authToken.
_ENDINGS = (
    *("PASSWORD", "PASSWD", "PASSPHRASE", "PASSFILE", "SECRET", "TOKEN", "CREDENTIALS"),
    *("APIKEY", "ACCESSKEY", "SECRETKEY", "PRIVATEKEY", "AUTHKEY"),
)
#: Where to connect, usually with the password in it.
_ADDRESSES = re.compile(
    r"(?:^|_)(?:DATABASE|DB)_(?:\w+_)?UR[LI]$|(?:^|_)CONN(?:ECTION)?_?STR(?:ING)?$"
)
#: Ways to what holds the keys: agents, keyrings, tickets.
_AGENTS = frozenset(("SSH_AGENT_PID", "GPG_AGENT_INFO", "GNOME_KEYRING_CONTROL", "KRB5CCNAME"))
#: What has such a word and is none: folders, a fingerprint in Python's images, git's own settings.
_HARMLESS = re.compile(r"PWD|GPG_KEY|GIT_CONFIG_KEY_\d+")
_PASSWORD_IN_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@", re.IGNORECASE)
_LISTED = 5
#: What `git rev-parse --local-env-vars` names in old and new versions, and two more. Git sets them
#: in hooks and aliases; passed on, they turn git commands to another repository or other settings.
LOCAL_TO_GIT = frozenset(
    (
        *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_CONFIG_COUNT"),
        *("GIT_CONFIG_PARAMETERS", "GIT_DIR", "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE"),
        *("GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_NAMESPACE", "GIT_NO_REPLACE_OBJECTS"),
        *("GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE"),
        *("GIT_WORK_TREE", "GIT_QUARANTINE_PATH"),
    )
)
#: What git writes into its history of HEAD for each move that a child of ours makes, agent or test,
#: in place of `commit` or `pull`; so a person's moves can be told from theirs.
MARK = "child-of-ai-sessions"


def marked(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` for a child whose commits are to be recognised as such."""
    return {**environ, "GIT_REFLOG_ACTION": MARK}


def without_secrets(environ: Mapping[str, str], keep: Collection[str] = ()) -> dict[str, str]:
    """`environ` for code that is not ours. `keep`: names that stay, besides those of `ENV_KEEP`."""
    kept = {*keep, *names_in(environ.get(KEEP, ""))}
    return {
        name: value
        for name, value in environ.items()
        if name in kept or not _is_secret(name, value)
    }


def without_git(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` for a program that finds its repository from its working folder."""
    return {name: value for name, value in environ.items() if name not in LOCAL_TO_GIT}


def withheld(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the variables that `without_secrets` leaves out."""
    return tuple(sorted(environ.keys() - without_secrets(environ).keys()))


def told(names: Collection[str]) -> str:
    """For a run that failed: what it was not given; empty when it was given everything."""
    if not names:
        return ""
    shown = listed(names, _LISTED)
    return f"not given to tests, as secrets: {shown} (the setting {KEEP} names exceptions)"


def names_in(text: str) -> tuple[str, ...]:
    """The names in a list such as `NPM_TOKEN DATABASE_URL`; commas separate them too."""
    return tuple(text.replace(",", " ").split())


def _is_secret(name: str, value: str) -> bool:
    upper = name.upper()
    if _HARMLESS.fullmatch(upper):
        return False
    words = [word.rstrip("0123456789") for word in re.split(r"[^A-Z0-9]+", upper)]
    return (
        upper in _AGENTS
        or any(word in _WORDS or word.endswith(_ENDINGS) for word in words)
        or bool(_ADDRESSES.search("_".join(filter(None, words))))
        or bool(_PASSWORD_IN_URL.search(value))
    )
