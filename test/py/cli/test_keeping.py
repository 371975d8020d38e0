"""Texts that commands are given, as they stand, from stdin, from a file; where they are kept."""

import io
import os

import pytest

from ai_sessions.cli import keeping
from ai_sessions.cli.app import App
from ai_sessions.cli.output import Output
from ai_sessions.errors import ConfigError, NotFound, StorageError, UsageError


@pytest.fixture
def stdin(monkeypatch):
    def give(data):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), errors="replace"))

    return give


def test_a_text_is_itself_or_what_stdin_has(stdin):
    stdin("zażółć\n".encode())

    assert keeping.text("text", "@home") == "@home"
    assert keeping.text("text", "-") == "zażółć\n"


def test_an_option_may_name_a_file(tmp_path, stdin):
    (tmp_path / "a.txt").write_text("Be brief.")

    assert keeping.text_or_file("system", f"@{tmp_path}/a.txt") == "Be brief."
    assert keeping.text_or_file("system", "Be kind.") == "Be kind."
    with pytest.raises(NotFound, match=r"no file 'nothing\.txt'"):
        keeping.text_or_file("system", "@nothing.txt")


def test_bytes_that_are_no_text_are_refused_and_not_replaced(tmp_path, stdin):
    (tmp_path / "a.txt").write_bytes(b"ab\xff")
    stdin(b"\xfe")

    with pytest.raises(UsageError, match=r"system: not UTF-8 text \(byte 3\)"):
        keeping.text_or_file("system", f"@{tmp_path}/a.txt")
    with pytest.raises(UsageError, match=r"text: not UTF-8 text \(byte 1\)"):
        keeping.text("text", "-")
    with pytest.raises(UsageError, match=r"text: not UTF-8 text \(character 1\)"):
        keeping.text("text", "\udcff")


@pytest.mark.parametrize("data", [b"", b" \n"])
def test_nothing_is_no_text(stdin, data):
    stdin(data)

    with pytest.raises(UsageError, match="text: it is empty"):
        keeping.text("text", "-")


def test_no_more_is_read_than_anybody_means(tmp_path, stdin, monkeypatch):
    monkeypatch.setattr(keeping, "_LARGEST", 4)
    (tmp_path / "a.txt").write_bytes(b"12345")
    stdin(b"12345")

    with pytest.raises(UsageError, match="text: more than 4 bytes"):
        keeping.text("text", "-")
    with pytest.raises(ConfigError):
        keeping.text_or_file("system", f"@{tmp_path}/a.txt")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises((StorageError, ConfigError)):
        keeping.content(str(tmp_path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read_is_told_as_such(tmp_path):
    (tmp_path / "a").write_text("x")
    (tmp_path / "a").chmod(0)

    with pytest.raises(StorageError):
        keeping.content(str(tmp_path / "a"))


def test_without_sessions_nothing_is_changed(root, monkeypatch):
    monkeypatch.setenv("USE_SESSIONS", "false")

    with pytest.raises(UsageError, match=r"USE_SESSIONS is off \(.+\), so no session is changed"):
        keeping.kept(App(Output()))
