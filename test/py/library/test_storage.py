"""Which sessions a Python program uses."""

import os
import sys
from datetime import UTC, datetime

import pytest

from ai_sessions import __version__
from ai_sessions.errors import ConfigError, StorageError, UsageError
from ai_sessions.library import storage
from ai_sessions.library.errors import SessionManagerError
from ai_sessions.records import Usage
from ai_sessions.store.memory import MemoryStore


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    """The folder of the sessions; what a test asks for is forgotten after it."""
    for name in ("SESSION_PROVIDER", "USE_SESSIONS", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SESSION_DIR", str(tmp_path / "sessions"))
    monkeypatch.setattr(storage._known, "places", {})
    monkeypatch.setattr(storage._known, "sandbox_id", "")
    monkeypatch.setattr(storage._known, "expires_in_ms", None)
    return tmp_path / "sessions"


@pytest.fixture
def in_memory(monkeypatch):
    monkeypatch.setenv("SESSION_PROVIDER", "memory")


def said(text="Hello", number=1):
    """A session with one message, as any part of the program makes it."""
    service = storage.conversations()
    session = service.get_or_create_session(conversation_id=number, interface_type="api")
    service.add_message(session, "user", text)
    return session.name


def test_files_are_the_default(place):
    name = said()

    assert storage.get_storage_info()["provider"] == "files"
    assert (place / name).is_dir()


def test_in_memory_nothing_is_written(in_memory, place):
    name = said()

    assert [one.text for one in storage.conversations().messages(name)] == ["Hello"]
    assert not place.exists()


def test_all_of_a_program_shares_what_is_in_memory(in_memory):
    assert storage.conversations() is storage.conversations()


def test_a_wrong_provider_is_refused_with_those_there_are(monkeypatch):
    monkeypatch.setenv("SESSION_PROVIDER", "redis")

    with pytest.raises(ConfigError, match=r"SESSION_PROVIDER='redis'.*use one of: files, memory"):
        storage.conversations()


def test_another_folder_has_sessions_of_its_own(monkeypatch, tmp_path):
    first = storage.conversations()
    monkeypatch.setenv("SESSION_DIR", str(tmp_path / "others"))

    assert storage.conversations() is not first
    assert storage.get_storage_info()["folder"] == str(tmp_path / "others")


def test_only_some_places_are_kept_and_none_that_is_in_memory_is_lost(monkeypatch, in_memory):
    kept = storage.conversations()
    monkeypatch.setenv("SESSION_PROVIDER", "files")
    for number in range(2 * storage._MOST):
        monkeypatch.setenv("SESSION_DIR", f"/nowhere/{number}")
        storage.conversations()

    assert len(storage._known.places) == storage._MOST
    assert kept in storage._known.places.values()


def test_a_store_of_ones_own_is_used_in_place_of_the_settings():
    mine = MemoryStore()

    assert storage.conversations(mine).store is mine
    assert storage.conversations(mine) is storage.conversations(mine)
    assert storage.conversations(MemoryStore()).store is not mine


def test_conversations_of_ones_own_are_used_as_they_are():
    mine = storage.conversations(MemoryStore())

    assert storage.conversations(mine) is mine


@pytest.mark.parametrize("wrong", ["sessions.db", 3, object(), []])
def test_what_is_no_store_is_refused(wrong):
    with pytest.raises(UsageError, match="store: not a store"):
        storage.conversations(wrong)


@pytest.mark.parametrize(("provider", "in_child"), [("files", False), ("memory", True)])
def test_a_forked_process_opens_its_own_files_and_keeps_what_is_in_memory(
    monkeypatch, provider, in_child
):
    monkeypatch.setenv("SESSION_PROVIDER", provider)
    ours = storage.conversations()
    with storage._known.lock:  # as if another thread had it
        child = os.fork()
        if child == 0:
            same = storage.conversations() is ours
            os._exit(0 if same is in_child else 1)
    _pid, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0


def test_prices_are_those_of_the_user_until_they_are_read_again(monkeypatch):
    usage, at = Usage(input_tokens=1_000_000), datetime(2026, 1, 1, tzinfo=UTC)
    assert storage.conversations().price_of(usage, "mine", at).nusd is None
    monkeypatch.setenv("PRICES", "{mine: {input: 1.5, output: 6}}")
    assert storage.conversations().price_of(usage, "mine", at).nusd is None

    storage.configure_storage()
    assert storage.conversations().price_of(usage, "mine", at).nusd == 1_500_000_000


# --- what the program asks for


def test_configuring_reads_the_settings_again_and_keeps_what_is_in_memory(monkeypatch, in_memory):
    name = said()
    before = storage.conversations()
    monkeypatch.setenv("CACHE_MAX_SIZE", "7")

    assert storage.configure_storage() is True
    assert storage.conversations() is not before
    assert [one.text for one in storage.conversations().messages(name)] == ["Hello"]


def test_what_new_sessions_get_is_remembered():
    assert (storage.sandbox_id(), storage.expires_in_ms()) == ("", None)
    assert storage.configure_storage("shop", default_ttl_hours=1.5)

    assert (storage.sandbox_id(), storage.expires_in_ms()) == ("shop", 5_400_000)
    assert storage.get_storage_info()["default_ttl_hours"] == 1.5


def test_a_life_may_be_shorter_than_an_hour():
    storage.configure_storage(default_ttl_hours=0.25)

    assert storage.expires_in_ms() == 900_000


@pytest.mark.parametrize("hours", [0, -1, True, float("nan"), float("inf"), "24"])
def test_a_life_that_is_none_is_refused_and_nothing_changes(hours):
    with pytest.raises(UsageError, match="default_ttl_hours: not a number of hours above 0"):
        storage.configure_storage("shop", hours)

    assert storage.sandbox_id() == ""


def test_a_name_that_is_no_tag_is_refused():
    with pytest.raises(UsageError, match="tag"):
        storage.configure_storage("a,b")


def test_false_says_that_nothing_can_be_written_and_the_log_says_why(monkeypatch, tmp_path, caplog):
    (tmp_path / "file").touch()
    monkeypatch.setenv("SESSION_DIR", str(tmp_path / "file" / "sessions"))

    assert storage.configure_storage("shop") is False
    assert storage.sandbox_id() == ""
    assert "no session can be kept" in caplog.text


def test_a_wrong_setting_is_no_false(monkeypatch):
    monkeypatch.setenv("SESSION_PROVIDER", "mongo")

    with pytest.raises(ConfigError):
        storage.configure_storage()


def test_setting_up_returns_the_store(monkeypatch, tmp_path):
    assert storage.setup_chuk_sessions_storage("shop") is storage.conversations().store
    (tmp_path / "file").touch()
    monkeypatch.setenv("SESSION_DIR", str(tmp_path / "file" / "sessions"))
    with pytest.raises(StorageError):
        storage.setup_chuk_sessions_storage()


def wrongly_set(monkeypatch):
    monkeypatch.setenv("SESSION_PROVIDER", "mongo")


def unwritable(monkeypatch):
    monkeypatch.setenv("SESSION_DIR", "/dev/null/sessions")


@pytest.mark.parametrize(
    ("world", "verb"),
    [
        (wrongly_set, storage.conversations),
        (wrongly_set, storage.configure_storage),
        (unwritable, storage.setup_chuk_sessions_storage),
        (None, lambda: storage.conversations("sessions.db")),
        (None, lambda: storage.configure_storage("a,b")),
    ],
)
def test_every_error_is_one_that_a_program_expects_of_the_library(monkeypatch, world, verb):
    if world:
        world(monkeypatch)

    with pytest.raises(SessionManagerError):
        verb()


# --- what it is told


def test_the_place_is_told_with_the_number_of_its_sessions(place):
    said()
    said(number=2)
    told = storage.get_storage_info()

    assert {name: told[name] for name in ("provider", "backend", "folder", "lasting")} == {
        "provider": "files",
        "backend": "FileStore",
        "folder": str(place),
        "lasting": True,
    }
    assert told["redis_url"] == "not_set"
    assert told["stats"]["sessions"] == 2


def test_what_is_wrong_with_the_place_is_told_in_place_of_it(monkeypatch):
    monkeypatch.setenv("SESSION_PROVIDER", "mongo")

    told = storage.get_storage_info()

    assert told["provider"] == "mongo"
    assert "use one of: files, memory" in told["error"]


def test_a_place_that_cannot_be_read_is_files_by_default(monkeypatch, tmp_path):
    monkeypatch.setenv("DEFAULT_TOKEN_LIMIT", "few")

    assert storage.get_storage_info()["provider"] == "files"


def test_what_is_available_goes_by_what_is_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "toktok", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    told = storage.is_available()

    assert {name for name, there in told.items() if there} == {
        *("core_enums", "core_models", "exceptions", "infinite_context", "prompt_builder"),
        *("session_manager", "simple_api", "storage", "token_tracking", "tool_processor"),
    }
    assert (told["enhanced_token_counting"], told["redis_support"]) == (False, False)


def test_the_version_is_that_of_the_package():
    assert storage.get_version() == __version__
