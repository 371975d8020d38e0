"""The table of settings agrees with itself."""

from ai_sessions import config


def test_every_default_fits_its_own_rule():
    settings = config.load({})

    for setting in config.SETTINGS:
        assert settings[setting.name] == setting.parse(setting.default)
        assert settings.origin(setting.name) == "default"
