"""`review`: findings with a place, blockers that count."""

import json

import pytest
from scripted import Agent, git

from ai_sessions.diffs import is_shown, shown_lines
from ai_sessions.errors import NeedsPerson, NotFound, ProviderError, UsageError
from ai_sessions.workflow import review as verb
from ai_sessions.workflow.review import Finding, add_tasks, review, subject
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workspace.files import Workspace
from ai_sessions.workspace.plan_file import read_plan


def finding(**changes):
    found = {"severity": "minor", "file": "gateway.py", "line": 2, "claim": "c", "check": "k"}
    return found | changes


def said(*findings):
    return json.dumps({"summary": "looked", "findings": list(findings)})


def reviewed(line_of, *steps, **chosen):
    agent = Agent(*steps)
    line, _ = line_of(agent, "review")
    return review(line, subject(line.space, **chosen)), agent


def test_a_blocker_counts_and_the_worst_comes_first(done, line_of):
    found, _ = reviewed(
        line_of, said(finding(), finding(), finding(severity="blocker", claim="twice"))
    )

    assert found.blockers == 1
    assert found.findings[0].claim == "twice"
    assert found.lines()[0].startswith("3 findings, 1 blocking")
    assert done.record("reviews", "001.json")["summary"] == "looked"


def test_a_finding_outside_the_change_is_marked(done, line_of):
    found, _ = reviewed(
        line_of, said(finding(), finding(line=99), finding(file="README.md", line=1))
    )

    assert [(one.file, one.line, one.located) for one in found.findings] == [
        ("README.md", 1, False),
        ("gateway.py", 2, True),
        ("gateway.py", 99, False),
    ]


def test_the_reviewer_sees_the_change_and_our_evidence_not_the_conversation(done, line_of):
    _, agent = reviewed(line_of, said(), focus="security")

    prompt = agent.requests[0].prompt
    assert "+def charge(key):" in prompt
    assert "T1.1: done (2 passed)" in prompt
    assert "security" in prompt
    assert "I ran the tests, all green" not in prompt
    assert agent.requests[0].access == "read"
    assert ".ai-session" not in prompt


def test_one_task_or_some_files_can_be_reviewed(done, repo, line_of):
    (repo / "later.py").write_text("x = 1\n")
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Later")

    _, agent = reviewed(line_of, said(), task="T1.1")
    assert "later.py" not in agent.requests[0].prompt
    _, agent = reviewed(line_of, said(), files=("later.py",))
    assert "+def charge" not in agent.requests[0].prompt


def test_open_changes_are_reviewed_too(done, repo, line_of):
    (repo / "draft.py").write_text("y = 2\n")

    _, agent = reviewed(line_of, said())

    assert "+y = 2" in agent.requests[0].prompt


def test_what_does_not_fit_is_told_to_reviewer_and_user(done, repo, line_of, monkeypatch):
    (repo / "large.txt").write_text("long line\n" * 200)
    monkeypatch.setattr("ai_sessions.workflow.calls.Line.room", lambda _line: 1500)
    agent = Agent(said())
    line, told = line_of(agent, "review")

    found = review(line, subject(line.space))

    assert "Not shown here: large.txt." in agent.requests[0].prompt
    assert "+def charge(key):" in agent.requests[0].prompt
    assert "warning: the reviewer is not shown: large.txt" in told
    assert found.facts()["left_out"] == ["large.txt"]
    assert done.record("reviews", "001.json")["left_out"] == ["large.txt"]
    assert "Not shown to the reviewer: large.txt" in done.text("reviews", "001.md")


def test_attributes_in_the_work_hide_nothing_from_the_reviewer(done, repo, line_of):
    (repo / ".gitattributes").write_text("gateway.py -diff\n")

    _, agent = reviewed(line_of, said())

    assert "+def charge(key):" in agent.requests[0].prompt


def test_an_answer_that_is_no_review_is_sent_back_once(done, line_of):
    found, agent = reviewed(line_of, "looks good!", said())

    assert found.findings == ()
    assert "holds no JSON object" in agent.requests[1].prompt


def test_an_answer_that_stays_unusable_is_kept_but_is_no_review(done, line_of):
    with pytest.raises(ProviderError) as caught:
        reviewed(line_of, "fine", '{"findings": "none"}')

    assert "logs/" in caught.value.hint
    assert not done.has("reviews")


def test_nothing_to_review_is_not_found(space, repo, line_of):
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "Plan")

    with pytest.raises(NotFound) as caught:
        reviewed(line_of, said())
    assert caught.value.hint == "implement.sh pay --task T1.1"


@pytest.mark.parametrize("chosen", [{"task": "T9"}, {"base": "nowhere"}, {"files": ("no.py",)}])
def test_what_does_not_exist_cannot_be_reviewed(done, line_of, chosen):
    with pytest.raises(NotFound):
        reviewed(line_of, said(), **chosen)


PATCH = """\
diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -1,2 +3,4 @@
 x
diff --git a/gone.py b/gone.py
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-x
"""


def test_the_lines_of_a_patch_are_known():
    lines = shown_lines(PATCH)

    assert is_shown(lines, "a.py", 3) and is_shown(lines, "./a.py", 6)
    assert not is_shown(lines, "a.py", 7)
    assert is_shown(lines, "gone.py", 1)
    assert not is_shown(lines, "b.py", 1)


def test_serious_findings_become_tasks_and_the_plan_keeps_its_comments(done, line_of):
    done.write(done.text("plan.yaml").replace("goal:", "# mine\ngoal:"), "plan.yaml")
    found, _ = reviewed(
        line_of,
        said(
            finding(severity="blocker", claim="charges twice"),
            finding(severity="major", claim="no timeout"),
            finding(),
            finding(severity="blocker", line=99),
        ),
    )

    assert add_tasks(done, found.findings) == ("R1.1", "R1.2")
    task = read_plan(done).task("R1.2")
    assert (task.title, task.needs, task.sources) == (
        "no timeout",
        ("T1.1", "R1.1"),
        ("gateway.py",),
    )
    assert "# mine\n" in done.text("plan.yaml")
    assert FeatureState(done).next_task() in ("R1.1", "T1.2")


def test_findings_that_nobody_can_prove_add_nothing(done, line_of):
    before = done.text("plan.yaml")
    found, _ = reviewed(line_of, said(finding(severity="blocker", file="x.py")))

    assert add_tasks(done, found.findings) == ()
    assert done.text("plan.yaml") == before


def test_a_plan_whose_phases_are_not_its_end_is_left_to_a_person(done, line_of):
    text = done.text("plan.yaml")
    title = next(line for line in text.splitlines(keepends=True) if line.startswith("title:"))
    done.write(text.replace(title, "") + title, "plan.yaml")
    found, _ = reviewed(line_of, said(finding(severity="blocker")))

    with pytest.raises(NeedsPerson, match="the plan cannot be added to: ") as caught:
        add_tasks(done, found.findings)

    assert "`phases`" not in caught.value.message  # it says what is wrong with it
    assert caught.value.hint == "plan.sh pay --revise"
    assert done.text("plan.yaml").endswith(title)


def test_without_a_plan_the_changes_since_a_commit_can_be_reviewed(space, repo, line_of):
    (repo / "a.py").write_text("A = 1\n")
    git(repo, "add", "a.py")
    git(repo, "commit", "-qm", "a")
    bare = Workspace(space.repo, space.root, "bare")

    found = subject(bare, base="HEAD~1")
    assert "+A = 1" in found.patch
    line, _ = line_of(Agent('{"summary": "fine", "findings": []}'), "review")
    assert review(line, found).next == ""
    with pytest.raises(NotFound, match="bare has no plan yet"):
        subject(bare)
    with pytest.raises(NotFound, match="bare has no plan yet"):
        subject(bare, task="T1.1")


@pytest.mark.parametrize(
    ("name", "is_in"),
    [
        *((name, True) for name in ("src/a.py", "./src/a.py", "src", "src/", "./src/", ".")),
        *((name, False) for name in ("a.py", "sr", "src/a", "src/a.py/b", "other/")),
    ],
)
def test_a_file_is_named_by_itself_or_a_folder_above_it(name, is_in):
    assert verb._is_in("src/a.py", name) is is_in


def test_a_finding_is_kept_with_all_its_fields():
    found = Finding("blocker", "gateway.py", 3, "charges twice", "call it twice", located=True)

    assert verb._plain(found) == {
        **{"severity": "blocker", "file": "gateway.py", "line": 3, "claim": "charges twice"},
        **{"check": "call it twice", "located": True},
    }


def test_a_task_and_a_commit_to_start_from_exclude_each_other(done, line_of):
    with pytest.raises(UsageError, match="--task and --base exclude each other"):
        subject(done, task="T1.1", base="HEAD")


@pytest.mark.parametrize(("line", "place"), [(7, "a.py:7  "), (0, "a.py  ")])
def test_a_finding_of_a_whole_file_has_no_line(line, place):
    shown = Finding("minor", "a.py", line, "c", "k", located=True).shown()

    assert shown == f"minor    {place}c"
