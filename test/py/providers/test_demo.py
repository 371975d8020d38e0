"""The recorded agent: what it writes is real code that real tests judge."""

import subprocess
import sys

import pytest

from ai_sessions.dialogue.answers import json_object
from ai_sessions.errors import ProviderError
from ai_sessions.plan import document as plan
from ai_sessions.providers.contract import Request
from ai_sessions.providers.demo import Demo
from ai_sessions.providers.echo import Echo
from ai_sessions.records import Cost, Resume

FEATURE = "payment-gateway"


@pytest.fixture
def turn(tmp_path):
    def play(purpose, task="", **more):
        request = Request("go", tmp_path, purpose=purpose, task=task, feature=FEATURE, **more)
        return Demo().run(request, lambda _event: None)

    return play


def passes(folder, name):
    command = [sys.executable, "-m", "unittest", name]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


def test_each_task_is_red_before_it_is_green(turn, tmp_path):
    for task, tests in (("T1.1", "tests/test_gateway.py"), ("T1.2", "tests/test_amounts.py")):
        turn("red", task)
        assert not passes(tmp_path, tests)
        turn("green", task)
        assert passes(tmp_path, tests)
    assert passes(tmp_path, "tests/test_gateway.py")


def test_its_plan_is_a_valid_answer(turn):
    from jsonschema import Draft202012Validator

    answer = json_object(turn("plan").text)

    assert list(Draft202012Validator(dict(plan.ANSWER_SCHEMA)).iter_errors(answer)) == []


def test_its_finding_points_at_a_line_that_exists(turn, tmp_path):
    turn("green", "T1.2")
    finding = json_object(turn("review").text)["findings"][0]
    line = (tmp_path / finding["file"]).read_text().splitlines()[finding["line"] - 1]

    assert "return self._charges" in line


def test_it_costs_nothing_and_says_that_no_ai_was_called(turn):
    assert turn("plan").cost == Cost(0, "demo")
    assert turn("plan").usage.estimated
    assert "no AI was called" in Demo.quirks.note


def test_it_keeps_the_conversation_it_is_given(turn):
    assert turn("plan", new_id="id-1").resume.id == "id-1"
    assert turn("plan", resume=Resume("id-2")).resume.id == "id-2"


def test_it_knows_one_feature_and_says_so(tmp_path):
    request = Request("go", tmp_path, purpose="plan", feature="other")
    with pytest.raises(ProviderError, match="knows only payment-gateway") as caught:
        Demo().run(request, lambda _event: None)
    assert "--provider claude" in caught.value.hint


def test_echo_says_what_it_was_told(tmp_path):
    reply = Echo().run(Request("hello", tmp_path), lambda _event: None)

    assert (reply.text, reply.cost) == ("hello", Cost(0, "echo"))
