"""docs/bots.md quotes what the bots say as they say it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/bots.md").read_text()
#: What a service says, and not we.
OF_SERVICES = {"the application did not respond"}


def quoted():
    """The messages in the first column of Troubleshooting: words between backticks."""
    rows = re.findall(r"^\| (.*?) \|", PAGE.partition("## Troubleshooting")[2], re.MULTILINE)
    found = [words for row in rows for words in re.findall(r"`([^`]+ [^`]+)`", row)]
    return [words for words in found if words not in OF_SERVICES]


def said():
    """Texts of the bots' code, and beginnings of those in which something is filled in, as
    patterns: that may be anything.
    """
    for path in ROOT.glob("pylib/ai_sessions/bots/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.escape(node.value).replace("\\ ", " ")
            elif isinstance(node, ast.JoinedStr):
                yield from _beginnings(node.values)


def _beginnings(parts):
    pattern = ""
    for part in parts:
        is_text = isinstance(part, ast.Constant)
        if is_text and re.search(r"\w{3}", part.value):
            yield pattern + re.escape(part.value.rstrip(": "))
        pattern += re.escape(part.value) if is_text else r"\S+"
    if any(isinstance(one, ast.Constant) and re.search(r"\w{3}", one.value) for one in parts):
        yield pattern


SAID = [*said()]


def is_said(words):
    return any(words in text or re.fullmatch(text, words) for text in SAID if len(text) < 400)


@pytest.mark.parametrize("words", quoted())
def test_a_message_in_troubleshooting_is_one_of_ours(words):
    assert is_said(words)


def test_a_message_that_nobody_says_is_found():
    assert quoted()
    assert not is_said("the moon is full, try again tomorrow")
