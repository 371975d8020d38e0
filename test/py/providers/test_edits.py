"""What an agent's tools did to files: what was written, and what may have been."""

import json
import math

import pytest

from ai_sessions.providers import claude, codex, edits, gemini, opencode, process
from ai_sessions.providers.contract import Edits

TOOLS = edits.Tools({"Write": "file_path"}, frozenset(("Read",)), frozenset(("Agent",)))


class Clock:
    """Goes on by a second each time it is looked at."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1
        return self.now


@pytest.fixture
def gathered():
    return edits.Gathered(TOOLS, Clock())


def test_a_tool_that_reads_did_nothing(gathered):
    gathered.used("1", "Read", {"file_path": "a.py"})

    assert gathered.told() == Edits()


def test_of_who_tells_of_no_tool_nothing_is_known(gathered):
    assert gathered.told() is None


def test_a_written_file_is_told_once_by_the_name_it_was_given(gathered):
    gathered.used("1", "Write", {"file_path": "/shop/a.py"})
    gathered.used("2", "Write", {"file_path": "/shop/a.py"})

    assert gathered.told() == Edits(("/shop/a.py",))


def test_a_file_that_could_not_be_written_was_not(gathered):
    gathered.used("1", "Write", {"file_path": "a.py"})
    gathered.used("2", "Write", {"file_path": "b.py"})
    gathered.ended("1", failed=True)
    gathered.ended("2")

    assert gathered.told() == Edits(("b.py",))


@pytest.mark.parametrize(
    ("name", "given", "text"),
    [
        ("Bash", {"command": "make"}, "make"),
        ("mcp__files__write", {"to": "a.py"}, '{"to": "a.py"}'),
        ("Write", {"somewhere": "a.py"}, '{"somewhere": "a.py"}'),
    ],
)
def test_whatever_may_write_anywhere_is_told_with_its_time(gathered, name, given, text):
    gathered.used("1", name, given)
    gathered.ended("1", failed=True)

    [ran] = gathered.told().ran
    assert (ran.text, ran.began_s, ran.ended_s) == (text, 1.0, 2.0)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("Bash", {"command": "npm run dev", "run_in_background": True}),
        ("Bash", {"command": "npm run dev & sleep 1"}),
        ("Bash", {"command": "nohup make"}),
        ("Agent", {"prompt": "Tidy up"}),
    ],
)
def test_what_runs_in_the_background_goes_on_until_the_end(gathered, name, given):
    gathered.used("1", name, given)
    gathered.ended("1")

    assert gathered.told().ran[0].ended_s == math.inf


@pytest.mark.parametrize("command", ["make && make test", "make 2>&1 | tail", "make &> log"])
def test_a_command_in_the_foreground_has_an_end(gathered, command):
    gathered.used("1", "Bash", {"command": command})
    gathered.ended("1")

    assert gathered.told().ran[0].ended_s == 2.0


def test_uses_without_an_id_are_kept_apart(gathered):
    for name in ("a.py", "b.py"):
        gathered.used("", "Write", {"file_path": name})

    assert gathered.told().written == ("a.py", "b.py")


def test_a_line_that_was_cut_may_have_told_of_a_tool(gathered):
    gathered.used("1", "Read", {})
    gathered.unreadable("Loaded cached credentials.")
    assert gathered.told() == Edits()

    gathered.unreadable('{"type": "tool_use", "conte')
    assert gathered.told() is None


# -- what agents really say


@pytest.mark.parametrize(
    ("agent", "written", "ran"),
    [
        (claude, ("$REPO/hello.txt",), ()),
        (codex, ("$REPO/hello.txt",), ("/bin/bash -lc 'echo hi; ls'",)),
        (gemini, ("$REPO/hello.txt",), ('{"todos": [', "echo hi; ls")),
        (opencode, ("$REPO/hello.txt",), ("echo hi; ls",)),
    ],
)
def test_recorded_tools_are_told(recorded, request_of, agent, written, ran):
    found = read(agent, recorded(f"{agent.NAME}-stream-write.jsonl"), request_of())

    assert found.written == written
    assert [one.text[: len(text)] for one, text in zip(found.ran, ran, strict=True)] == [*ran]
    assert all(one.began_s <= one.ended_s < math.inf for one in found.ran)


def test_opencode_tells_when_a_command_began(recorded, request_of):
    found = read(opencode, recorded("opencode-stream-write.jsonl"), request_of())

    assert found.ran[0].began_s == 1795229736.968


def test_an_agent_that_codex_sets_to_work_may_go_on(request_of):
    item = '{"type": "item.%s", "item": {"id": "1", "type": "%s"}}'
    for kind, end in (("collab_tool_call", True), ("mcp_tool_call", False)):
        lines = [item % (what, kind) for what in ("started", "completed")]
        assert (read(codex, lines, request_of()).ran[0].ended_s == math.inf) == end


PATCH = "*** Begin Patch\n*** Update File: a.py\n*** Move to: b.py\n*** Add File: c.py\n+x\n"


@pytest.mark.parametrize(
    ("agent", "lines", "written"),
    [
        (
            opencode,
            [
                '{"type": "tool_use", "part": {"tool": "apply_patch", "callID": "1", "state": '
                '{"status": "completed", "input": {"patchText": %s}}}}'
            ],
            ("a.py", "b.py", "c.py"),
        ),
        (
            codex,
            [
                '{"type": "item.started", "item": {"id": "1", "type": "file_change", "status": '
                '"in_progress", "changes": [{"path": "a.py"}]}}',
                '{"type": "item.completed", "item": {"id": "1", "type": "file_change", "status": '
                '"failed", "changes": [{"path": "a.py"}]}}',
            ],
            (),
        ),
        (
            claude,
            [
                '{"type": "assistant", "message": {"content": [{"type": "tool_use", "id": "1", '
                '"name": "NotebookEdit", "input": {"notebook_path": "a.ipynb"}}]}}',
                '{"type": "user", "message": {"content": [{"type": "tool_result", '
                '"tool_use_id": "1"}]}}',
            ],
            ("a.ipynb",),
        ),
        (
            claude,
            [
                '{"type": "assistant", "message": {"content": [{"type": "tool_use", "id": "1", '
                '"name": "Edit", "input": {"file_path": "a.py"}}]}}',
                '{"type": "user", "message": {"content": [{"type": "tool_result", '
                '"tool_use_id": "1", "is_error": true, "content": "modified since read"}]}}',
            ],
            (),
        ),
        (
            gemini,
            [
                '{"type": "tool_use", "tool_name": "replace", "tool_id": "1", "parameters": '
                '{"file_path": "a.py"}}',
                '{"type": "tool_result", "tool_id": "1", "status": "error"}',
            ],
            (),
        ),
    ],
)
def test_what_was_written_and_what_was_not(request_of, agent, lines, written):
    lines = [line % json.dumps(PATCH) if "%s" in line else line for line in lines]

    assert read(agent, lines, request_of()).written == written


@pytest.mark.parametrize("agent", [claude, codex, gemini, opencode])
def test_of_a_stream_that_was_cut_nothing_is_known(request_of, agent):
    assert read(agent, ['{"type": "tool_'], request_of()) is None


def read(agent, lines, request):
    stream = agent.Stream(request, lambda _event: None)
    for line in lines:
        stream.take(line)
    return stream.reply(process.Ended(0, "")).edits
