"""A workspace with a plan."""

import pytest

from ai_sessions.workspace.files import Workspace

PLAN = """\
schema: 1
feature: pay
title: Payments
defaults: {test: {cmd: [pytest, "{tests}"]}}
phases:
  - id: P1
    title: Charge
    tasks:
      - {id: T1.1, title: Gateway, files: {src: [a.py], tests: [test_a.py]}}
"""


@pytest.fixture
def space(tmp_path):
    made = Workspace(str(tmp_path), ".ai-session", "pay")
    made.write(PLAN, "plan.yaml")
    return made
