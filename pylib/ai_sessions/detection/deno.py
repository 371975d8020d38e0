"""The tests of a Deno project."""

import shlex

from ai_sessions.detection.folder import Folder, table
from ai_sessions.detection.found import TESTS, Found, Words


def deno(folder: Folder) -> Found | None:
    """None without a deno.json. A `test` among its tasks says what tests are allowed to do."""
    settings = folder.first("deno.json", "deno.jsonc")
    if not settings:
        return None
    task = table(folder.json(settings), "tasks").get("test")
    text = task.get("command") if isinstance(task, dict) else task
    files = sum(1 for name in folder.names if "test" in name.rsplit("/", 1)[-1].split(".")[0])
    suite: Words = ("deno", "task", "test") if isinstance(text, str) else ("deno", "test")
    test = ("deno", "test", *_flags(text), TESTS)
    return Found("deno", settings, test, suite, files=files)


def _flags(text: object) -> Words:
    """What the task allows its tests: `deno test -A --unstable-kv tests/`."""
    try:
        words = shlex.split(text[:1000]) if isinstance(text, str) else []
    except ValueError:
        return ()
    if words[:2] != ["deno", "test"]:
        return ()
    return tuple(word for word in words[2:] if word.startswith("-") and "watch" not in word)
