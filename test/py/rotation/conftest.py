"""A maker of candidates: a test names only what it is about."""

from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.catalog.rotation import ModelEntry
from ai_sessions.rotation.records import Candidate, ModelState, WindowState

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def now():
    return NOON


@pytest.fixture
def candidate():
    def make(id_="m", state=None, windows=(), about=None, **model):
        entry = ModelEntry(id_, id_.title(), "pool", **model)
        return Candidate(entry, state or ModelState(), tuple(windows), **(about or {}))

    return make


@pytest.fixture
def day():
    """A daily limit of requests in UTC, of the account unless `of` names a model."""

    def make(used=0, limit=1000, held=0, unit="requests", of="", origin="written"):
        midnight = NOON.replace(hour=0)
        return WindowState(
            f"quota:pool#/{of}" if of else "quota:pool#",
            *(unit, "day", limit, used, held, midnight, midnight + timedelta(days=1), origin),
        )

    return make


@pytest.fixture
def minute():
    def make(used=0, limit=20, held=0, unit="requests"):
        after = timedelta(minutes=1)
        return WindowState("quota:pool#", unit, "minute", limit, used, held, NOON, NOON + after)

    return make
