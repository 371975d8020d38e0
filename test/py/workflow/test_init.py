"""`init`: lays out, never overwrites; finds out how tests run here."""

import pytest
from scripted import git

from ai_sessions.errors import UsageError
from ai_sessions.workflow.init import init
from ai_sessions.workflow.project import project


def test_a_new_feature_is_laid_out_and_a_second_time_left_alone(repo):
    first = init(repo, ".ai-session", "pay", "Take payments")
    (repo / ".ai-session/pay/spec.md").write_text("mine")

    second = init(repo, ".ai-session", "pay", "Other")

    assert ".ai-session/pay/spec.md" in first.made
    assert second.made == ()
    assert (repo / ".ai-session/pay/spec.md").read_text() == "mine"
    assert first.next == 'plan.sh pay "what to build"'


def test_git_converts_no_line_ends_of_a_workspace_and_merges_its_events(repo):
    init(repo, ".ai-session", "pay")

    of = [f".ai-session/pay/{name}" for name in ("events.jsonl", "state/T1.1.json")]
    said = git(repo, "check-attr", "text", "merge", "--", *of).splitlines()
    assert said == [
        f"{of[0]}: text: unset",
        f"{of[0]}: merge: union",
        f"{of[1]}: text: unset",
        f"{of[1]}: merge: unspecified",
    ]


def test_a_name_that_is_none_is_refused_before_anything_is_made(repo):
    with pytest.raises(UsageError) as caught:
        init(repo, ".ai-session", "../x")
    assert caught.value.hint == "try: init-session.sh x"
    assert not (repo / ".ai-session").exists()


def put(repo, files):
    for name, text in files.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(text)
        (repo / name).chmod(0o755)


JEST = {"package.json": '{"devDependencies": {"jest": "29"}}'}


@pytest.mark.parametrize(
    ("files", "written"),
    [
        ({"go.mod": ""}, "test: {runner: go, cmd: [go, test, '{tests}']}\nsuite: {runner: go, "),
        (
            {"pom.xml": ""},
            "# maven is given no files: all tests run each time\n"
            "# opaque: the tests of maven are not counted yet, only the exit code speaks\n"
            "test: {cmd: [mvn, -q, test]}\nsuite: {cmd: [mvn, -q, test]}\n",
        ),
        ({"package.json": "{}"}, '# test: {cmd: [node, --test, "{tests}"]}\n\n'),
        (
            {"web/package.json": '{"devDependencies": {"ava": "6"}}'},
            "parts:\n  web: {test: {cmd: [npx, --no-install, ava, '{tests}']}, suite: {cmd: [npx, ",
        ),
        (
            {"package.json": "{}", "yarn.lock": ""},
            "setup: {cmd: [yarn, install, --frozen-lockfile], when: missing}\n",
        ),
    ],
)
def test_what_was_found_is_written_down_with_what_to_know_of_it(repo, files, written):
    put(repo, files)
    init(repo, ".ai-session", "pay")

    assert f"\n{written}" in (repo / ".ai-session/config.yaml").read_text()


@pytest.mark.parametrize(
    ("files", "notes"),
    [
        ({"go.mod": ""}, ()),
        (
            JEST,
            ("opaque: the tests of jest are not counted yet, only the exit code speaks",),
        ),
        (
            {"uv.lock": "", "pytest.ini": ""},
            (".venv/bin/python is not there yet: uv sync --frozen",),
        ),
        (
            {"package.json": '{"scripts": {"test": "sh all.sh"}}'},
            (
                "no test command is known (scripts.test is 'sh all.sh'):"
                " write in .ai-session/config.yaml: test: {cmd: [npm, test]}",
            ),
        ),
        (
            {"README.md": "", "LICENSE": "", ".github/workflows/ci.yml": ""},
            (
                "there is no source yet, so Python is assumed;"
                " for another language change test and suite in config.yaml",
            ),
        ),
        (
            {"main.c": ""},
            (
                "no test command is known (no file names a test tool):"
                " write in .ai-session/config.yaml: how your tests run, such as"
                ' test: {cmd: [make, unit, "{tests}"]}',
            ),
        ),
        (
            {"go.mod": "", "a_test.go": "", "b_test.go": "", "t/a.bats": ""},
            ("tests of bats are here too (1 *.bats file): bats {tests}",),
        ),
    ],
)
def test_it_says_what_to_know_of_the_tests(repo, files, notes):
    put(repo, files)

    assert init(repo, ".ai-session", "pay").notes == notes


def test_a_second_time_the_settings_count_and_a_difference_is_told(repo):
    put(repo, {"pytest.ini": "", "a.py": ""})
    first = init(repo, ".ai-session", "pay")
    put(repo, {".venv/bin/python": ""})

    second = init(repo, ".ai-session", "pay")

    assert second.commands == first.commands
    assert second.notes == tuple(
        f"the project's files now say {name}: .venv/bin/python -m pytest -q{tests}"
        " (.ai-session/config.yaml counts; change it there)"
        for name, tests in (("test", " {tests}"), ("suite", ""))
    )


def test_commands_that_were_found_are_written_down_for_people_to_change(repo):
    (repo / "a.py").write_text("")
    init(repo, ".ai-session", "pay")
    path = repo / ".ai-session/config.yaml"
    text = path.read_text()
    (repo / "a.py").unlink()  # nothing tells any more how tests run here

    assert text.startswith("# How ai-sessions works in this project")
    assert text.endswith("# settings: {TEST_TIMEOUT: 600, ATTEMPTS: 3}\n")
    assert set(project(repo, ".ai-session").commands) == {"test", "suite"}
    path.write_text(text.replace("unittest", "pytest"))
    assert "pytest" in project(repo, ".ai-session").commands["test"]["cmd"]
