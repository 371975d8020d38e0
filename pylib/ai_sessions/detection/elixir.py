"""The tests of an Elixir project."""

from ai_sessions.detection.folder import Folder
from ai_sessions.detection.found import TESTS, Found


def elixir(folder: Folder) -> Found | None:
    """None without a mix.exs."""
    if not folder.has("mix.exs"):
        return None
    files = sum(1 for _ in folder.ending("_test.exs"))
    return Found("mix", "mix.exs", ("mix", "test", TESTS), ("mix", "test"), files=files)
