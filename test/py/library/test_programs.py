"""Programs of another library print here what they print there, but for their import lines."""

import asyncio
import re
from pathlib import Path

import pytest

import ai_sessions
import python_blocks

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = ROOT / "test/fixtures/library/programs.md"
#: How docs/library.md says that import lines are changed.
LINES, PACKAGE = r"(?m)^ *(from|import) .*$", r"chuk_ai_session_manager[._a-z]*"

#: What that package exports, in version 0.11.2.
NAMES = """
BindingManager EventSource EventType FormatterConfig InfiniteConversationManager
InvalidSessionOperation ProceduralContextFormatter ProceduralMemory PromptStrategy ResultCache
RunStatus RuntimeLimits RuntimeMode Session SessionAlreadyExists SessionAwareToolProcessor
SessionEvent SessionManager SessionManagerError SessionMetadata SessionNotFound SessionRun
StorageError SummarizationStrategy TokenLimitExceeded TokenSummary TokenUsage ToolClassification
ToolLogEntry ToolMemoryManager ToolOutcome ToolPattern ToolProcessingError ToolStateManager
UngroundedGuard UngroundedGuardConfig ValueBinding __version__ build_prompt_from_session
configure_storage get_conversation_history get_session_stats get_storage_info get_tool_state
get_version is_available quick_conversation reset_tool_state setup_chuk_sessions_storage
track_conversation track_infinite_conversation track_llm_call track_tool_use
truncate_prompt_to_token_limit
"""


def changed(program):
    return re.sub(LINES, lambda line: re.sub(PACKAGE, "ai_sessions", line[0]), program)


@pytest.fixture(params=["files", "memory"])
def place(request, monkeypatch, tmp_path):
    monkeypatch.setenv("SESSION_PROVIDER", request.param)
    monkeypatch.setenv("SESSION_DIR", str(tmp_path / "sessions"))
    monkeypatch.setenv("TOKENIZER", "estimate")
    monkeypatch.setenv("HOME", str(tmp_path))


async def printed():
    told = []
    for line, block in python_blocks.blocks(PROGRAMS):
        told.append(await python_blocks.run_block(PROGRAMS.name, line, changed(block), {}))
    return "".join(told)


def test_each_prints_what_it_prints_there(place):
    assert asyncio.run(printed()) == PROGRAMS.with_suffix(".txt").read_text()


def test_only_import_lines_are_changed():
    before = PROGRAMS.read_text().splitlines()
    after = changed(PROGRAMS.read_text()).splitlines()

    differ = {old.split()[0] for old, new in zip(before, after, strict=True) if old != new}
    assert differ == {"from", "import"}


def test_the_page_says_how():
    assert "'/^ *(from|import) /s/chuk_ai_session_manager[._a-z]*/ai_sessions/'" in (
        (ROOT / "docs/library.md").read_text()
    )


def test_every_name_of_the_package_is_there_but_those_that_the_page_names():
    missing = {one for one in NAMES.split() if not hasattr(ai_sessions, one)}

    page = (ROOT / "docs/library.md").read_text()
    told = page[page.index("Names of its API that are not here") :]
    assert missing == set(re.findall(r"`(\w+)`", told)) - {"tool", "memory"}
