"""Settings: the strongest place wins, in one order for all of them."""

import itertools
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ai_sessions import config
from ai_sessions.errors import ConfigError


class Places:
    """All places that settings can come from, each of which `says` something in its own form."""

    def __init__(self, top: Path) -> None:
        self.flags: dict[str, str] = {}
        self.project, self.toolkit = top / "project", top / "toolkit"
        self.user = top / "home/ai-sessions"
        for folder in (self.project / ".ai-session", self.project / "config", self.toolkit):
            folder.mkdir(parents=True)
        self.user.mkdir(parents=True)
        self.environment = {"XDG_CONFIG_HOME": str(top / "home")}
        self.said: Mapping[str, Callable[[str, str], object]] = {
            "flag": self.flags.__setitem__,
            "environment": self.environment.__setitem__,
            "NOVASYSTEM_DEFAULT_MODEL": lambda _name, text: self.environment.__setitem__(
                "NOVASYSTEM_DEFAULT_MODEL", text
            ),
            "config.yaml": lambda name, text: self.yaml(f"settings:\n  {name}: {text}\n"),
            "ai-sessions.json": lambda name, text: self.json(**{name: text}),
            "config.json": lambda name, text: (self.user / "config.json").write_text(
                json.dumps({name: text})
            ),
            "home/.env": lambda name, text: (self.user / ".env").write_text(f"{name}={text}\n"),
            "toolkit/.env": lambda name, text: (self.toolkit / ".env").write_text(f"{name}={text}"),
        }

    def yaml(self, text: str) -> None:
        (self.project / ".ai-session/config.yaml").write_text(text)

    def json(self, **settings: object) -> None:
        (self.project / "config/ai-sessions.json").write_text(json.dumps(settings))

    @property
    def settings(self) -> config.Settings:
        found = config.files(self.environment, str(self.project), str(self.toolkit))
        return config.load(self.environment, self.flags, found)

    @property
    def of_user(self) -> config.Settings:
        return config.of_user(self.environment, str(self.toolkit))


ORDER = (
    *("flag", "environment", "NOVASYSTEM_DEFAULT_MODEL", "config.yaml", "ai-sessions.json"),
    *("config.json", "home/.env", "toolkit/.env"),
)


@pytest.fixture
def places(tmp_path):
    return Places(tmp_path)


@pytest.mark.parametrize(("stronger", "weaker"), list(itertools.combinations(ORDER, 2)))
def test_the_stronger_of_two_places_counts(places, stronger, weaker):
    places.said[weaker]("AI_MODEL", "of-the-weaker")
    places.said[stronger]("AI_MODEL", "of-the-stronger")

    assert places.settings["AI_MODEL"] == "of-the-stronger"


@pytest.mark.parametrize("place", ORDER)
def test_each_place_beats_the_default_and_is_told(places, place):
    places.said[place]("AI_MODEL", "of-here")
    found = places.settings

    assert found["AI_MODEL"] == "of-here"
    assert found.origin("AI_MODEL").endswith(place.removeprefix("home/").removeprefix("toolkit/"))


@pytest.mark.parametrize("place", ORDER[3:])
def test_a_wrong_value_in_a_file_is_told_with_file_and_line(places, place):
    places.said[place]("ATTEMPTS", "many")
    line = 2 if place == "config.yaml" else 1

    with pytest.raises(ConfigError, match=rf"ATTEMPTS='many' \(/.*:{line}\): use a whole number"):
        places.settings.check()


@pytest.mark.parametrize("place", ORDER[3:])
def test_an_unknown_name_in_a_file_is_told_with_file_and_line(places, place):
    places.said[place]("ATEMPTS", "3")
    line = 2 if place == "config.yaml" else 1

    with pytest.raises(ConfigError, match=rf":{line}: unknown setting 'ATEMPTS'") as caught:
        places.settings.check()
    assert caught.value.hint == "did you mean ATTEMPTS?"


@pytest.mark.parametrize("place", ["config.yaml", "ai-sessions.json"])
@pytest.mark.parametrize("name", [setting.name for setting in config.SETTINGS if setting.personal])
def test_a_project_does_not_say_what_is_the_users(places, place, name):
    places.said[place](name, "x")

    with pytest.raises(ConfigError, match=f"{name} is yours to set, not the project's"):
        places.settings.check()


@pytest.mark.parametrize(
    ("of_project", "of_user", "typed", "counts"),
    [("1000", "1", "", "1"), ("1", "1000", "", "1"), ("1", "2", "1000", "1")],
)
@pytest.mark.parametrize("place", ["config.yaml", "ai-sessions.json"])
def test_a_project_may_lower_a_budget_but_never_raise_it(
    places, place, of_project, of_user, typed, counts
):
    places.said[place]("BUDGET_SESSION", of_project)
    places.said["config.json"]("BUDGET_SESSION", of_user)
    places.said["environment"]("BUDGET_SESSION", typed)

    assert places.settings["BUDGET_SESSION"] == counts


def test_other_keys_of_the_project_file_are_not_ours(places):
    places.yaml("runners: [pytest]\n")

    assert places.settings["ATTEMPTS"] == 3


def test_a_project_cannot_give_an_agent_options_for_a_model(places):
    places.yaml('settings: {AI_MODEL: "--dangerously-skip-permissions"}\n')

    with pytest.raises(ConfigError, match="does not begin with a dash"):
        places.settings.check()


def test_outside_of_a_repository_the_json_of_the_working_folder_counts(places):
    places.json(ATTEMPTS=4)
    there = config.files(places.environment, None, str(places.toolkit), str(places.project))
    nowhere = config.files(places.environment, None, str(places.toolkit))

    assert config.load({}, files=there)["ATTEMPTS"] == 4
    assert config.load({}, files=nowhere)["ATTEMPTS"] == 3


def test_the_users_files_may_move_the_workspace_of_a_project(places):
    places.said["config.json"]("SESSION_ROOT", ".work")
    (places.project / ".work").mkdir()
    (places.project / ".work/config.yaml").write_text("settings: {ATTEMPTS: 5}\n")

    assert places.settings["ATTEMPTS"] == 5
    assert config.session_root(places.environment, str(places.toolkit)) == ".work"


def test_a_variable_names_another_file_in_place_of_the_users(places, tmp_path):
    places.said["config.json"]("ATTEMPTS", "5")
    (tmp_path / "other.json").write_text('{"ATTEMPTS": 6}')
    places.environment["AI_SESSIONS_CONFIG"] = str(tmp_path / "other.json")

    assert places.of_user["ATTEMPTS"] == 6


def test_a_variable_that_names_a_file_which_is_not_there_is_an_error(places):
    places.environment["AI_SESSIONS_CONFIG"] = "/nowhere/at-all.json"

    with pytest.raises(ConfigError, match="which AI_SESSIONS_CONFIG names, does not exist"):
        places.of_user.check()


def test_a_program_has_the_settings_of_the_project_it_works_in(places, monkeypatch):
    places.yaml("settings: {ATTEMPTS: 5}\n")
    (places.project / ".git").mkdir()
    (places.project / "src").mkdir()
    monkeypatch.chdir(places.project / "src")

    assert config.of_program(places.environment, str(places.toolkit))["ATTEMPTS"] == 5


def test_a_program_whose_folder_was_removed_has_those_of_the_user(places, monkeypatch):
    places.said["config.json"]("ATTEMPTS", "5")
    (places.project / "gone").mkdir()
    monkeypatch.chdir(places.project / "gone")
    (places.project / "gone").rmdir()

    assert config.of_program(places.environment, str(places.toolkit))["ATTEMPTS"] == 5


def test_where_there_is_no_file_nothing_that_reads_one_is_asked(places, monkeypatch):
    monkeypatch.setattr("ai_sessions.config.reading.env_file", None)
    monkeypatch.setattr("ai_sessions.config.reading.user_json", None)
    monkeypatch.setattr("ai_sessions.config.reading.project_yaml", None)
    monkeypatch.setattr("ai_sessions.config.reading.project_json", None)

    assert places.settings["ATTEMPTS"] == 3


@pytest.mark.parametrize("used", [True, False])
def test_xdg_state_home_counts_only_without_the_usual_folder(tmp_path, monkeypatch, used):
    monkeypatch.setenv("HOME", str(tmp_path))
    if used:
        (tmp_path / ".ai-sessions").mkdir()
    found = config.load({"XDG_STATE_HOME": "/state"})["SESSION_DIR"]

    assert found == (tmp_path / ".ai-sessions" if used else Path("/state/ai-sessions"))


def test_models_are_kept_under_xdg_cache_home_where_that_is_set():
    found = config.load({"XDG_CACHE_HOME": "/cache"})

    assert found["LOCAL_MODELS_DIR"] == Path("/cache/ai-sessions/models")
    assert found.origin("LOCAL_MODELS_DIR") == "XDG_CACHE_HOME"


def test_an_empty_home_is_not_the_root_folder(monkeypatch):
    monkeypatch.delenv("HOME", raising=False)
    home = Path("~").expanduser()
    monkeypatch.setenv("HOME", "")

    assert config.load({})["SESSION_DIR"] == home / ".ai-sessions"


def test_the_quick_answer_for_session_dir_is_the_same_as_the_full_one(places, monkeypatch):
    monkeypatch.setenv("HOME", str(places.project))
    root = str(places.toolkit)
    places.said["toolkit/.env"]("SESSION_DIR", "~/mine")
    for place in (None, "home/.env", "config.json", "environment"):
        if place:
            places.said[place]("SESSION_DIR", f"/{place}/../b")
        full = config.of_user(places.environment, root)["SESSION_DIR"]

        assert config.session_dir(places.environment, root) == str(full)


def test_the_quick_answer_knows_xdg_state_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    environment = {"XDG_STATE_HOME": "/state"}

    assert config.session_dir(environment, str(tmp_path)) == "/state/ai-sessions"


@pytest.mark.parametrize("folder", [None, "", "relative"])
def test_without_a_usable_xdg_config_home_the_users_files_are_below_home(monkeypatch, folder):
    monkeypatch.setenv("HOME", "/home/someone")
    environment = {} if folder is None else {"XDG_CONFIG_HOME": folder}

    assert config.user_folder(environment) == "/home/someone/.config/ai-sessions"


def test_the_users_files_are_named_strongest_first():
    found = config.user_files({"XDG_CONFIG_HOME": "/c"}, "/toolkit")

    assert found == ("/c/ai-sessions/config.json", "/c/ai-sessions/.env", "/toolkit/.env")


def test_a_variable_names_the_users_file(monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")

    found = config.user_file({"AI_SESSIONS_CONFIG": "~/mine.json", "XDG_CONFIG_HOME": "/c"})
    assert found == "/home/someone/mine.json"
    assert config.user_file({"AI_SESSIONS_CONFIG": "", "XDG_CONFIG_HOME": "/c"}).startswith("/c/")


def test_the_repository_is_found_from_below_and_as_a_worktree(tmp_path):
    (tmp_path / "shop" / "src").mkdir(parents=True)
    assert config.repository(str(tmp_path / "shop" / "src")) is None
    (tmp_path / "shop" / ".git").write_text("gitdir: elsewhere\n")

    assert config.repository(str(tmp_path / "shop" / "src")) == str((tmp_path / "shop").resolve())
