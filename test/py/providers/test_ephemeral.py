"""Conversations that nobody will continue leave nothing in an agent's own data."""

import re
from pathlib import Path

from ai_sessions.providers import claude, codex, ephemeral


def test_claude_and_codex_are_told_to_keep_nothing(request_of):
    assert "--no-session-persistence" in claude.argv(request_of(ephemeral=True))
    assert "--ephemeral" in codex.argv(request_of(ephemeral=True))
    assert "--no-session-persistence" not in claude.argv(request_of())
    assert "--ephemeral" not in codex.argv(request_of())


def test_the_empty_folders_that_claude_makes_are_taken_away(tmp_path):
    cwd = tmp_path / "a.tree"
    cwd.mkdir()
    projects = tmp_path / "projects"
    made = projects / re.sub(r"[^A-Za-z0-9]", "-", str(cwd))
    environment = {"CLAUDE_CONFIG_DIR": str(tmp_path)}
    with ephemeral.claude(environment, cwd):
        (made / "memory").mkdir(parents=True)
    assert list(projects.iterdir()) == []

    with ephemeral.claude(environment, cwd):
        made.mkdir()
        (made / "s1.jsonl").touch()
    assert [path.name for path in made.iterdir()] == ["s1.jsonl"], "somebody else's"


def test_gemini_has_the_users_logins_and_none_of_his_conversations(tmp_path):
    own = tmp_path / ".gemini"
    (own / "tmp" / "shop").mkdir(parents=True)
    for name in ("oauth_creds.json", "settings.json", "projects.json"):
        (own / name).write_text(name)
    with ephemeral.gemini({"HOME": str(tmp_path), "X": "1"}) as environment:
        folder = Path(environment["GEMINI_CLI_HOME"], ".gemini")
        seen = sorted(path.name for path in folder.iterdir())
        (folder / "tmp").mkdir()
        (folder / "oauth_creds.json").write_text("refreshed")

    assert seen == ["oauth_creds.json", "settings.json"]
    assert (own / "oauth_creds.json").read_text() == "refreshed"
    assert list((own / "tmp").iterdir()) == [own / "tmp" / "shop"]
    assert (environment["X"], folder.exists()) == ("1", False)


def test_gemini_without_a_folder_of_its_own_gets_an_empty_one(tmp_path):
    with ephemeral.gemini({"HOME": str(tmp_path)}) as environment:
        assert list(Path(environment["GEMINI_CLI_HOME"]).iterdir()) != []
    assert list(tmp_path.iterdir()) == []


def test_opencode_gets_a_database_that_goes_with_the_call(tmp_path):
    with ephemeral.opencode({"HOME": str(tmp_path)}) as environment:
        place = Path(environment["OPENCODE_DB"])
        assert place.parent.is_dir()
    assert not place.parent.exists()
