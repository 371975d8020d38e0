"""A store with a few sessions that said things."""

import pytest

from ai_sessions.index import Index
from ai_sessions.records import About, Interaction, Message
from ai_sessions.store.files import FileStore


class Library:
    """Sessions under one root, written through the real store."""

    def __init__(self, root):
        self.root = root
        self.store = FileStore(root, fsync="none")
        self.index = Index(self.store.source(), str(root), worthwhile=0)
        self.calls = 0

    def say(self, name, text, answer="noted", feature="", at="2026-01-02T03:04:05.000Z"):
        self.calls += 1
        self.store.ensure(name, About("chat", feature, ""))
        messages = (Message("user", text), Message("assistant", answer))
        call = Interaction(f"id-{self.calls}", at, "echo", "m", messages)
        self.store.append(name, [call])


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "sessions")


@pytest.fixture
def talks(library):
    library.say("plan-auth", "Design the login", "Use short tokens and rotate them")
    library.say("plan-cards", "Design card payments", "Retries need an idempotency key")
    return library
