"""Packages that another checkout is lent."""

import os

import pytest

from ai_sessions.workflow.packages import homes, lend


@pytest.fixture
def repo(tmp_path):
    made = tmp_path / "my shop"
    for name in ("node_modules/left-pad", "node_modules/@other/tool", "packages/core"):
        (made / name).mkdir(parents=True)
        (made / name / "index.js").write_text("ours")
    return made


@pytest.fixture
def checkout(tmp_path):
    made = tmp_path / "checkout"
    (made / "packages/core").mkdir(parents=True)
    (made / "packages/core/index.js").write_text("theirs")
    return made


def seen(checkout, package):
    return (checkout / "node_modules" / package / "index.js").read_text()


def test_a_folder_without_links_to_sources_is_lent_as_it_is(repo, checkout):
    (repo / "node_modules/linked").symlink_to("left-pad")
    (repo / "node_modules/far").symlink_to("/")
    lend(repo, checkout)

    assert os.readlink(checkout / "node_modules") == str(repo / "node_modules")
    assert not (checkout / ".venv").is_symlink()


@pytest.mark.parametrize("name", ["core", "@x/core"])
def test_a_workspace_leads_to_the_sources_of_the_checkout(repo, checkout, name):
    link = repo / "node_modules" / name
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(os.path.relpath(repo / "packages/core", link.parent))

    lend(repo, checkout)

    assert seen(checkout, name) == "theirs"
    assert seen(checkout, "left-pad") == seen(checkout, "@other/tool") == "ours"
    assert seen(repo, name) == "ours"


def test_packages_that_a_checkout_has_are_left_alone(repo, checkout):
    (checkout / "node_modules").mkdir()
    lend(repo, checkout)

    assert list((checkout / "node_modules").iterdir()) == []


def test_places_behind_links_are_those_of_the_sources(repo, tmp_path):
    (repo / "node_modules/@x").mkdir()
    (repo / "node_modules/@x/core").symlink_to("../../packages/core")
    (repo / "packages/cli/node_modules").mkdir(parents=True)
    (repo / "packages/cli/node_modules/own").symlink_to("../../core")
    (tmp_path / "link").symlink_to(repo)
    places = {
        f"{repo}/node_modules/@x/core/three.js": "packages/core/three.js",
        f"{tmp_path}/link/packages/core/new.js": "packages/core/new.js",
        "@x/core/three.js": "packages/core/three.js",
        "own": "packages/core",
    }
    others = ["left-pad/x.js", "/etc/three.js", f"{repo}/node_modules/left-pad/x.js", "stripe"]

    assert homes(repo, [*places, *others], ["packages/cli/test/a.test.js"]) == places
