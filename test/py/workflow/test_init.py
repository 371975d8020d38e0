"""`init`: lays out, never overwrites; finds out how tests run here."""

import json

import pytest
from scripted import git

from ai_sessions.errors import UsageError
from ai_sessions.plan import trust
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


@pytest.mark.parametrize(
    ("files", "test", "suite"),
    [
        ({"a.py": ""}, "python3 -m unittest {tests}", "python3 -m unittest discover"),
        ({"a.py": "", "conftest.py": ""}, "python3 -m pytest -q {tests}", "python3 -m pytest -q"),
        (
            {"a.py": "", "tests/__init__.py": "", "tests/test_a.py": ""},
            "python3 -m unittest {tests}",
            "python3 -m unittest discover -s tests -t .",
        ),
        ({"test/a.bats": ""}, "bats {tests}", "bats test"),
        ({"package.json": "{}"}, "node --test {tests}", "node --test"),
        (
            {"package.json": json.dumps({"scripts": {"test": "jest"}})},
            "node --test {tests}",
            "npm test",
        ),
        ({"go.mod": ""}, "go test {tests}", "go test ./..."),
        ({"Cargo.toml": ""}, "cargo test {tests}", "cargo test"),
        ({"a.py": "", "Makefile": "test: x\n\ttrue\n"}, "python3 -m unittest {tests}", "make test"),
    ],
)
def test_the_test_commands_are_found_and_need_no_approval(repo, files, test, suite):
    for name, text in files.items():
        (repo / name).parent.mkdir(exist_ok=True)
        (repo / name).write_text(text)

    init(repo, ".ai-session", "pay")

    found = project(repo, ".ai-session").commands
    assert " ".join(found["test"]["cmd"]) == test
    assert " ".join(found["suite"]["cmd"]) == suite
    assert all(trust.is_known(one["cmd"]) for one in found.values())


def test_where_no_tests_are_known_the_settings_name_none(repo):
    init(repo, ".ai-session", "pay")

    assert project(repo, ".ai-session").commands == {}


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
