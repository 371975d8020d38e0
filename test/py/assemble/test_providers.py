"""The table of providers: each can be made, an unknown one is refused with what there is."""

import pytest

from ai_sessions import config
from ai_sessions.assemble import providers
from ai_sessions.errors import ConfigError


@pytest.mark.parametrize("command", config.ASKING)
def test_an_unknown_provider_in_a_setting_is_refused_with_the_settings_name(command):
    name = f"AI_PROVIDER_{command.upper()}"
    with pytest.raises(ConfigError, match=f"{name}='cluade' \\(environment\\)") as caught:
        providers.check_providers(config.load({name: "cluade"}), {})

    assert "did you mean claude?" in caught.value.hint


@pytest.mark.parametrize(("name", "near"), [("cluade", "claude"), ("xyz", "")])
def test_an_unknown_provider_is_an_error_with_the_list(settings, name, near):
    with pytest.raises(ConfigError) as caught:
        providers.provider(settings, {}, name)

    assert f"there are: {', '.join(providers.PROVIDERS)}" in caught.value.hint
    assert (f"did you mean {near}?" in caught.value.hint) == bool(near)


@pytest.mark.parametrize("name", list(providers.PROVIDERS))
def test_every_provider_can_be_made_and_knows_its_name(name):
    settings = config.load({"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "AI_MODEL": "m"})

    assert providers.provider(settings, {"PATH": ""}, name).name == name
