"""Settings: the strongest place wins, wrong values are errors that name the place."""

from pathlib import Path

import pytest

from ai_sessions import config
from ai_sessions.errors import ConfigError


def project(folder: Path, text: str) -> str:
    """A repository whose project file says `text`."""
    (folder / ".ai-session").mkdir()
    (folder / ".ai-session" / "config.yaml").write_text(text)
    return str(folder)


def loaded(folder: Path, environment=None, flags=None, user: str = "") -> config.Settings:
    root = folder / "toolkit"
    root.mkdir(exist_ok=True)
    if user:
        (root / ".env").write_text(user)
    environment = environment or {}
    return config.load(environment, flags, config.files(environment, str(folder), str(root)))


def test_flag_beats_environment_beats_project_beats_user_beats_default(tmp_path):
    project(tmp_path, "settings:\n  AI_MODEL: of-project\n  ATTEMPTS: 5\n")
    user = "AI_MODEL=of-user\nATTEMPTS=6\nAI_PROVIDER=of-user\n"
    names = ("AI_MODEL", "ATTEMPTS", "AI_PROVIDER", "TEST_TIMEOUT")

    plain = loaded(tmp_path, user=user)
    assert [plain[name] for name in names] == ["of-project", 5, "of-user", 300.0]
    assert loaded(tmp_path, {"AI_MODEL": "of-env"})["AI_MODEL"] == "of-env"
    assert loaded(tmp_path, {"AI_MODEL": "of-env"}, {"AI_MODEL": "flag"})["AI_MODEL"] == "flag"


def test_origin_tells_who_set_it(tmp_path):
    project(tmp_path, "settings: {ATTEMPTS: 5}\n")
    settings = loaded(tmp_path, {"AI_MODEL": "x"})

    assert settings.origin("AI_MODEL") == "environment"
    assert settings.origin("ATTEMPTS").endswith(".ai-session/config.yaml")
    assert settings.origin("TEST_TIMEOUT") == "default"


@pytest.mark.parametrize(
    ("of_project", "of_user", "environment", "counts"),
    [
        ("1000", "1", "", "1"),
        ("1", "1000", "", "1"),
        ("9", "10", "", "9"),  # as numbers, not as text
        ("1000", "", "", "1000"),
        ("1", "2", "1000", "1"),
        ("1000", "2", "1", "1"),
        ("''", "1", "1000", "1"),
    ],
)
def test_of_a_budget_the_lowest_counts_whoever_set_it(
    tmp_path, of_project, of_user, environment, counts
):
    project(tmp_path, f"settings: {{BUDGET_SESSION: {of_project}}}\n")
    typed = {"BUDGET_SESSION": environment} if environment else {}

    assert loaded(tmp_path, typed, user=f"BUDGET_SESSION={of_user}\n")["BUDGET_SESSION"] == counts


def test_of_budgets_of_models_the_lowest_of_each_counts(tmp_path):
    typed = {"BUDGET_MODEL": "opus=60 haiku=2"}

    found = loaded(tmp_path, typed, user="BUDGET_MODEL=opus=9 sonnet=5\n")["BUDGET_MODEL"]
    assert found == {"opus": "9", "haiku": "2", "sonnet": "5"}


@pytest.mark.parametrize("name", ["USE_SESSIONS", "SESSION_CONTENT", "SESSION_FSYNC"])
def test_a_project_does_not_switch_off_what_is_recorded(tmp_path, name):
    project(tmp_path, f"settings: {{{name}: none}}\n")

    with pytest.raises(ConfigError, match=f"{name} is yours to set"):
        loaded(tmp_path)


@pytest.mark.parametrize(("of_project", "of_user"), [("much", "1"), ("1", "much")])
def test_a_budget_that_is_none_is_told_beside_a_right_one(tmp_path, of_project, of_user):
    project(tmp_path, f"settings: {{BUDGET_CALL: {of_project}}}\n")

    with pytest.raises(ConfigError, match="BUDGET_CALL='much'"):
        loaded(tmp_path, user=f"BUDGET_CALL={of_user}\n")["BUDGET_CALL"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("settings: {AI_MODLE: x}", "did you mean AI_MODEL?"),
        ("settings: {AI_MODEL: [a]}", "must be one value"),
        ("settings: [a]", "must be a map"),
        ("settings: {a: b", "config.yaml:1"),
        ("settings: {SESSION_DIR: /tmp/x}", "yours to set"),
        ("settings: {OPENAI_BASE_URL: 'http://evil'}", "yours to set"),
        ("settings: {OPENAI_API_KEY: k}", "yours to set"),
        ("settings: {SESSION_FSYNC: none}", "yours to set"),
    ],
)
def test_a_wrong_project_file_is_an_error_that_names_it(tmp_path, text, said):
    with pytest.raises(ConfigError) as caught:
        loaded_from = project(tmp_path, text)
        config.files({}, loaded_from, str(tmp_path))

    assert said in f"{caught.value.message} {caught.value.hint}"
    assert "config.yaml" in caught.value.message


def test_other_keys_of_the_project_file_are_not_ours(tmp_path):
    project(tmp_path, "runners: [pytest]\n")

    assert loaded(tmp_path)["ATTEMPTS"] == 3


def test_an_unknown_name_in_the_users_file_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="unknown setting 'SESION_DIR'") as caught:
        loaded(tmp_path, user="SESION_DIR=/x\n")

    assert caught.value.hint == "did you mean SESSION_DIR?"


def users(folder: Path, home: str = "", toolkit: str = "") -> dict[str, str]:
    """An environment whose user has settings at home and beside the toolkit."""
    (folder / "home" / "ai-sessions").mkdir(parents=True)
    (folder / "home" / "ai-sessions" / ".env").write_text(home)
    (folder / ".env").write_text(toolkit)
    return {"XDG_CONFIG_HOME": str(folder / "home")}


def test_the_users_file_at_home_beats_the_one_beside_the_toolkit(tmp_path):
    environment = users(tmp_path, "AI_MODEL=home\n", "AI_MODEL=toolkit\nATTEMPTS=7\n")
    found = config.load(environment, files=config.files(environment, None, str(tmp_path)))

    assert (found["AI_MODEL"], found["ATTEMPTS"]) == ("home", 7)
    assert found.origin("AI_MODEL") == str(tmp_path / "home/ai-sessions/.env")
    assert found.origin("ATTEMPTS") == str(tmp_path / ".env")


@pytest.mark.parametrize("folder", [None, "", "relative"])
def test_without_a_usable_xdg_config_home_the_users_file_is_below_home(monkeypatch, folder):
    monkeypatch.setenv("HOME", "/home/someone")
    environment = {} if folder is None else {"XDG_CONFIG_HOME": folder}

    assert config.user_file(environment) == "/home/someone/.config/ai-sessions/.env"


def test_the_users_file_at_home_may_move_the_workspace_of_a_project(tmp_path):
    environment = users(tmp_path, "SESSION_ROOT=.work\n")
    (tmp_path / ".work").mkdir()
    (tmp_path / ".work" / "config.yaml").write_text("settings: {ATTEMPTS: 5}\n")
    layers = config.files(environment, str(tmp_path), str(tmp_path))

    assert config.load(environment, files=layers)["ATTEMPTS"] == 5


def test_a_users_file_that_is_no_text_is_an_error_that_names_it(tmp_path):
    environment = users(tmp_path)
    (tmp_path / ".env").write_bytes(b"AI_MODEL=\xff\n")

    with pytest.raises(ConfigError, match=r"cannot read .*/\.env: it is not UTF-8"):
        config.of_user(environment, str(tmp_path)).check()


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("USE_SESSIONS", "maybe", "use true or false"),
        ("AI_TIMEOUT", "soon", "use a number above 0"),
        ("ATTEMPTS", "1.5", "use a whole number above 0"),
        ("SESSION_FSYNC", "sometimes", "use one of: data, full, none"),
        ("BUDGET_DAY", "-1", "use dollars above 0"),
        ("AI_MODEL", "--yolo", "use a name that does not begin with a dash"),
        ("BUDGET_MODEL", "opus", "use names with dollars"),
    ],
)
def test_a_wrong_value_is_noticed_before_it_is_needed(name, text, allowed):
    with pytest.raises(ConfigError, match=f"{name}='{text}' \\(environment\\): {allowed}"):
        config.load({name: text}).check()


def test_a_project_cannot_give_an_agent_options_for_a_model(tmp_path):
    project(tmp_path, 'settings: {AI_MODEL: "--dangerously-skip-permissions"}\n')

    with pytest.raises(ConfigError, match="does not begin with a dash"):
        loaded(tmp_path).check()


def test_an_empty_variable_counts_as_not_set():
    assert config.load({"ATTEMPTS": ""})["ATTEMPTS"] == 3


@pytest.mark.parametrize("used", [True, False])
def test_xdg_state_home_counts_only_without_the_usual_folder(tmp_path, monkeypatch, used):
    monkeypatch.setenv("HOME", str(tmp_path))
    if used:
        (tmp_path / ".ai-sessions").mkdir()
    found = config.load({"XDG_STATE_HOME": "/state"})["SESSION_DIR"]

    assert found == (tmp_path / ".ai-sessions" if used else Path("/state/ai-sessions"))


def test_an_empty_home_is_not_the_root_folder(monkeypatch):
    monkeypatch.delenv("HOME", raising=False)
    home = Path("~").expanduser()
    monkeypatch.setenv("HOME", "")

    assert config.load({})["SESSION_DIR"] == home / ".ai-sessions"


def test_the_quick_answer_for_session_dir_is_the_same_as_the_full_one(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    at_home = users(tmp_path, "SESSION_DIR=~/at-home\n", "SESSION_DIR=~/mine\n")
    for environment in ({}, {"SESSION_DIR": "/a/../b"}, {"XDG_STATE_HOME": "/state"}, at_home):
        layers = config.files(environment, None, str(tmp_path))
        full = config.load(environment, files=layers)["SESSION_DIR"]

        assert config.session_dir(environment, str(tmp_path)) == str(full)


def test_the_repository_is_found_from_below_and_as_a_worktree(tmp_path):
    (tmp_path / "shop" / "src").mkdir(parents=True)
    assert config.repository(str(tmp_path / "shop" / "src")) is None
    (tmp_path / "shop" / ".git").write_text("gitdir: elsewhere\n")

    assert config.repository(str(tmp_path / "shop" / "src")) == str((tmp_path / "shop").resolve())
