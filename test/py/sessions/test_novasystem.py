"""Sessions of NovaSystem, as Markdown and as JSON."""

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.errors import ConfigError
from ai_sessions.sessions import novasystem, reading

HEAD = """# Session: Release Plan: v2

**Description:** what to do

**Session ID:** 0d9f8a7b-1111
**Created:** 2025-09-26 13:30:00+00:00
**Updated:** 2025-09-26 13:50:00+00:00
**Model:** claude-3-5-sonnet
**Tags:** a, b

---
"""
#: NovaSystem writes times without a zone; with one, the test does not depend on this machine's.
SAID = """
## Message 1 - User
*2025-09-26 13:31:00*

Write headings.

## Message 2 - Assistant
*2025-09-26 13:32:00*

## Message 7 - User
*2025-09-26 13:33:00*

is a quote.

**Metadata:**
- model: x

"""


def test_markdown_gives_facts_and_messages():
    found = novasystem.of_markdown(HEAD + SAID)

    assert found["name"] == "release-plan-v2-0d9f8a7b"
    assert (found["title"], found["description"]) == ("Release Plan: v2", "what to do")
    assert (found["created_at"], found["tags"]) == ("2025-09-26T13:30:00.000Z", ["a", "b"])
    assert [one["role"] for one in found["messages"]] == ["user", "assistant"]
    assert found["messages"][1]["text"].startswith("## Message 7 - User")
    assert found["messages"][1]["text"].endswith("is a quote.")
    assert found["notes"][0]["body"]["model_used"] == "claude-3-5-sonnet"


@pytest.mark.parametrize("at", ["2025-09-26T13:31:00", "2025-09-26T13:31:00.125+00:00"])
def test_the_time_of_a_message_may_have_another_form(at):
    found = novasystem.of_markdown(HEAD + SAID.replace("2025-09-26 13:31:00", at))

    assert len(found["messages"]) == 2


def test_a_session_without_title_has_a_name_all_the_same():
    found = novasystem.of_markdown(HEAD.replace("Release Plan: v2", ""))

    assert (found["name"], found["messages"]) == ("novasystem-0d9f8a7b", [])


@pytest.mark.parametrize(
    "text",
    [
        "# Session: x\n**Session ID:** a\n**Created:** yesterday\n",
        "# Session: x\n**Session ID:** a\n",
        '{"metadata": {"session_id": "a", "created_at": "2025-01-01"}, "messages": [1]}',
        '{"metadata": {"session_id": "a", "created_at": 5}, "messages": []}',
    ],
)
def test_a_damaged_one_is_refused_in_one_line(text):
    with pytest.raises(ConfigError, match="NovaSystem"):
        list(reading.sessions(io.StringIO(text), io.BytesIO))


@given(st.integers(0, len(HEAD + SAID)))
def test_a_cut_file_is_read_or_refused_but_never_breaks(end):
    with contextlib.suppress(ConfigError):
        list(reading.sessions(io.StringIO((HEAD + SAID)[:end]), io.BytesIO))
