"""Agents on this machine."""

import json

import pytest

from ai_sessions.assemble import providers
from ai_sessions.providers import installed
from ai_sessions.providers.agents import Access

ACCESS = Access(
    "npm install -g it", "it login", keys=("IT_KEY",), logins=("$IT_HOME/login", "~/.it/login")
)


def known(*names: str) -> dict[str, Access]:
    return dict.fromkeys(names, ACCESS)


@pytest.fixture
def place(tmp_path):
    """Puts a command on PATH and gets the environment."""

    def put(name, script):
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path)}

    return put


def test_only_what_is_there_is_told_in_the_order_asked(place):
    place("codex", "echo codex-cli 0.169.0")
    found = installed.look(known("claude-x", "codex"), place("other", "exit 0"))

    assert [(one.name, one.version, one.keeps) for one in found] == [
        ("codex", "codex-cli 0.169.0", "for ever")
    ]


def test_one_that_does_not_tell_its_version_is_there_all_the_same(place):
    [found] = installed.look(known("gemini"), place("gemini", "exit 3"))

    assert (found.version, found.keeps) == ("", "30 days")


def test_the_package_of_an_npm_command_is_asked_first(place, tmp_path):
    environment = place("codex", "echo wrong")
    (tmp_path / "package.json").write_text(json.dumps({"version": "1.2", "bin": {"codex": "x"}}))

    assert installed.look(known("codex"), environment)[0].version == "1.2"


@pytest.mark.parametrize(
    ("name", "settings", "keeps"),
    [
        ("claude", {}, "30 days"),
        ("claude", {"cleanupPeriodDays": 99}, "99 days"),
        ("claude", {"cleanupPeriodDays": "x"}, "30 days"),
        ("claude", [], "30 days"),
        ("gemini", {"general": {"sessionRetention": {"enabled": False}}}, "for ever"),
        ("gemini", {"general": {"sessionRetention": {"maxAge": "7d"}}}, "7d"),
        ("gemini", {"general": 3}, "30 days"),
    ],
)
def test_how_long_logs_are_kept_is_in_the_agents_settings(place, tmp_path, name, settings, keeps):
    folder = tmp_path / f".{name}"
    folder.mkdir()
    (folder / "settings.json").write_text(json.dumps(settings))

    assert installed.look(known(name), place(name, "echo 1"))[0].keeps == keeps


def test_a_login_is_seen_by_its_traces_alone(tmp_path):
    home, moved = tmp_path / "home", tmp_path / "moved"
    environment = {"HOME": str(home), "IT_HOME": str(moved), "IT_KEY": ""}
    for folder in (home / ".it", moved):
        folder.mkdir(parents=True)
    assert installed.login(ACCESS, environment) == ""

    (moved / "login").write_text("secret")
    assert installed.login(ACCESS, {**environment, "IT_HOME": ""}) == ""
    assert installed.login(ACCESS, environment) == "logged in"
    (home / ".it" / "login").write_text("secret")
    assert installed.login(ACCESS, {**environment, "IT_HOME": ""}) == "logged in"
    assert installed.login(ACCESS, {**environment, "IT_KEY": "secret"}) == "IT_KEY is set"


@pytest.mark.parametrize(("platform", "told"), [("darwin", installed.NOBODY_KNOWS), ("linux", "")])
def test_a_login_in_a_keychain_is_not_looked_for(monkeypatch, tmp_path, platform, told):
    monkeypatch.setattr(installed.sys, "platform", platform)
    access = Access("install", "login", keychain=True)

    assert installed.login(access, {"HOME": str(tmp_path)}) == told


@pytest.mark.parametrize("name", providers.AGENTS)
def test_each_agent_says_how_to_get_it_and_to_log_in(name):
    access = providers.access(name)

    assert access.install.startswith("npm install -g ")
    assert access.login.startswith(name)
    assert access.keys
    assert all(place.startswith(("~/", "$")) for place in access.logins)
