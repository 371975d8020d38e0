"""What a repository says about itself: its settings, else what its files show."""

import pytest
from scripted import git

from ai_sessions.errors import ConfigError
from ai_sessions.plan.document import Command
from ai_sessions.workflow.project import project


def put(repo, *names, **files):
    for name in names:
        files.setdefault(name, "")
    for name, text in files.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(text)


def configured(repo, text):
    put(repo, **{".ai-session/config.yaml": text})
    return project(repo, ".ai-session")


def words(found):
    return {name: " ".join(one["cmd"]) for name, one in found.items()}


# -- settings


def test_what_the_settings_name_is_taken_as_it_is(repo):
    put(repo, "a.py")
    found = configured(repo, "test: {cmd: [make, one]}\nprotected: [main, 1.0]\nsetup: [npm, ci]\n")

    assert found.commands == {"test": {"cmd": ["make", "one"]}}
    assert found.protected == ("main", "1.0")
    assert found.setup == Command(("npm", "ci"))


def test_a_set_up_may_have_a_time_limit(repo):
    found = configured(repo, "setup: {cmd: [npm, ci], timeout: 30}\n")

    assert found.setup == Command(("npm", "ci"), timeout_s=30)


@pytest.mark.parametrize(
    ("when", "folder", "runs"),
    [
        ("", ".venv", True),
        (", when: always", "node_modules", True),
        (", when: missing", "node_modules", False),
        (", when: missing", "venv", False),
        (", when: missing", "vendor", True),
    ],
)
def test_a_set_up_for_what_is_missing_leaves_lent_packages(repo, when, folder, runs):
    (repo / folder).mkdir()
    found = configured(repo, f"setup: {{cmd: [npm, ci]{when}}}\n")

    assert (found.setup_of(repo) is not None) is runs
    assert found.preparing == (Command(("npm", "ci")),)


def test_parts_have_commands_of_their_own(repo):
    found = configured(repo, "parts:\n  apps/web: {test: {cmd: [ava, '{tests}']}}\n")

    assert found.commands == {}
    assert found.parts == {"apps/web": {"test": {"cmd": ["ava", "{tests}"]}}}
    assert found.can_test


def test_a_project_that_names_its_test_and_no_part_has_none(repo):
    put(repo, "go.mod", **{"web/package.json": '{"devDependencies": {"ava": "1"}}'})

    assert set(project(repo, ".ai-session").parts) == {"web"}
    assert configured(repo, "test: {cmd: [x]}\n").parts == {}


def test_a_build_is_a_command_of_its_own(repo):
    found = configured(repo, "build: {cmd: [npm, run, build], timeout: 9}\n")

    assert found.preparing == (Command(("npm", "run", "build"), timeout_s=9),)
    assert found.setup_of(repo) is None


@pytest.mark.parametrize("text", [None, "", "# nothing\n", "test:\nsuite:\nsetup:\nprotected:\n"])
def test_where_the_settings_name_nothing_the_files_are_asked(repo, text):
    put(repo, "go.mod")
    found = project(repo, ".ai-session") if text is None else configured(repo, text)

    assert words(found.commands) == {"test": "go test {tests}", "suite": "go test ./..."}
    assert (found.protected, found.setup) == ((), None)


def test_a_suite_in_the_settings_does_not_hide_how_a_task_is_tested(repo):
    put(repo, "go.mod")
    found = configured(repo, "suite: {cmd: [make, all]}\n")

    assert words(found.commands) == {"test": "go test {tests}", "suite": "make all"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("test: {cmd: pytest}", "config.yaml:1: test.cmd: must be a list, not 'pytest'"),
        ("a: 1\nsuite: {cmdd: [x]}", "config.yaml:2: suite: "),
        ("\n\nprotected: main", "config.yaml:3: protected must be a list"),
        ("x: [", "config.yaml:1: not YAML"),
        ("- a", "config.yaml:1: must be a map"),
        ("a: 1\nprotected: {a: b}", "config.yaml:2: protected must be a list of branches"),
        ("a: 1\nsetup: {cmdd: [x]}", "config.yaml:2: setup: "),
        (
            "a: 1\nsetup: {cmd: [x], when: never}",
            "config.yaml:2: setup.when: must be missing or alw",
        ),
        ("a: 1\nparts: [a]", "config.yaml:2: parts must be a map of folders"),
        ("parts:\n  ../x: {}", "config.yaml:2: parts: not a folder of the repository: '../x'"),
        ("parts:\n  a: {tset: {}}", "config.yaml:2: parts.a must be a map of test and suite"),
        ("parts:\n  a:\n    test: {cmd: x}", "config.yaml:3: test.cmd: must be a list, not 'x'"),
        ("build: {cmd: [x], when: missing}", "config.yaml:1: build: unknown key 'when'"),
        ("a: 1\nbuild: make", "config.yaml:2: build: must be a map, not 'make'"),
        ("setup: {cmd: [x], timeout: soon}", "config.yaml:1: setup.timeout: must be a number"),
    ],
)
def test_a_config_that_is_wrong_is_told_with_its_line(repo, text, told):
    with pytest.raises(ConfigError) as caught:
        configured(repo, text)
    assert told in caught.value.message


def test_a_long_list_of_files_is_cut_and_says_so(repo):
    put(repo, *(f"n{number:03}" for number in range(410)), ".ai-session/x")
    put(repo, ".ai-session/pay/plan.yaml")

    shown = project(repo, ".ai-session").files()
    assert len(shown) == 401
    assert shown[-1] == "... and 11 more"
    git(repo, "clean", "-qfd")
    assert project(repo, ".ai-session").files() == ["README.md"]
