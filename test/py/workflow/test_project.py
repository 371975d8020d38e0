"""What a repository says about itself: its settings, else what its files show."""

import pytest
from scripted import git

from ai_sessions.errors import ConfigError
from ai_sessions.plan.document import Command
from ai_sessions.workflow.project import detected, project


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


@pytest.mark.parametrize("text", [None, "", "# nothing\n", "test:\nsuite:\nsetup:\nprotected:\n"])
def test_where_the_settings_name_nothing_the_files_are_asked(repo, text):
    put(repo, "a.py")
    found = project(repo, ".ai-session") if text is None else configured(repo, text)

    assert words(found.commands)["test"] == "python3 -m unittest {tests}"
    assert (found.protected, found.setup) == ((), None)


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


# -- what the files show


def test_of_a_repository_without_any_sign_nothing_is_known(repo):
    assert detected(repo) == {}


@pytest.mark.parametrize(
    "sign", ["a.py", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt"]
)
def test_python_gets_unittest_without_a_sign_of_pytest(repo, sign):
    put(repo, sign)

    found = detected(repo)
    assert words(found) == {
        "test": "python3 -m unittest {tests}",
        "suite": "python3 -m unittest discover",
    }
    assert found["test"]["runner"] == found["suite"]["runner"] == "unittest"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", ""),
        ("deep/conftest.py", ""),
        ("pyproject.toml", "[tool.pytest]"),
        ("setup.cfg", "[tool:pytest]"),
        ("requirements.txt", "pytest>=8"),
        ("tests/test_a.py", "import pytest\n"),
    ],
)
def test_a_sign_of_pytest_is_taken_for_it(repo, name, text):
    put(repo, "a.py", **{name: text})

    found = detected(repo)
    assert words(found) == {
        "test": "python3 -m pytest -q {tests}",
        "suite": "python3 -m pytest -q",
    }
    assert found["test"]["runner"] == found["suite"]["runner"] == "pytest"


def test_a_word_of_pytest_in_other_files_is_no_sign(repo):
    put(repo, **{"a.py": "import pytest", "test_a.md": "import pytest", "notes.txt": "pytest"})

    assert words(detected(repo))["suite"] == "python3 -m unittest discover"


def test_the_python_of_the_project_is_taken_where_there_is_one(repo):
    put(repo, "a.py", ".venv/bin/python", ".venv/lib/conftest.py")

    assert words(detected(repo))["test"] == ".venv/bin/python -m unittest {tests}"


@pytest.mark.parametrize(
    ("names", "suite"),
    [
        (["tests/__init__.py"], "discover -s tests -t ."),
        (["test/__init__.py"], "discover -s test -t ."),
        (["tests/test_a.py"], "discover"),
        (["tests/test_a.py", "test/__init__.py"], "discover"),
        (["pay/tests/__init__.py"], "discover"),
    ],
)
def test_unittest_looks_below_a_package_of_tests(repo, names, suite):
    put(repo, *names)

    assert words(detected(repo))["suite"] == f"python3 -m unittest {suite}"


@pytest.mark.parametrize(
    ("files", "runners", "test", "suite"),
    [
        ({"test/b.bats": "", "t/a.bats": ""}, ["bats", "bats"], "bats {tests}", "bats t test"),
        ({"a.bats": ""}, ["bats", "bats"], "bats {tests}", "bats a.bats"),
        ({"package.json": "{}"}, ["node", "node"], "node --test {tests}", "node --test"),
        (
            {"package.json": '{"scripts": {"test": "node --test src"}}'},
            *(["node", "node"], "node --test {tests}", "node --test"),
        ),
        (
            {"package.json": '{"scripts": {"test": "echo no test specified && exit 1"}}'},
            *(["node", "node"], "node --test {tests}", "node --test"),
        ),
        (
            {"package.json": '{"scripts": {"test": "jest"}}'},
            *(["node", None], "node --test {tests}", "npm test"),
        ),
        ({"go.mod": ""}, ["go", "go"], "go test {tests}", "go test ./..."),
        ({"Cargo.toml": ""}, ["cargo", "cargo"], "cargo test {tests}", "cargo test"),
    ],
)
def test_other_languages_have_signs_of_their_own(repo, files, runners, test, suite):
    put(repo, **files)

    found = detected(repo)
    assert words(found) == {"test": test, "suite": suite}
    assert [found[name].get("runner") for name in ("test", "suite")] == runners


@pytest.mark.parametrize("text", ["{", "[]", '{"scripts": []}', '{"scripts": {"test": 3}}'])
def test_a_package_that_cannot_be_read_is_no_crash(repo, text):
    put(repo, **{"package.json": text})

    assert set(detected(repo)) <= {"test", "suite"}


@pytest.mark.parametrize(
    ("text", "suite"),
    [
        ("all:\n\ntest: all\n\ttrue\n", "make test"),
        ("test :\n", "make test"),
        ("test := x\n", "go test ./..."),
        ("tests:\n", "go test ./..."),
        ("\ttest:\n", "go test ./..."),
    ],
)
def test_a_make_rule_is_the_suite(repo, text, suite):
    put(repo, **{"Makefile": text, "go.mod": ""})

    assert words(detected(repo)) == {"test": "go test {tests}", "suite": suite}


@pytest.mark.parametrize("folder", ["node_modules", ".venv", "venv", "target", "dist", "build"])
def test_files_that_others_made_are_no_sign(repo, folder):
    put(repo, f"{folder}/conftest.py", f"sub/{folder}/a.bats", "go.mod")
    (repo / "linked").symlink_to(folder)

    assert words(detected(repo))["test"] == "go test {tests}"


def test_a_settings_file_that_is_a_folder_is_read_as_empty(repo):
    put(repo, "a.py", "pyproject.toml/x", ".ai-session/config.yaml/x")

    assert words(project(repo, ".ai-session").commands)["suite"] == "python3 -m unittest discover"
