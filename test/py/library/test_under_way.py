"""Calls that last, on record until they have ended."""

import os

import pytest

from ai_sessions import ids
from ai_sessions.library import storage, under_way
from ai_sessions.records import Message
from ai_sessions.store.files import under_way as kept

pytestmark = pytest.mark.usefixtures("files_alone")
ASKED = Message("user", "Why?")


@pytest.fixture
def noted(core):
    def made(id_="c1", session_id="chat"):
        call = under_way.call(id_, core.now(), "openai", "gpt-4o", [ASKED])
        under_way.note(core, session_id, call)

    return made


@pytest.fixture
def killed():
    """This process is killed: its locks are free, and it knows nothing any more."""
    return under_way._noted.begin


@pytest.fixture
def files(root):
    return lambda: sorted((root / kept.FOLDER).glob("*.json"))


def recorded(core, session_id="chat"):
    return list(core.store.entries(f"python-{session_id}"))


def test_what_a_killed_process_asked_is_in_the_session(core, noted, killed, files):
    noted()
    killed()

    under_way.settle(core)

    (call,) = recorded(core)
    assert (call.id, call.status, call.messages[0].text) == ("c1", "interrupted", "Why?")
    assert "cut off" in call.detail["error"]
    assert files() == []


def test_the_next_program_does_so_when_it_first_looks(core, root, noted, killed, monkeypatch):
    noted()
    killed()
    monkeypatch.setenv("SESSION_DIR", str(root))
    monkeypatch.setattr(storage._known, "places", {})

    assert [call.id for call in recorded(storage.conversations())] == ["c1"]


def test_nothing_is_settled_of_a_process_that_lives(core, noted, files):
    noted()

    under_way.settle(core)

    assert core.store.names() == []
    assert len(files()) == 1


def test_a_call_that_has_ended_is_forgotten_and_the_others_are_not(core, noted, killed):
    noted("c1")
    noted("c2")
    under_way.ended("c1")
    killed()

    under_way.settle(core)

    assert [call.id for call in recorded(core)] == ["c2"]


def test_nothing_is_left_when_all_have_ended(noted, files):
    noted()
    under_way.ended("c1")
    under_way.ended("unknown")

    assert files() == []


def test_a_session_that_is_gone_is_not_made_again(core, tracked, noted, killed):
    tracked("chat").user_says("hm")
    noted()
    core.store.discard("python-chat")
    tracked("other").user_says("hm")
    killed()

    under_way.settle(core)

    assert core.store.names() == ["python-other"]


def test_a_call_whose_record_was_made_is_not_recorded_twice(core, tracked, noted, killed):
    session = tracked("chat")
    session.user_says("hm")
    noted("c1")
    session.track("Why?", "Because.", "gpt-4o", "openai", call_id="c1")
    killed()

    under_way.settle(core)

    assert [one.status for one in recorded(core)[1:]] == ["ok"]


@pytest.mark.parametrize("bad", [b"[]", b'{"session": "x", "uid": "", "entry": {}}', b"{", b"{}"])
def test_a_damaged_note_is_left_out(core, noted, killed, files, bad):
    noted("c1")
    noted("c2")
    killed()
    files()[0].write_bytes(bad)

    under_way.settle(core)

    assert [call.id for call in recorded(core)] == ["c2"]
    assert files() == []


def test_what_cannot_be_written_now_is_tried_the_next_time(core, noted, killed, files, monkeypatch):
    noted()
    killed()
    with monkeypatch.context() as broken:
        broken.setattr(core.store, "append", lambda *_args, **_named: os.stat("/none/such"))
        under_way.settle(core)
    assert len(files()) == 1

    under_way.settle(core)

    assert [call.id for call in recorded(core)] == ["c1"]


def test_no_words_are_kept_where_none_shall_be(core, root, noted, files, monkeypatch):
    monkeypatch.setattr(core.store, "_content", "none")
    noted()

    assert b"Why?" not in files()[0].read_bytes()


def test_keys_are_masked_as_in_a_log(core, files):
    said = Message("user", "use sk-ant-api03-" + "A1b2" * 24)
    call = under_way.call("c1", core.now(), "p", "m", [said])
    under_way.note(core, "chat", call)

    assert b"A1b2A1b2A1b2A1b2A1b2" not in files()[0].read_bytes()


def test_a_call_that_is_redacted_is_forgotten_here_too(core, tracked, noted, files):
    id_ = ids.new()
    noted(id_)
    tracked("chat").track("Why?", "Because.", call_id=id_)

    core.store.redact("python-chat", core.store.read("python-chat").last_seq)

    assert files() == []


KILLED = """
import time
from ai_sessions import wrap
from ai_sessions.library import watching
watching.LASTS_S, watching._LOOKS_S = 0, 0.01
folder = os.environ["SESSION_DIR"] + "/.under-way"

def dies(**_given):
    while not os.path.isdir(folder) or not any("json" in one for one in os.listdir(folder)):
        time.sleep(0.01)
    os.kill(os.getpid(), 9)

class Part: pass
client = Part()
client.chat = Part()
client.chat.completions = Part()
client.chat.completions.create = dies
ask = wrap(client, "chat").chat.completions.create
ask(model="m", messages=[{"role": "user", "content": "Why?"}])
"""


def test_a_program_that_is_killed_in_a_call_leaves_its_question(script, core):
    script(KILLED, ends=-9)

    under_way.settle(core)

    assert [one.messages[0].text for one in recorded(core)] == ["Why?"]
