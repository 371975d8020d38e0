"""Agents on this machine."""

import json

import pytest

from ai_sessions.providers import installed


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
    found = installed.look(["claude-x", "codex"], place("other", "exit 0"))

    assert [(one.name, one.version, one.keeps) for one in found] == [
        ("codex", "codex-cli 0.169.0", "for ever")
    ]


@pytest.mark.parametrize("script", ["exit 3", "kill -9 $$", ":"])
def test_one_that_does_not_tell_its_version_is_there_all_the_same(place, script):
    [found] = installed.look(["gemini"], place("gemini", script))

    assert (found.version, found.keeps) == ("", "30 days")


def test_one_that_hangs_is_given_up(place, monkeypatch):
    monkeypatch.setattr(installed, "_VERSION_S", 0.2)
    [found] = installed.look(["gemini"], place("gemini", "exec sleep 60"))

    assert found.version == ""


def test_the_package_of_an_npm_command_is_asked_first(place, tmp_path):
    environment = place("codex", "echo wrong")
    (tmp_path / "package.json").write_text(json.dumps({"version": "1.2", "bin": {"codex": "x"}}))

    assert installed.look(["codex"], environment)[0].version == "1.2"


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

    assert installed.look([name], place(name, "echo 1"))[0].keeps == keeps
