"""What GitHub shows beside a run: annotations that no text can break, and the summary."""

import pytest

from ai_sessions.cli import github
from ai_sessions.workflow.report import Check, Report
from ai_sessions.workflow.review import Finding, Review


def test_verify_tells_ci_systems_what_failed(typed, agent, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))

    code, out, _ = typed("verify", "pay", "--ci", "--unit", "--junit", str(tmp_path / "j.xml"))

    assert code == 1
    assert out.splitlines()[0].startswith("NO-GO   pay at ")
    assert "::error title=T1.1 done::it is ready, not done" in out
    assert (tmp_path / "summary.md").read_text().startswith("# NO-GO: pay")
    assert "<failure" in (tmp_path / "j.xml").read_text()
    assert agent.requests == []


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({}, "::error::a"),
        ({"file": "x.py"}, "::error file=x.py::a"),
        ({"file": "x.py", "line": 7}, "::error file=x.py,line=7::a"),
        ({"title": "a,b:c"}, "::error title=a%2Cb%3Ac::a"),
        ({"file": "a\nb%"}, "::error file=a%0Ab%25::a"),
    ],
)
def test_no_value_of_an_annotation_passes_for_another(given, line):
    assert github.annotation("error", "a", **given) == line


def test_no_text_of_an_agent_passes_for_a_command_of_its_own():
    text = "100%\r\n::error::forged"

    assert github.annotation("notice", text) == "::notice::100%25%0D%0A::error::forged"


def test_findings_are_as_loud_as_they_are_grave_and_lie_at_their_line():
    found = [
        Finding(severity, "x.py", line, "wrong", "", True)
        for severity, line in (("blocker", 3), ("major", 0), ("minor", 1), ("nit", 2))
    ]
    review = Review("", tuple(found), "echo", "m", "review.md", "")

    assert github.findings(review) == [
        "::error file=x.py,line=3,title=blocker::wrong",
        "::warning file=x.py,title=major::wrong",
        "::notice file=x.py,line=1,title=minor::wrong",
        "::notice file=x.py,line=2,title=nit::wrong",
    ]


def test_only_checks_that_were_not_passed_are_annotated():
    checks = [Check(name, name, "why") for name in ("ok", "failed", "open", "noted")]
    report = Report("pay", "NO-GO", "c0ffee", tuple(checks), (), (), "", "")

    assert github.checks(report) == [
        "::error title=failed::why",
        "::warning title=open::why",
        "::notice title=noted::why",
    ]


def test_without_a_summary_of_the_job_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    github.summary({}, "# GO")

    assert list(tmp_path.iterdir()) == []


def test_a_summary_is_added_to_what_is_there_without_control_characters(tmp_path):
    path = tmp_path / "summary.md"
    path.write_text("before\n")
    github.summary({"GITHUB_STEP_SUMMARY": str(path)}, "# GO \x1b[2J\n\n")

    assert path.read_text() == "before\n# GO\n\n"


def test_where_a_feature_stands_has_a_row_for_each_task_and_the_sum():
    task = {"id": "T1.1", "state": "failed", "title": "Pay | now", "reason": None}
    facts = {"feature": "pay", "tasks": [task], "cost_nusd": 12_000_000, "unknown_costs": 1}
    lines = github.progress(facts).splitlines()

    assert lines[0] == "# pay"
    row = next(one for one in lines if "T1.1" in one)
    assert row.count("|") - row.count("\\|") == 6
    assert lines[-1] == "Total: $0.0120+?"
