"""Raw output on disk: whole when it fits, its two ends when an agent runs away."""

import os

import pytest

from ai_sessions.providers import logs


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """What the log holds after these pieces."""
    monkeypatch.setattr(logs, "_MOST_HEAD", 10)
    monkeypatch.setattr(logs, "_MOST_TAIL", 4)

    def written(*pieces):
        with logs.raw(tmp_path, "agent", "out") as raw:
            for piece in pieces:
                raw.keep("out", piece)
        return next(tmp_path.glob("*.out")).read_bytes()

    return written


def test_what_fits_is_kept_whole(kept):
    assert kept(b"01234", b"56789", b"abcd") == b"0123456789abcd"


def test_of_a_flood_the_beginning_and_the_end_are_kept(kept):
    assert kept(b"0123456", b"789abcd" + b"x" * 100, b"done") == (
        b"0123456789abcd\n[... 100 bytes left out ...]\ndone"
    )


def test_where_no_words_may_be_kept_there_is_a_sign_that_some_came(tmp_path):
    with logs.raw(tmp_path, "agent", "out", keeps_words=False) as raw:
        path = next(tmp_path.glob("*.out"))
        os.utime(path, (1, 1))
        raw.keep("out", b"a word")

        assert path.read_bytes() == b""
        assert path.stat().st_mtime > 1


def test_an_answer_so_far_is_on_disk_while_it_comes(tmp_path):
    with logs.raw(tmp_path, "agent", "out") as raw:
        raw.keep("out", b"so far")

        assert next(tmp_path.glob("*.out")).read_bytes() == b"so far"
