"""What commands get: settings from all places, a store, a provider, the repository."""

import io

import pytest

from ai_sessions.cli import start
from ai_sessions.cli.app import App
from ai_sessions.cli.output import Output
from ai_sessions.errors import ConfigError
from ai_sessions.providers.choosing import Wanted
from ai_sessions.store.memory import MemoryStore


@pytest.fixture
def app(tmp_path):
    (tmp_path / "shop" / ".git").mkdir(parents=True)
    environment = {"SESSION_DIR": str(tmp_path / "s"), "PATH": ""}
    return App(Output(stdout=io.StringIO(), stderr=io.StringIO()), environment, tmp_path / "shop")


def test_a_flag_wins_over_everything(app):
    app.set("AI_MODEL", "opus")
    app.set("AI_PROVIDER", None)
    app.set("ATTEMPTS", 5)

    assert (app.settings["AI_MODEL"], app.settings["ATTEMPTS"]) == ("opus", 5)
    assert app.settings["AI_PROVIDER"] == ""


def test_a_flag_counts_even_when_settings_were_looked_at_before(app):
    assert app.settings["USE_SESSIONS"] is True
    app.set("USE_SESSIONS", "false")

    assert app.settings["USE_SESSIONS"] is False
    assert isinstance(app.store(), MemoryStore)


def test_the_projects_file_counts(app):
    (app.folder / ".ai-session").mkdir()
    (app.folder / ".ai-session" / "config.yaml").write_text("settings: {ATTEMPTS: 7}\n")

    assert app.settings["ATTEMPTS"] == 7


def test_without_sessions_the_store_is_memory_and_stays_the_same(app, tmp_path):
    app.set("USE_SESSIONS", "false")

    assert isinstance(app.store(), MemoryStore)
    assert app.store() is app.store()
    assert app.kit().store is app.store()
    assert not (tmp_path / "s").exists()


def test_outside_of_a_repository_there_is_an_error_that_says_so(tmp_path):
    app = App(Output(), {}, tmp_path)
    with pytest.raises(ConfigError, match="not in a git repository"):
        _ = app.repo


def test_a_model_nobody_knows_is_a_warning_and_no_error(app):
    provider, model = app.answerer("plan", Wanted("claude", "claude-sonet-4-5"))

    assert (provider.name, model) == ("claude", "claude-sonet-4-5")
    assert "did you mean claude-sonnet-4-5?" in app.out.stderr.getvalue()


def test_the_console_entry_point_says_its_own_name(capsys, root):
    assert start.main(["clean", "--help"], "ai-sessions ") == 0
    assert capsys.readouterr().out.startswith("Usage: ai-sessions clean [OPTIONS]")


def test_work_on_files_needs_a_provider_that_can_change_them(app):
    with pytest.raises(ConfigError, match="echo cannot change files"):
        app.answerer("implement", Wanted("echo"), need_edit=True)

    assert app.answerer("plan", Wanted("echo"))[0].name == "echo"
