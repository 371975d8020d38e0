"""The tests of a Deno project."""

import json
import re

from ai_sessions.detection.folder import Folder, table
from ai_sessions.detection.found import TESTS, Found, Words
from ai_sessions.detection.scripts import commands

_ASIDE = re.compile(r'"(?:[^"\\\n]|\\.)*+"|//[^\n]*+|/\*(?:.*?\*/|.*\Z)', re.DOTALL)
_LAST_COMMA = re.compile(r'"(?:[^"\\\n]|\\.)*+"|,(?=\s*+[}\]])')


def deno(folder: Folder) -> Found | None:
    """None without a deno.json. A `test` among its tasks says what tests are allowed to do."""
    settings = folder.first("deno.json", "deno.jsonc")
    if not settings:
        return None
    task = table(_settings(folder.text(settings)), "tasks").get("test")
    text = task.get("command") if isinstance(task, dict) else task
    files = sum(1 for name in folder.names if "test" in name.rsplit("/", 1)[-1].split(".")[0])
    suite: Words = ("deno", "task", "test") if isinstance(text, str) else ("deno", "test")
    test = ("deno", "test", *_flags(text), TESTS)
    return Found("deno", settings, test, suite, files=files)


def _flags(text: object) -> Words:
    """What the task allows its tests: `deno test -A --unstable-kv tests/`."""
    run = [one.words for one in commands({"test": text}, "test")]
    words = next((words[2:] for words in run if words[:2] == ("deno", "test")), ())
    return tuple(word for word in words if word.startswith("-") and "watch" not in word)


def _settings(text: str) -> object:
    """The value of JSON with comments and commas behind the last item, as Deno reads it."""
    plain = _LAST_COMMA.sub(_text_alone, _ASIDE.sub(_text_alone, text))
    try:
        return json.loads(plain or "{}")
    except (ValueError, RecursionError):
        return {}


def _text_alone(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith('"') else " "
