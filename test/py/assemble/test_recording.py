"""Who is recorded, by the settings, and what becomes of files when sessions go."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ai_sessions import config
from ai_sessions.assemble import recording, stores
from ai_sessions.assemble.kit import kit
from ai_sessions.records import Interaction, Message, Said
from ai_sessions.sessions.recording.background import background
from ai_sessions.sessions.recording.kept import Keep
from ai_sessions.sessions.recording.registry import Registry
from ai_sessions.store.memory import MemoryStore


@pytest.fixture
def settings_of(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def made(**more):
        given = {"SESSION_DIR": str(tmp_path / "s"), "SESSION_FSYNC": "none", **more}
        return config.load(given)

    return made


def recorder(settings, store=None, **more):
    return recording.recorder(settings, store or stores.files(settings), print, **more)


@pytest.mark.parametrize(
    ("record", "wanted", "always", "is_recorded"),
    [
        ("auto", None, False, False),
        ("auto", None, True, True),
        ("true", None, False, True),
        ("true", None, True, True),
        ("false", None, True, False),
        ("false", True, True, True),
        ("true", False, True, False),
    ],
)
def test_who_is_recorded(settings_of, record, wanted, always, is_recorded):
    found = recorder(settings_of(RECORD=record), wanted=wanted, always=always)
    assert (found is not None) == is_recorded


def test_what_keeps_nothing_is_not_recorded(settings_of):
    assert recorder(settings_of(RECORD="true"), MemoryStore(), wanted=True) is None


def test_a_folder_begins_where_the_program_is_and_stays_there(settings_of, tmp_path, monkeypatch):
    settings = settings_of(RECORD="true")
    store = stores.files(settings)
    found = recorder(settings, store)
    (tmp_path / "x").mkdir()
    monkeypatch.chdir(tmp_path / "x")
    store.append("chat", [Said(Message("user", "hello"))])
    found.note("chat")

    assert found.flush()
    assert len(list((tmp_path / "data/sessions").glob("session_*"))) == 2


@pytest.mark.parametrize(("record", "count"), [("auto", 0), ("true", 2), ("false", 0)])
def test_a_command_has_its_session_written_down(settings_of, tmp_path, record, count):
    settings = settings_of(RECORD=record)
    store = stores.files(settings)
    store.append("chat", [Said(Message("user", "hello"))])
    kit(settings, store, print).on_recorded("chat")
    kit(settings, store, print, is_recorded=False).on_recorded("chat")

    assert background.finish(10)
    assert len(list((tmp_path / "data/sessions").glob("session_*"))) == count


def test_what_goes_wrong_with_it_is_a_warning(settings_of, tmp_path):
    said, settings = [], settings_of(RECORD="true", RECORD_DIR=str(tmp_path / "x"))
    (tmp_path / "x").write_text("in the way")
    store = stores.files(settings)
    store.append("chat", [Said(Message("user", "hello"))])
    kit(settings, store, print, said.append).on_recorded("chat")

    assert background.finish(10)
    assert said[0].startswith("warning: sessions are saved, but not their files in RECORD_DIR")


@pytest.mark.parametrize(
    "said",
    [Said(Message("user", "hello")), Interaction("i", "", "echo", "m", (Message("user", "x"),))],
)
def test_the_files_of_a_session_go_when_it_goes_to_the_trash(settings_of, tmp_path, said):
    settings = settings_of(RECORD="true")
    store = stores.files(settings)
    store.append("chat", [said])
    found = recorder(settings, store)
    found.note("chat")
    found.flush()
    assert recording.is_used(settings)

    assert store.discard("chat")
    assert list((tmp_path / "data/sessions").glob("session_*")) == []


def test_a_session_whose_files_are_being_written_stays(settings_of, monkeypatch):
    settings = settings_of(RECORD="true")
    store = stores.files(settings)
    session = store.append("chat", [Said(Message("user", "hello"))])
    found = recorder(settings, store)
    found.note("chat")
    found.flush()

    registry = Registry(settings["SESSION_DIR"], lock_wait_s=0)
    monkeypatch.setattr(recording, "_registry", lambda _settings: registry)
    with registry.lock(session.uid):
        assert not store.discard("chat")
    assert store.discard("chat")


def test_a_link_in_the_working_folder_leads_no_file_elsewhere(settings_of, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "elsewhere")
    settings, said = settings_of(RECORD="true"), []
    store = stores.files(settings)
    store.append("chat", [Said(Message("user", "hello"))])
    kit(settings, store, print, said.append).on_recorded("chat")

    assert background.finish(10)
    assert "data: not a folder (links are not followed here" in said[0]
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_nothing_is_made_where_nothing_was_recorded(settings_of, tmp_path):
    settings = settings_of()
    store = stores.files(settings)
    store.append("chat", [Said(Message("user", "hello"))])
    store.discard("chat")

    assert not recording.is_used(settings)
    assert not (tmp_path / "s/.recorded").exists()


def test_old_files_go_while_a_program_works(settings_of, tmp_path):
    settings = settings_of(RECORD="true", RECORD_KEEP_DAYS="30")
    old = datetime.now(UTC) - timedelta(days=50)
    for name, clock in {"old": lambda: old, "new": None}.items():
        store = stores.files(settings, now=clock)
        store.append(name, [Said(Message("user", "hello"))])
        recording._looked.clear()
        found = recorder(settings, store)
        found.note(name)
        found.flush()

    [page, _plain] = sorted((tmp_path / "data/sessions").glob("session_*.*"))
    assert "**Name:** new" in Path(page.with_suffix(".md")).read_text()


def test_what_stays_is_by_the_settings(settings_of):
    assert recording.keep(settings_of()) == Keep()
    settings = settings_of(RECORD_KEEP_DAYS="30", RECORD_KEEP_COUNT="7")
    assert recording.keep(settings) == Keep(30, 7)
