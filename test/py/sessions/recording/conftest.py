"""A store, a folder for its files, and what writes them at once."""

import os
from pathlib import Path

import pytest

from ai_sessions.records import Cost, Interaction, Message, Usage
from ai_sessions.sessions.recording.folder import Folder
from ai_sessions.sessions.recording.recorder import Recorder, write
from ai_sessions.sessions.recording.registry import Registry
from ai_sessions.store.files import FileStore

NAME = "chat"


def call(number, text="answer", **more):
    """A call of a model with its question."""
    said = (Message("user", f"question {number}"), Message("assistant", f"{text} {number}"))
    facts = {"usage": Usage(3, 4), "cost": Cost(1000, "client"), **more}
    return Interaction(f"call-{number}", "", "openai", "gpt-5", said, **facts)


class Place:
    """Sessions, and the files that are made of them."""

    def __init__(self, root: Path) -> None:
        self.root, self.said = root, []
        self.store = FileStore(root / "sessions", fsync="none")
        self.registry = Registry(root / "sessions")
        self.folder = Folder("data/records", str(root))
        self.recorder = Recorder(self.store, self.folder, self.registry, self.said.append)

    def add(self, *entries, name=NAME, **more):
        return self.store.append(name, list(entries), **more)

    def write(self, name=NAME):
        write(self.store, name, self.folder, self.registry, self.said.append, sync=False)
        return self.paths(name)

    def paths(self, name=NAME):
        return tuple(map(Path, self.recorder.paths(self.store.read(name))))

    def names(self):
        there = Path(self.folder.path)
        return (
            sorted(one for one in os.listdir(there) if one != ".gitignore")
            if there.exists()
            else []
        )


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)
