"""Where files were written is found again, also by a process that was not there."""

import pytest

from ai_sessions.errors import LockBusy
from ai_sessions.sessions.recording.registry import FOLDER, Registry


@pytest.fixture
def registry(tmp_path):
    return Registry(tmp_path)


def test_nothing_was_recorded_before_the_first_folder(registry, tmp_path):
    assert not registry.is_used()
    assert registry.folders() == []
    assert registry.redactions() == 0
    registry.count_redaction()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_listed_once_whoever_adds_it(registry, tmp_path):
    for one in (registry, registry, Registry(tmp_path)):
        one.add("/a\nb/ü")
    registry.add("/c")

    assert Registry(tmp_path).folders() == ["/a\nb/ü", "/c"]


def test_a_line_that_was_cut_hides_no_other(registry, tmp_path):
    registry.add("/a")
    with open(tmp_path / FOLDER / "folders", "a") as file:
        file.write('"/b')
    Registry(tmp_path).add("/c")

    assert registry.folders() == ["/a", "/c"]


@pytest.mark.parametrize("line", ["7", "null", '"relative"', "[" * 100_000])
def test_what_is_no_path_is_left_out(registry, tmp_path, line):
    registry.add("/a")
    (tmp_path / FOLDER / "folders").write_text(f'{line}\n"/b"\n')

    assert registry.folders() == ["/b"]


def test_each_redaction_is_another_number(registry):
    registry.add("/a")
    counted = [registry.redactions()]
    for _ in range(3):
        registry.count_redaction()
        counted.append(registry.redactions())

    assert len(set(counted)) == 4


def test_files_of_a_session_are_written_by_one_at_a_time(registry, tmp_path):
    with (
        registry.lock("a"),
        pytest.raises(LockBusy, match="what is recorded of a"),
        Registry(tmp_path).lock("a", 0),
    ):
        raise AssertionError
    with registry.lock("a", 0):
        pass
