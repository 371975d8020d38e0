"""The exported table: small, complete, made by the exporter from the pinned library."""

import importlib.util
import re
from decimal import Decimal
from pathlib import Path

import pytest

from ai_sessions import catalog

ROOT = Path(__file__).parents[3]
FILE = ROOT / "pylib" / "ai_sessions" / "catalog" / "prices.json"


@pytest.fixture(scope="module")
def exporter():
    pytest.importorskip("genai_prices")
    path = ROOT / "pylib" / "tools" / "export_prices.py"
    spec = importlib.util.spec_from_file_location("export_prices", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_what_the_exporter_makes_of_the_installed_library(exporter):
    assert exporter.main(["--check"]) == 0


def test_a_table_of_another_release_is_out_of_date(exporter, tmp_path):
    older = tmp_path / "prices.json"
    older.write_text(FILE.read_text(encoding="utf-8").replace('"8"', '"9"', 1), encoding="utf-8")

    assert exporter.main(["--check", "--output", str(older)]) == 1


def test_exporting_again_changes_nothing(exporter, tmp_path):
    copy = tmp_path / "prices.json"
    copy.write_bytes(FILE.read_bytes())

    assert exporter.main(["--output", str(copy)]) == 0
    assert copy.read_bytes() == FILE.read_bytes()


def test_the_table_is_small_and_has_no_addresses():
    text = FILE.read_text(encoding="utf-8")

    assert len(text) < 400_000
    assert re.search(r"https?:|www\.", text) is None


def test_every_rate_is_a_number_from_0_up():
    rates = [rate for model in catalog.load().models() for rate in _numbers(model.prices)]

    assert len(rates) > 5_000
    assert all(Decimal(rate).is_finite() and Decimal(rate) >= 0 for rate in rates)


def test_tiers_rise():
    for model in catalog.load().models():
        for starts in _starts(model.prices):
            assert starts == sorted(set(starts)), model.id


def _rate_maps(prices):
    return [rates for _, rates in prices] if isinstance(prices, list) else [prices]


def _numbers(prices):
    for rates in _rate_maps(prices):
        for rate in rates.values():
            if isinstance(rate, str):
                yield rate
            else:
                yield rate[0]
                yield from (number for _, number in rate[1:])


def _starts(prices):
    for rates in _rate_maps(prices):
        for rate in rates.values():
            if not isinstance(rate, str):
                yield [start for start, _ in rate[1:]]
