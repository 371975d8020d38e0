"""The folders that variables name, in the forms that people write."""

import pytest

from ai_sessions.imports import places


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("  ", []),
        ("{0}/a", ["a"]),
        ("{0}/a/,", ["a"]),
        ("{0}/a , {0}/b", ["a", "b"]),
        ("{0}/c,d", ["c,d"]),
        ("~/a", ["a"]),
    ],
)
def test_a_variable_names_folders_with_commas_between_them(tmp_path, text, names):
    (tmp_path / "c,d").mkdir()
    environment = {"HOME": str(tmp_path), "X": text.format(tmp_path)}

    assert places.named(environment, "X") == [tmp_path / name for name in names]


def test_a_circle_of_links_ends(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/log").touch()
    (tmp_path / "a/up").symlink_to(tmp_path)
    (tmp_path / "a/lost").symlink_to(tmp_path / "nothing")

    found = list(places.below([tmp_path, tmp_path / "gone"], lambda name: name == "log"))

    assert found == [tmp_path / "a/log"]
