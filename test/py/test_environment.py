"""Which variables are secrets, which are not, and which the user lets through."""

import pytest

from ai_sessions.environment import told, withheld, without_secrets

SECRETS = (
    *("PGPASSWORD", "MYSQL_PWD", "SECRET_KEY", "SECRET", "PASSWORD", "PRIVATE_KEY"),
    *("STRIPE_KEY", "AZURE_OPENAI_KEY", "OPENAI_API_KEY_2", "API_TOKEN_V2", "GITHUB_PAT"),
    *("DB_PASS", "DATABASE_URL", "SENTRY_DSN", "AWS_ACCESS_KEY_ID", "NPM_CONFIG__AUTH"),
    *("GOOGLE_APPLICATION_CREDENTIALS", "SSH_AUTH_SOCK", "OPENAI_API_KEY", "GITHUB_TOKEN"),
    *("AWS_SECRET_ACCESS_KEY", "CLIENT_SECRET", "my_api_key", "DB_PASSWORD", "KEY", "TOKEN"),
    *("API_KEY", "DB_PASSWD", "KEY2", "TOKEN_1", "GH_PAT_OLD", "npm_config_authToken"),
    *("apiKey", "PGPASSFILE", "DOCKER_AUTH_CONFIG", "SQLALCHEMY_DATABASE_URI", "TEST_DB_URL"),
    *("DATABASE_TEST_URL", "AZURE_STORAGE_CONNECTION_STRING", "SSH_ASKPASS"),
    *("SLACK_WEBHOOK_URL", "SSH_AGENT_PID", "GPG_AGENT_INFO", "KRB5CCNAME"),
    *("SSH_KEY_PASSPHRASE", "ACTIONS_RUNTIME_TOKEN"),
)
HARMLESS = (
    *("PATH", "HOME", "PWD", "OLDPWD", "KEYBOARD_LAYOUT", "XAUTHORITY", "GIT_AUTHOR_NAME"),
    *("GIT_AUTHOR_EMAIL", "TOKENIZERS", "MAX_TOKENS", "PYTHONPATH", "AUTHOR", "COMPASS"),
    *("PATTERN", "MONKEY_PATCH", "BYPASS", "GPG_KEY", "GIT_CONFIG_KEY_0", "GIT_CONFIG_COUNT"),
    *("GIT_CONFIG_VALUE_0", "SSH_CONNECTION", "SESSION_MANAGER", "DISPLAY", "LANG", "API_URL"),
    *("REDIS_URL", "TERM", "BATS_LIB_PATH", "DBUS_SESSION_BUS_ADDRESS", "DB_HOST"),
    *("DATABASE_NAME",),
)


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_is_withheld(name):
    assert without_secrets({name: "x", "PATH": "/bin"}) == {"PATH": "/bin"}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_no_secret_stays(name):
    assert without_secrets({name: "x"}) == {name: "x"}


@pytest.mark.parametrize(
    "value",
    [
        "redis://:pw@cache:6379/0",
        "amqp://me:pw@queue",
        "http://user:pass@proxy:3128",
        "hosts are POSTGRES+ASYNC://a:b@c/d and more",
    ],
)
def test_a_password_in_a_url_is_withheld_whatever_the_name(value):
    assert without_secrets({"WHERE": value}) == {}


@pytest.mark.parametrize(
    "value", ["http://proxy:3128", "https://git@github.com/x", "https://a/b:c@d", "a:b@c"]
)
def test_a_url_without_a_password_stays(value):
    assert without_secrets({"WHERE": value}) == {"WHERE": value}


@pytest.mark.parametrize("keep", ["NPM_TOKEN DB_PASS", "NPM_TOKEN,DB_PASS", " DB_PASS,NPM_TOKEN "])
def test_the_user_names_exceptions(keep):
    given = {"NPM_TOKEN": "n", "DB_PASS": "d", "DB_PASSWORD": "p", "ENV_KEEP": keep}

    assert without_secrets(given) == {"NPM_TOKEN": "n", "DB_PASS": "d", "ENV_KEEP": keep}
    assert withheld(given) == ("DB_PASSWORD",)


def test_an_exception_is_one_name_not_all_that_hold_it():
    assert withheld({"TOKEN": "t", "MY_TOKEN": "m", "ENV_KEEP": "TOKEN"}) == ("MY_TOKEN",)


def test_only_the_names_are_told_and_not_too_many():
    names = withheld({f"KEY_{letter}": "hidden" for letter in "GFEDCBA"})

    assert told(names) == (
        "not given to tests, as secrets: KEY_A, KEY_B, KEY_C, KEY_D, KEY_E and 2 more "
        "(the setting ENV_KEEP names exceptions)"
    )
    assert told(()) == ""
