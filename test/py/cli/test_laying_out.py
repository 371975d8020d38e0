"""`init-session.sh` as it is typed, with and without a template."""

import json

import pytest
from scripted import writes

from ai_sessions.cli.terminal import COMPLETE

TEST = """\
import unittest

import shop_now


class Usual(unittest.TestCase):
    def test_total(self):
        self.assertEqual(shop_now.total([1, 2]), 3)

    def test_nothing(self):
        self.assertEqual(shop_now.total([]), 0)
"""
SOURCE = "def total(amounts):\n    return sum(amounts)\n"


def test_a_template_makes_a_plan_that_can_be_worked_on_at_once(typed, agent):
    code, out, err = typed("init", "shop-now", "Sum amounts", "--template", "feature", "--json")
    made = json.loads(out)

    assert (code, made["tasks"]) == (0, ["T1.1", "T1.2", "T2.1"])
    assert made["next"] == "implement.sh shop-now --task T1.1"
    assert ".ai-session/shop-now/plan.yaml" in made["made"]
    assert "files of the plan: shop_now.py, test_shop_now.py" in err

    agent.steps = [writes(test_shop_now__py=TEST), writes(shop_now__py=SOURCE)]
    assert typed("implement", "shop-now", "--task", "T1.1")[0] == 0
    assert "Sum amounts" in agent.requests[0].prompt


def test_the_guard_of_a_bug_is_proved_by_its_tests(typed, agent):
    (typed.repo / "shop_now.py").write_text("def total(amounts):\n    return amounts[0]\n")
    typed("init", "shop-now", "total([]) fails", "--template", "bugfix")
    agent.steps = [writes(test_shop_now__py=TEST), writes(shop_now__py=SOURCE)]
    assert typed("implement", "shop-now", "--task", "T1.1", "--allow-dirty")[0] == 0
    agent.steps = [writes(test_shop_now_guard__py=TEST)]

    code, out, err = typed("implement", "shop-now", "--task", "T1.2", "--allow-dirty")

    assert code == 0, err
    assert "T1.2" in out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("init", "new", "--template", "nope"), 4, "(there are: bugfix, feature)"),
        (("init", "new", "--template", "bad.yaml"), 3, "bad.yaml:1: must be a map"),
        (("init", "new", "--template", ""), 2, "it is empty"),
        (("init", "pay", "--template", "feature"), 2, "pay has a plan already"),
        (("init", "../x", "--template", "feature"), 2, "not a feature name"),
        (("init", "--template", "feature"), 2, "missing argument"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_made(typed, words, code, told):
    (typed.repo / "bad.yaml").write_text("- x\n")
    plan = (typed.repo / ".ai-session/pay/plan.yaml").read_text()
    found, out, err = typed(*words)

    assert (found, out) == (code, "")
    assert told in err
    assert not (typed.repo / ".ai-session/new").exists()
    assert (typed.repo / ".ai-session/pay/plan.yaml").read_text() == plan


def test_a_refusal_in_json_is_one_object(typed):
    code, out, _ = typed("init", "new", "--template", "nope", "--json")

    assert json.loads(out)["error"]["kind"] == "not_found"
    assert json.loads(out)["code"] == code == 4


def test_the_templates_are_listed_without_a_feature(typed):
    code, out, _ = typed("init", "--templates")
    told = json.loads(typed("init", "--templates", "--json")[1])

    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["bugfix", "feature"]
    assert set(told["templates"]) == {"bugfix", "feature"}


def test_a_feature_that_is_laid_out_already_gets_its_plan(typed):
    typed("init", "later")
    code, out, err = typed("init", "later", "Do it", "--template", "feature")

    assert code == 0
    assert "made .ai-session/later/plan.yaml" in err
    assert "not kept" not in err
    assert out.endswith("Next: implement.sh later --task T1.1\n")


def test_template_names_are_completed(cli, monkeypatch):
    monkeypatch.setenv("COMP_WORDS", "init-session.sh x --template bu")
    monkeypatch.setenv("COMP_CWORD", "3")
    monkeypatch.setenv(COMPLETE, "bash_complete")

    assert cli("completion").out == "plain,bugfix\n"
