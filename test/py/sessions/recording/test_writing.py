"""Files of a session: the same whether they were written at once or went on again and again."""

import errno
import json
import os
import stat
from datetime import UTC, datetime

import pytest

from ai_sessions.conversations import forking
from ai_sessions.disk import ranges
from ai_sessions.records import About, Change, Message, Note, Said
from ai_sessions.sessions.recording import writing

from .conftest import NAME, call


def anew(paths):
    """Have files written whole the next time; what they have now."""
    before = [path.read_text() for path in paths]
    for path in paths:
        path.unlink()
    return before


def rendered(monkeypatch):
    """The entries that are rendered from now on."""
    seen = []
    for form in writing.FORMS:
        piece = form.piece
        monkeypatch.setattr(
            form,
            "piece",
            lambda entry, number, to=piece: seen.append(entry.seq) or to(entry, number),
        )
    return seen


def test_a_session_is_a_page_and_an_object(place):
    place.add(call(1), about=About(title="My chat"))
    page, plain = place.write()

    assert page.read_text().startswith("# Session: My chat\n")
    assert "> answer 1\n" in page.read_text()
    found = json.loads(plain.read_text())
    assert [one["content"] for one in found["messages"]] == ["question 1", "answer 1"]
    assert found["messages"][-1]["call"]["status"] == "ok"


def test_they_are_private_whatever_the_umask(place):
    before = os.umask(0)
    try:
        place.add(call(1))
        paths = place.write()
    finally:
        os.umask(before)

    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}


def test_going_on_gives_the_same_files_as_writing_them_whole(place):
    for number in range(4):
        place.add(
            call(number), Said(Message("user", f"and {number}")), Change("tags", [str(number)])
        )
        paths = place.write()

    went_on = anew(paths)
    place.write()
    assert [path.read_text() for path in paths] == went_on


def test_only_what_is_new_is_rendered(place, monkeypatch):
    place.add(*map(call, range(5)))
    place.write()
    seen = rendered(monkeypatch)

    place.add(call(5))
    place.write()
    assert seen == [6, 6]


def test_nothing_is_written_when_nothing_is_new(place):
    place.add(call(1))
    before = [path.stat().st_ino for path in place.write()]

    assert [path.stat().st_ino for path in place.write()] == before


def test_a_changed_fact_changes_the_head_alone(place, monkeypatch):
    place.add(call(1))
    place.write()
    seen = rendered(monkeypatch)
    place.store.rename(NAME, "renamed")

    page, plain = place.write("renamed")
    assert "**Name:** renamed" in page.read_text()
    assert json.loads(plain.read_text())["metadata"]["name"] == "renamed"
    assert seen == []
    assert len(place.names()) == 2


def test_the_metadata_of_a_program_stays_in_the_head(place):
    place.add(Note("metadata", {"customer": 7}), call(1))
    place.write()
    place.add(call(2))

    page, plain = place.write()
    assert json.loads(plain.read_text())["metadata"]["metadata"] == {"customer": 7}
    assert "customer" in page.read_text()


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_text(path.read_text().replace("answer", "Answer")),
        lambda path: path.write_text(path.read_text()[:-40]),
        lambda path: path.write_text(""),
        lambda path: path.unlink(),
    ],
    ids=["edited", "cut", "emptied", "removed"],
)
@pytest.mark.parametrize("which", [0, 1])
def test_a_file_that_somebody_changed_is_written_whole(place, which, change):
    place.add(call(1))
    paths = place.write()
    change(paths[which])
    place.add(call(2))
    place.write()

    assert [path.read_text() for path in paths] == (anew(paths), place.write())[0]
    assert [path.read_text().count("answer 1") for path in paths] == [1, 1]


def test_after_a_redaction_nothing_goes_on(place):
    place.add(call(1, "secret"), call(2))
    place.write()
    place.registry.count_redaction()
    place.store.redact(NAME, 1)

    place.add(call(3))
    assert not any("secret" in path.read_text() for path in place.write())


def test_another_log_under_the_same_id_is_written_whole(place):
    place.add(call(1), about=About(uid="same"))
    paths = place.write()
    place.store.discard(NAME)
    place.add(call("other"), call(3), about=About(uid="same"))
    for old, new in zip(paths, place.paths(), strict=True):
        old.rename(new)

    assert not any("answer 1" in path.read_text() for path in place.write())


def test_another_version_writes_it_whole(place, monkeypatch):
    place.add(call(1))
    place.write()
    seen = rendered(monkeypatch)
    monkeypatch.setattr(writing, "__version__", "9.9")

    place.add(call(2))
    place.write()
    assert seen == [1, 1, 2, 2]


def test_a_fork_has_what_it_shares_once(place):
    place.add(call(1), call(2))
    forking.fork(place.store, NAME, "twin", datetime.now(UTC), "1.1")
    place.write("twin")
    place.add(call(3), name="twin")

    page, plain = place.write("twin")
    said = [one["content"] for one in json.loads(plain.read_text())["messages"]]
    assert said == ["question 1", "answer 1", "question 3", "answer 3"]
    assert page.read_text().count("> question 1") == 1


def test_a_file_of_somebody_else_is_kept_under_another_name(place):
    place.add(call(1))
    page, _plain = place.paths()
    page.parent.mkdir(parents=True)
    page.write_text("# Session: of NovaSystem\n")

    place.write()
    [kept] = page.parent.glob("*.kept")
    assert kept.read_text() == "# Session: of NovaSystem\n"
    assert place.said == [f"{page.name} was not written by ai-sessions: it is {kept.name} now"]
    assert "answer 1" in page.read_text()


def test_a_full_disk_leaves_the_files_as_they_were(place, monkeypatch):
    place.add(call(1))
    paths = place.write()
    before = [path.read_text() for path in paths]

    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ranges, "append", full)
    place.add(call(2))
    with pytest.raises(OSError, match="No space left"):
        place.write()
    assert [path.read_text() for path in paths] == before
    assert len(place.names()) == 2


@pytest.mark.parametrize("which", [0, 1])
def test_a_link_in_place_of_a_file_is_not_followed(place, which):
    place.add(call(1))
    target = place.root / "precious"
    target.write_text("mine")
    paths = place.write()
    paths[which].unlink()
    paths[which].symlink_to(target)

    with pytest.raises(OSError, match="symbolic links"):
        place.write()
    assert target.read_text() == "mine"


def test_no_character_steers_a_terminal(place):
    place.add(call(1, "\x1b[2J\x9b31m\u202e\x07\r"))

    for path in place.write():
        assert not set(path.read_text()) & set("\x1b\x9b\u202e\x07\r")
    assert "\x1b[2J" in json.loads(path.read_text())["messages"][1]["content"]
