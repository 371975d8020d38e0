"""A folder of the assistant, empty and private."""

import pytest

from ai_sessions.assistant.folder import Folder


@pytest.fixture
def warnings():
    return []


@pytest.fixture
def folder(tmp_path, warnings):
    return Folder(str(tmp_path / "assistant"), warnings.append)
