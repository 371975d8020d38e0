"""Packages that are installed as links to their sources."""

import json
import os
import shutil
import subprocess
import venv
from pathlib import Path

import pytest
from scripted import git

from ai_sessions.workflow.python_sources import environment, leading_back

SITE = "lib/python3.12/site-packages"
FINDER = "MAPPING: dict[str, str] = {{'shop': '{0}/lib/shop', \"pay\": \"{0}/lib/pay\"}}\n"


@pytest.fixture
def places(tmp_path):
    """A working tree with an environment, and a checkout that is lent it."""
    repo, checkout = tmp_path / "my shop", tmp_path / "checkout"
    (repo / ".venv" / SITE).mkdir(parents=True)
    checkout.mkdir()
    (checkout / ".venv").symlink_to(repo / ".venv")
    return repo, checkout


def path(places, **environ):
    return environment(*places, environ, ["make"]).get("PYTHONPATH")


@pytest.mark.parametrize(
    ("name", "text", "seen"),
    [
        ("shop.pth", "{0}/src\n", ["src"]),
        ("easy-install.pth", "# two\n{0}/src\n/elsewhere/src\n{0}\n", ["src", "."]),
        ("__editable___shop_finder.py", FINDER, ["lib"]),
        ("distutils-precedence.pth", "import os; os.environ.get('{0}/src')\n", []),
        ("own.pth", "{0}/.venv/more\n", []),
    ],
)
def test_a_checkout_has_its_own_sources_before_those_that_are_led_to(places, name, text, seen):
    repo, checkout = places
    (repo / ".venv" / SITE / name).write_text(text.format(repo))

    wanted = ":".join(str(checkout / one) for one in seen)
    assert path(places) == (wanted or None)


def test_a_path_that_the_user_has_comes_after_it(places):
    repo, checkout = places
    (repo / ".venv" / SITE / "shop.pth").write_text(f"{repo}/src\n")

    assert path(places, PYTHONPATH="/mine") == f"{checkout}/src:/mine"


def test_an_environment_of_its_own_is_left_as_it_is(places):
    repo, checkout = places
    (repo / ".venv" / SITE / "shop.pth").write_text(f"{repo}/src\n")
    (checkout / ".venv").unlink()
    (checkout / ".venv").mkdir()

    assert path(places) is None
    assert path((repo, repo), PYTHONPATH="/mine") == "/mine"


def test_uv_leaves_an_environment_that_was_lent_as_it_is(places):
    repo, checkout = places

    assert environment(repo, checkout, {}, ["make"])["UV_NO_SYNC"] == "1"
    (checkout / ".venv").unlink()
    assert environment(repo, checkout, {}, ["make"]) == {}


def test_where_nothing_is_python_no_interpreter_is_asked(tmp_path):
    asked = tmp_path / "python3"
    asked.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\n")
    asked.chmod(0o755)
    for name in ("repo", "checkout"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.js").write_text("")

    given = tmp_path / "repo", tmp_path / "checkout", {}, [str(asked)]
    assert environment(*given) == {}
    assert not (tmp_path / "asked").exists()
    (tmp_path / "checkout/shop.py").write_text("")
    environment(*given)
    assert (tmp_path / "asked").exists()


# -- with a real interpreter


def module(folder, text="where = __file__\n"):
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text(text)


@pytest.fixture
def outside(tmp_path):
    """A project with sources in `src`, its checkout, and an environment beside them."""
    repo, checkout, python = tmp_path / "shop", tmp_path / "checkout", tmp_path / "env/bin/python"
    for place in (repo, checkout):
        module(place / "src/shop")
        (place / "pyproject.toml").write_text("")
    venv.create(tmp_path / "env", symlinks=True)
    site = next((tmp_path / "env").glob("lib/python*/site-packages"))
    return repo, checkout, python, site


def asked(outside, *words):
    """From where the package is imported by a command in the checkout, and what leads back."""
    repo, checkout, python, _ = outside
    words = words or (str(python),)
    own = environment(repo, checkout, os.environ, words)
    code = "import shop; print(shop.where)"
    said = subprocess.check_output([python, "-c", code], env=own, cwd=checkout, text=True)
    return Path(said.strip()), leading_back(repo, checkout, os.environ, words)


def installed_from(outside, folder, *, editable):
    info = outside[-1] / "shop-1.0.dist-info"
    info.mkdir()
    told = {"url": Path(folder).as_uri(), "dir_info": {"editable": editable}}
    (info / "direct_url.json").write_text(json.dumps(told))


def test_an_environment_elsewhere_leads_to_the_checkout(outside):
    repo, checkout, _, site = outside
    (site / "shop.pth").write_text(f"{repo}/src\n")

    assert asked(outside) == (checkout / "src/shop/__init__.py", ())


def test_the_environment_of_a_script_is_that_of_its_first_line(outside, tmp_path):
    repo, checkout, python, site = outside
    (site / "shop.pth").write_text(f"{repo}/src\n")
    script = tmp_path / "pytest"
    script.write_text(f"#!{python}\n")
    script.chmod(0o755)

    assert asked(outside, str(script)) == (checkout / "src/shop/__init__.py", ())


def test_a_copy_of_the_sources_is_not_what_is_tested(outside):
    repo, checkout, _, site = outside
    module(site / "shop")
    installed_from(outside, repo, editable=False)

    assert asked(outside) == (checkout / "src/shop/__init__.py", ())


def test_a_loader_that_comes_before_every_path_is_told(outside):
    """As meson-python and scikit-build install an editable package."""
    repo, _, _, site = outside
    loader = """\
import importlib.util, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "shop":
            return importlib.util.spec_from_file_location(name, {0!r})
sys.meta_path.insert(0, Finder())
"""
    (site / "_shop_loader.py").write_text(loader.format(f"{repo}/src/shop/__init__.py"))
    (site / "shop.pth").write_text("import _shop_loader\n")
    installed_from(outside, repo, editable=True)

    assert asked(outside) == (repo / "src/shop/__init__.py", ("shop",))


@pytest.mark.parametrize("told", ["not json", "[]", '{"url": "https://example.com/shop"}', "{}"])
def test_what_was_installed_from_elsewhere_leads_nowhere(outside, told):
    installed_from(outside, outside[0], editable=True)
    (outside[-1] / "shop-1.0.dist-info/direct_url.json").write_text(told)

    assert "PYTHONPATH" not in environment(*outside[:2], {}, [str(outside[2])])


def test_an_environment_may_lead_into_another_working_tree(outside, tmp_path, begun):
    repo, checkout, python, site = outside
    shutil.copytree(begun, repo, dirs_exist_ok=True)
    other = tmp_path / "linked"
    git(repo, "worktree", "add", "-q", "--detach", str(other))
    (site / "shop.pth").write_text(f"{repo}/src\n")

    own = environment(other, checkout, os.environ, [str(python)])
    assert own["PYTHONPATH"].split(os.pathsep)[0] == str(checkout / "src")
