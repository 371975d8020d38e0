"""Who waits for a session's lock is known, and a place where that cannot be told stops nobody."""

import pytest

from ai_sessions.store.files import waiting


@pytest.fixture
def folder(tmp_path):
    return tmp_path


def test_without_a_file_nobody_waits(folder):
    assert not waiting.is_anyone(folder)
    assert list(folder.iterdir()) == []


def test_somebody_waits_for_the_length_of_the_with_body(folder):
    with waiting.announced(folder):
        assert waiting.is_anyone(folder)
        with waiting.announced(folder):
            pass
        assert waiting.is_anyone(folder)

    assert not waiting.is_anyone(folder)


@pytest.mark.parametrize("in_the_way", ["folder", "link"])
def test_where_it_cannot_be_told_the_work_goes_on(folder, tmp_path, in_the_way):
    place = folder / waiting.NAME
    if in_the_way == "folder":
        place.mkdir()
    else:
        (tmp_path / "mine").write_text("mine")
        place.symlink_to(tmp_path / "mine")
    ran = []
    with waiting.announced(folder):
        ran.append(waiting.is_anyone(folder))

    assert ran == [False]
    assert in_the_way == "folder" or (tmp_path / "mine").read_text() == "mine"


def test_a_session_that_is_gone_stops_nobody_either(folder):
    with waiting.announced(folder / "gone"):
        assert not waiting.is_anyone(folder / "gone")
