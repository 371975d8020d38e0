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


def test_parts_of_a_workspace_have_packages_of_their_own(repo, checkout):
    own = repo / "packages/core/node_modules"
    (own / "left-pad").mkdir(parents=True)
    (own / "left-pad/index.js").write_text("nested")
    (own / "cli").symlink_to("../../cli")
    for place in (repo, checkout):
        (place / "packages/cli").mkdir()
        (place / "packages/cli/index.js").write_text(place.name)
    (repo / "packages/gone/node_modules/x").mkdir(parents=True)

    lend(repo, checkout)

    theirs = checkout / "packages/core/node_modules"
    assert (theirs / "left-pad/index.js").read_text() == "nested"
    assert (theirs / "cli/index.js").read_text() == "checkout"
    assert seen(checkout, "left-pad") == "ours"
    assert not (checkout / "packages/gone").exists()


def test_commands_of_the_own_packages_are_the_checkouts(repo, checkout):
    commands = repo / "node_modules/.bin"
    commands.mkdir()
    (commands / "core").symlink_to("../core/index.js")
    (commands / "pad").symlink_to("../left-pad/index.js")
    (repo / "node_modules/core").symlink_to("../packages/core")

    lend(repo, checkout)

    assert seen(checkout, ".bin/../core") == "theirs"
    assert (checkout / "node_modules/.bin/core").read_text() == "theirs"
    assert (checkout / "node_modules/.bin/pad").read_text() == "ours"


@pytest.mark.parametrize("wanted", ["file:packages/core", "file:./packages/core/"])
def test_a_copy_of_an_own_package_is_not_what_is_tested(repo, checkout, wanted):
    for place in (repo, checkout):
        (place / "packages/core/package.json").write_text("{}")
        (place / "package.json").write_text(f'{{"dependencies": {{"@x/core": "{wanted}"}}}}')
    (repo / "node_modules/@x/core").mkdir(parents=True)
    (repo / "node_modules/@x/core/index.js").write_text("copy")

    lend(repo, checkout)

    assert seen(checkout, "@x/core") == "theirs"
    assert seen(checkout, "left-pad") == "ours"


@pytest.mark.parametrize("text", ["{", "[]", '{"dependencies": []}', '{"dependencies": {"x": 1}}'])
def test_a_package_file_that_cannot_be_read_hides_no_packages(repo, checkout, text):
    (checkout / "package.json").write_text(text)

    lend(repo, checkout)

    assert seen(checkout, "left-pad") == "ours"
