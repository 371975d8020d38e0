"""The table of settings agrees with itself."""

import pytest

from ai_sessions import config
from ai_sessions.config.reading import project_yaml
from ai_sessions.errors import ConfigError


def test_every_default_fits_its_own_rule():
    settings = config.load({})

    for setting in config.SETTINGS:
        assert settings[setting.name] == setting.parse(setting.default)
        assert settings.origin(setting.name) == "default"


@pytest.mark.parametrize("name", ["AI_PROVIDER", "AI_MODEL"])
@pytest.mark.parametrize("command", config.ASKING)
def test_who_answers_a_command_is_not_for_a_project_to_say(tmp_path, name, command):
    file = tmp_path / "config.yaml"
    file.write_text(f"settings: {{{config.for_command(name, command)}: opus}}\n")

    with pytest.raises(ConfigError, match="is yours to set"):
        project_yaml(str(file))


@pytest.mark.parametrize("command", config.ASKING)
def test_a_commands_model_is_no_option_of_an_agent(command):
    name = config.for_command("AI_MODEL", command)

    with pytest.raises(ConfigError, match=f"{name}='--yolo'"):
        config.load({name: "--yolo"}).check()
