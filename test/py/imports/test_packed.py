"""Logs that were packed, and what cannot be unpacked."""

import sys

import pytest

from ai_sessions.imports import packed


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"])
def test_a_log_has_the_name_that_it_had_before_it_was_packed(name):
    assert packed.bare(name) == "a.jsonl"


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python itself unpacks it")
def test_without_a_program_that_unpacks_it_a_log_says_so(tmp_path, monkeypatch):
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(b"")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(packed.NoUnpackerError, match="zstd is not installed"), packed.opened(path):
        pass


def test_what_is_not_packed_is_read_as_it_is(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"{}")

    with packed.opened(path) as file:
        assert file.read() == b"{}"
