"""What is said of tests that were found."""

from dataclasses import replace

from ai_sessions.detection.detect import FolderTests
from ai_sessions.detection.found import Found
from ai_sessions.workflow.detecting import differences, missing, notes

GO = FolderTests("", Found("go", "go.mod", ("go", "test", "{tests}"), runner="go"))
JEST = Found("jest", "package.json", ("jest", "{tests}"))


def test_of_tests_that_are_counted_nothing_has_to_be_said(tmp_path):
    assert list(notes([GO], tmp_path)) == []


def test_a_part_is_told_with_its_folder_and_its_commands(tmp_path):
    commands = {"test": {"cmd": ["jest", "{tests}"]}, "suite": {"cmd": ["npm", "test"]}}
    part = FolderTests("apps/web", JEST, commands=commands)

    assert list(notes([GO, part], tmp_path)) == [
        "test of apps/web, run there: jest {tests}",
        "suite of apps/web, run there: npm test",
    ]


def test_other_tests_of_the_same_folder_are_told(tmp_path):
    assert list(notes([replace(GO, others=(JEST,))], tmp_path)) == [
        "tests of jest are here too (package.json): jest {tests}"
    ]


def test_the_line_to_write_can_be_pasted():
    unknown = Found("", "nothing names any", advice=("npm", "test", "--", "{tests}"))

    assert missing([FolderTests("", unknown)], ".ai-session") == (
        "no test command is known (nothing names any)",
        'write in .ai-session/config.yaml: test: {cmd: [npm, test, "--", "{tests}"]}',
    )


def test_only_commands_that_are_written_down_can_differ():
    written = {"test": {"cmd": ["a"]}}

    assert list(differences(written, {"test": {"cmd": ["a"]}, "suite": {"cmd": ["b"]}}, "x")) == []
    assert list(differences(written, {"test": {"cmd": ["b", "c"]}}, "x")) == [
        "the project's files now say test: b c (x/config.yaml counts; change it there)"
    ]
