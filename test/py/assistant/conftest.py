"""What assistants are made of in tests: a real ledger in a folder of their own, and a clock."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ai_sessions.assistant.folder import Folder
from ai_sessions.assistant.models import Models
from ai_sessions.assistant.recording import Usage
from ai_sessions.assistant.service import Assistant, Parts
from ai_sessions.catalog import rotation
from ai_sessions.ledger import known_quotas
from ai_sessions.ledger.opening import ledger_at
from ai_sessions.ledger.quotas import Quotas
from ai_sessions.rotation import registry


class Clock:
    """The time that a test says it is."""

    def __init__(self):
        self.now = datetime(2025, 1, 15, 14, 22, 15, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def warnings():
    return []


@pytest.fixture
def folder(tmp_path, warnings):
    return Folder(str(tmp_path / "assistant"), warnings.append)


@pytest.fixture(scope="session")
def models():
    """The models that are built in."""
    return Models(rotation.load(None))


@pytest.fixture
def quotas(tmp_path, clock):
    return Quotas(ledger_at(Path(tmp_path / "sessions"), is_safe=False), clock)


@pytest.fixture
def usage(folder, quotas, models, warnings):
    return Usage(folder, quotas, models, models.offered(), warnings.append)


@pytest.fixture
def assistant(tmp_path, folder, quotas, models, warnings, clock):
    """One without accounts, that chooses by the formula of the first program."""
    return Assistant(
        Parts(
            folder=folder,
            models=lambda: models,
            places=tuple,
            quotas=lambda: quotas,
            limits=lambda now: known_quotas.windows(
                str(tmp_path / "sessions"), rotation.load(None), now
            ),
            strategy=lambda: registry.named("seed"),
            clock=clock,
            tell=warnings.append,
        )
    )
