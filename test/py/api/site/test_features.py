"""`/features`: where features stand, with their proof."""

import re
import subprocess

import pytest
from scripted import PLAN, ROOT

from ai_sessions.workspace.files import Workspace


@pytest.fixture
def space(tmp_path, environment):
    repo = tmp_path / "my project"
    environment["API_REPOSITORIES"] = f"{repo}:{tmp_path / '<gone>'}"
    made = Workspace(str(repo), ROOT, "pay")
    made.write(PLAN, "plan.yaml")
    subprocess.run(["git", "init", "-q", str(repo)], check=True)
    return made


def test_without_a_repository_it_says_how_one_is_shown(browser):
    assert "API_REPOSITORIES" in browser.get("/features").text


def test_each_repository_has_its_features_or_what_is_wrong_with_it(browser, space):
    page = browser.get("/features").text

    assert "Payments" in page
    assert '&lt;gone&gt;</h2>\n<p class="bad">no such folder</p>' in page


def test_a_feature_leads_to_its_tasks_and_their_proof(browser, space):
    space.save({"schema": 1, "run": {"exit": 1}}, "evidence", "T1.1", "red.json")
    path = re.search(r'href="(/features/pay\?[^"]*)"', browser.get("/features").text)[1]
    page = browser.get(path).text

    assert '<a href="#T1.1">T1.1</a>' in page
    assert "<p>exit 1</p>" in page


def test_a_broken_plan_says_what_is_wrong(browser, space):
    space.write("phases: <script>", "plan.yaml")

    for path in ("/features", "/features/pay"):
        page = browser.get(path).text
        assert "plan.yaml" in page
        assert "<script" not in page
        assert "no plan" not in page


def test_a_feature_that_is_not_there_is_not_found(browser, space):
    assert browser.get("/features/none").status_code == 404
