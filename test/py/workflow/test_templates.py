"""A plan from a template: one of ours in any project, a file of the user's, and what is wrong."""

import os

import pytest
from scripted import git

from ai_sessions.errors import ConfigError, NotFound, StorageError, UsageError
from ai_sessions.plan import findings
from ai_sessions.workflow import templates
from ai_sessions.workflow.init import init
from ai_sessions.workflow.plan import check
from ai_sessions.workflow.project import project
from ai_sessions.workflow.templates import Template
from ai_sessions.workspace.files import Workspace

GOOD = """\
title: Mine
phases:
  - id: P1
    title: Work
    tasks:
      - {id: T1.1, title: Do it, files: {src: [{source}], tests: [{test}]}}
"""


def document(repo, template, wish=""):
    space = Workspace(str(repo), ".ai-session", "pay")
    return templates.document_of(template, space, project(repo, ".ai-session"), wish)


def put(repo, files):
    for name, text in files.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(text)


PROJECTS = {
    "new": {},
    "pytest": {"pytest.ini": "", "src/shop/a.py": "", "tests/test_a.py": "def test_a(): pass\n"},
    "go": {"go.mod": "module x\n", "pay/a.go": "", "pay/a_test.go": ""},
    "jest": {"package.json": '{"devDependencies": {"jest": "29"}}', "src/a.ts": ""},
    "cargo": {"Cargo.toml": "", "src/lib.rs": ""},
    "part": {"web/package.json": '{"devDependencies": {"ava": "6"}}', "web/src/a.js": ""},
}


@pytest.mark.parametrize("name", sorted(templates.bundled()))
@pytest.mark.parametrize("kind", sorted(PROJECTS))
def test_ours_make_a_plan_without_a_finding_in_any_project(repo, kind, name):
    put(repo, PROJECTS[kind])
    made = document(repo, templates.find(name))
    init(repo, ".ai-session", "pay")
    space = Workspace(str(repo), ".ai-session", "pay")
    templates.plan(space, made)

    assert check(space).findings == ()
    assert findings.findings(made, {}, "pay") == ()


def test_there_are_two_of_ours_and_each_says_what_it_is_for():
    found = templates.bundled()

    assert set(found) == {"bugfix", "feature"}
    assert found["bugfix"].startswith("a bug: reproduce it as a failing test")


def test_the_wish_becomes_the_goal_and_without_one_it_names_the_specification(repo):
    found = templates.find("feature")

    assert document(repo, found, " Charge\n once\x1b[31m ")["goal"] == "Charge once"
    assert ".ai-session/pay/spec.md" in document(repo, found)["goal"]


def test_a_plan_from_a_template_begins_on_this_branch_unless_it_names_another(repo):
    made = document(repo, Template("t.yaml", GOOD))

    assert made["base"] == git(repo, "branch", "--show-current").strip()
    assert document(repo, Template("t.yaml", f"base: v1\n{GOOD}"))["base"] == "v1"


def test_a_file_of_the_users_is_read_as_one_of_ours(repo, tmp_path):
    (tmp_path / "mine.yaml").write_text(GOOD)
    found = templates.find(str(tmp_path / "mine.yaml"))

    assert document(repo, found)["title"] == "Mine"
    assert list(templates.proposed(document(repo, found))) == ["pay.py", "test_pay.py"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "t.yaml: must be a map, not None"),
        ("- a\n- b\n", "t.yaml:1: must be a map, not ['a', 'b']"),
        ("title: [\n", "t.yaml:2: not YAML"),
        (GOOD.replace("T1.1", "one"), "t.yaml:6: not a task id: 'one'"),
        (GOOD.replace("title: Mine", "titel: Mine"), "t.yaml:1: 'title' is missing (and 1 more)"),
        (f"feature: other\n{GOOD}", "t.yaml:1: feature is 'other', but this is 'pay'"),
        (f"{GOOD}title: Again\n", "t.yaml:7: key 'title' stands here twice"),
        (GOOD.replace("{test}", "/etc"), "t.yaml:6: T1.1: not a path inside the repository"),
        (GOOD.replace("id: T1.1", "needs: [T9], id: T1.1"), "T1.1 needs T9, which does not"),
    ],
    ids=["empty", "list", "not-yaml", "id", "key", "feature", "twice", "path", "needs"],
)
def test_one_that_is_no_plan_is_refused_with_its_line(repo, text, told):
    with pytest.raises(ConfigError) as caught:
        document(repo, Template("t.yaml", text))
    assert told in caught.value.message


def test_a_plan_that_is_there_is_never_written_over(repo):
    init(repo, ".ai-session", "pay")
    space = Workspace(str(repo), ".ai-session", "pay")
    made = document(repo, templates.find("feature"))
    space.write("mine: true\n", "plan.yaml")

    with pytest.raises(UsageError, match="has a plan already"):
        templates.plan(space, made)
    with pytest.raises(UsageError, match="has a plan already"):
        document(repo, templates.find("bugfix"))
    assert space.text("plan.yaml") == "mine: true\n"


def test_without_a_known_test_command_nothing_could_be_proved(repo):
    put(repo, {"main.c": ""})

    with pytest.raises(ConfigError, match="no test command is known"):
        document(repo, templates.find("feature"))


def test_a_name_that_nobody_knows_is_told_with_those_there_are(tmp_path):
    with pytest.raises(NotFound) as caught:
        templates.find("featrue")
    assert "'featrue' (there are: bugfix, feature)" in caught.value.message
    with pytest.raises(NotFound):
        templates.find(str(tmp_path))


def test_a_file_that_is_no_text_or_too_large_is_refused(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"title: \xff\n")
    (tmp_path / "b.yaml").write_bytes(b"#" * (1 << 21))

    with pytest.raises(ConfigError, match=r"a\.yaml: not UTF-8 text \(byte 8\)"):
        templates.find(str(tmp_path / "a.yaml"))
    with pytest.raises(ConfigError, match=r"b\.yaml"):
        templates.find(str(tmp_path / "b.yaml"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read_is_told_as_such(tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "a.yaml").chmod(0)

    with pytest.raises(StorageError):
        templates.find(str(tmp_path / "a.yaml"))
