"""Prices for the settings: the user's own rates, or clear words about what is wrong with them."""

import re
from datetime import UTC, datetime

import pytest

from ai_sessions import config
from ai_sessions.assemble.prices import prices
from ai_sessions.errors import ConfigError
from ai_sessions.records import Usage


def test_prices_may_be_in_a_file(tmp_path):
    path = tmp_path / "my prices.yaml"
    path.write_text("my-model:\n  input: 1.5\n  output: 6\n")
    price = prices(config.load({"PRICES": str(path)}))

    assert price(Usage(1000, 100), "my-model", datetime.now(UTC)).nusd == 2_100_000


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("{my-model", "not YAML"),
        ("{my-model: 3}", "a map of names to maps"),
        ("{my-model: {inptu: 3}}", "no rate 'inptu'"),
        ("/nowhere/prices.yaml", "cannot read /nowhere/prices.yaml: No such file"),
        ("my-model: {input: 3}", "cannot read"),
    ],
)
def test_prices_that_cannot_be_read_are_an_error_that_says_why(value, told):
    with pytest.raises(ConfigError, match=re.escape(told)):
        prices(config.load({"PRICES": value}))


@pytest.mark.parametrize("content", [b"- 1\n", b"\xff\xfe"])
def test_a_file_of_prices_that_is_none_is_an_error(tmp_path, content):
    (tmp_path / "p").write_bytes(content)

    with pytest.raises(ConfigError, match="PRICES="):
        prices(config.load({"PRICES": str(tmp_path / "p")}))
