"""The file protocol: taken whole or not at all."""

import json

import pytest

from ai_sessions.dialogue.fileprotocol import FileWrite, Unreadable, instructions, parse
from ai_sessions.errors import GateRefused

ALLOWED = ["src/gateway.py", "tests/**"]


def answer(*files, **more):
    return json.dumps({"files": [{"path": p, "content": c} for p, c in files], **more})


@pytest.mark.parametrize(
    "path",
    [
        "src/evil.py",
        "/etc/passwd",
        "~/x",
        "../outside.py",
        "tests/../../x",
        "tests/../src/gateway.py",
        "tests/.git/hooks/pre-commit",
        "tests/.GIT/config",
        "tests/git~1/config",
        "tests//x",
        "tests/./x",
        "tests/",
        "./",
        "src\\gateway.py",
        "C:/x",
        "tests/x\n",
        "tests/x\x00.py",
        "tests/x ",
        "tests/x.",
    ],
)
def test_one_path_outside_refuses_the_whole_answer(path):
    with pytest.raises(GateRefused) as error:
        parse(answer(("src/gateway.py", "ok"), (path, "x")), ALLOWED)

    assert error.value.exit_code == 5
    assert "\n" not in error.value.message


def test_a_file_outside_the_task_is_named_with_the_tasks_own():
    with pytest.raises(GateRefused) as error:
        parse(answer(("src/evil.py", "x")), ALLOWED)

    assert error.value.message == (
        "the answer writes 'src/evil.py', which is not one of the task's files "
        "(src/gateway.py, tests/**)"
    )


@pytest.mark.parametrize("second", ["tests/a.py", "tests/A.py", "./tests/a.py"])
def test_a_file_given_twice_is_refused(second):
    with pytest.raises(GateRefused, match="twice"):
        parse(answer(("tests/a.py", "1"), (second, "2")), ALLOWED)


@pytest.mark.parametrize(
    "reply",
    [
        "{}",
        '{"files": {}}',
        '{"files": [{"path": "src/gateway.py"}]}',
        '{"files": [{"path": "src/gateway.py", "content": 3}]}',
        '{"files": [{"path": "", "content": ""}]}',
        '{"files": [{"path": "src/gateway.py", "content": "", "mode": "755"}]}',
        '{"files": [], "run": "rm -rf /"}',
    ],
)
def test_another_form_is_refused(reply):
    with pytest.raises(GateRefused, match="not of the agreed form"):
        parse(reply, ALLOWED)


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "I have written the file.",
        "{",
        '{"files": [}',
        '{"files": [], "files": []}',
        "[" * 100_000,
        '{"files": []} and {"files": [{"path": "src/gateway.py", "content": ""}]}',
        '```json\n{"files": []}\n```\nand\n```json\n{"files": [], "note": "b"}\n```',
    ],
)
def test_what_is_no_json_is_unreadable_and_may_be_asked_for_again(reply):
    with pytest.raises(Unreadable) as error:
        parse(reply, ALLOWED)

    assert (error.value.exit_code, error.value.kind) == (9, "unreadable")


def test_text_that_no_file_can_hold_is_refused():
    with pytest.raises(GateRefused, match="is not text"):
        parse(r'{"files": [{"path": "src/gateway.py", "content": "\ud800"}]}', ALLOWED)


WANTED = (FileWrite("src/gateway.py", "x = '```'\n"), FileWrite("tests/deep/a.py", ""))
GOOD = answer(*((write.path, write.content) for write in WANTED), note="done")


@pytest.mark.parametrize(
    "reply",
    [
        GOOD,
        f"\n  {GOOD}  \n",
        f"```json\n{GOOD}\n```",
        f"Here it is:\n\n```\n{GOOD}\n```\nDone.",
        f"\ufeff{GOOD}",
        f"I changed two files. {GOOD} That is all.",
        f'For example:\n```json\n{{"path": "x"}}\n```\nNow the answer:\n```json\n{GOOD}\n```',
        f"```json\n{GOOD}\n```\nAgain:\n```json\n{GOOD}\n```",
        json.dumps(json.loads(GOOD), indent=2),
    ],
)
def test_files_are_taken_bare_from_a_fenced_block_or_from_among_words(reply):
    assert parse(reply, ALLOWED) == WANTED


def test_a_leading_dot_slash_means_the_same_file():
    assert parse(answer(("./src/gateway.py", "x")), ALLOWED)[0].path == "src/gateway.py"


def test_no_file_is_an_answer_that_the_gate_will_judge():
    assert parse('{"files": []}', ALLOWED) == ()


def test_the_instructions_say_where_and_show_what_is_there():
    text = instructions({"src/gateway.py": "def charge(): ...\n"}, ALLOWED)

    assert "- src/gateway.py\n- tests/**" in text
    assert "src/gateway.py\n```\ndef charge(): ...\n```" in text
    assert "None of these files exists yet" in instructions({}, ALLOWED)


def test_a_file_with_fences_in_it_is_shown_between_longer_ones():
    assert "````\n```py\nx\n```\n````" in instructions(
        {"README.md": "```py\nx\n```\n"}, ["README.md"]
    )
