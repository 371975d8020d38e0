"""Packages that are installed as links to their sources."""

import pytest

from ai_sessions.workflow.packages import environment

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
    return environment(*places, environ).get("PYTHONPATH")


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
