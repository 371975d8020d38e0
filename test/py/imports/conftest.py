"""Logs of agents in a home folder of their own, made from recorded ones."""

from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture
def recorded():
    """The text of a recorded log."""
    return lambda name: (FIXTURES / name).read_text(encoding="utf-8")


@pytest.fixture
def log(tmp_path):
    """Write lines into a file and get its path."""

    def written(*lines, name="log.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return written
