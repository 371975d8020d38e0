"""Real repositories in temporary folders, without the settings of this machine."""

import os
import subprocess

import pytest


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    """No settings of this machine: a home of our own, an identity, no system file."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n\tname = Dev\n\temail = dev@example.com\n[init]\n\tdefaultBranch = main\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in list(os.environ):
        if name.startswith("GIT_") and name != "GIT_CONFIG_NOSYSTEM":
            monkeypatch.delenv(name)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return home


def run(repo, *words):
    done = subprocess.run(["git", *words], cwd=repo, check=True, capture_output=True, text=True)
    return done.stdout


def write(repo, **files):
    for name, text in files.items():
        put(repo, name.replace("__", "/"), text)


def put(repo, name, text):
    path = repo / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def repo(tmp_path):
    """One commit with `a.txt` and `src/b.txt`, in a folder with a space in its name."""
    root = tmp_path / "my repo"
    root.mkdir()
    run(root, "init", "-q")
    write(root, **{"a.txt": "a\n", "src/b.txt": "b\n"})
    run(root, "add", "-A")
    run(root, "commit", "-qm", "first")
    return root


@pytest.fixture
def empty(tmp_path):
    root = tmp_path / "empty"
    root.mkdir()
    run(root, "init", "-q")
    return root


def hook(repo, name, script):
    path = repo / ".git" / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
