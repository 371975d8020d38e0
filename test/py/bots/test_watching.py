"""What a bot tells by itself."""

import asyncio

import pytest

from ai_sessions.bots.watching import Watcher
from ai_sessions.workflow import background

PHASE = {"event": "phase", "text": "T1.1 red"}
WAIT = {"event": "wait"}
DONE = {"event": "result", "ok": True, "task": None, "next": ""}


@pytest.fixture
def now(owner):
    clock = [0.0]
    owner.bot.watcher = Watcher(owner.desk, owner.bot.mail, lambda: clock[0])
    return clock


def lines_told(owner, count):
    """Wait until the run has told so many lines."""
    (begun,) = owner.desk.work.open()
    while len(owner.desk.work.runs.lines(begun.id)) < count:
        pass


def test_progress_is_told_in_one_message_that_is_seldom_edited(shop, owner, now):
    shop.says(PHASE, WAIT, DONE)
    owner.say("/implement pay T1.1")
    lines_told(owner, 1)
    assert owner.look() == []
    edits = owner.service.edits
    for now[0] in (1.0, 4.0, 29.0):
        owner.look()
    assert (edits, owner.service.edits) == (1, 1)
    assert owner.service.texts[0].startswith("pay T1.1: red\n")

    now[0] = 31.0
    owner.look()
    assert owner.service.edits == 2
    assert owner.labels == ["Stop"]
    shop.go_on()


def test_the_end_is_told_once_in_a_message_of_its_own(shop, owner):
    owner.say("/implement pay T1.1")
    shop.finish()

    assert owner.look() == ["pay: all tasks are done"]
    assert owner.look() == []
    owner.restart()
    assert owner.look() == []
    assert owner.service.texts[0].startswith("pay T1.1: ended after ")


def test_a_bot_that_is_killed_while_it_tells_the_end_tells_it_once(shop, owner, monkeypatch):
    owner.say("/implement pay T1.1")
    shop.finish()
    with monkeypatch.context() as patched:
        patched.setattr(owner.desk.work, "end", lambda _id: 1 / 0)
        assert owner.look() == ["pay: all tasks are done"]
    owner.restart()

    assert owner.look() == []
    assert owner.desk.work.open() == []


def test_after_a_restart_progress_goes_on_in_the_same_message(shop, owner):
    shop.says(PHASE, WAIT, DONE)
    owner.say("/implement pay T1.1")
    owner.restart()
    lines_told(owner, 1)
    owner.look()

    assert len(owner.service.sent) == 1
    assert owner.service.texts[0].startswith("pay T1.1: red\n")
    shop.go_on()
    assert owner.look() == ["pay: all tasks are done"]


def test_one_run_that_cannot_be_told_of_hides_no_other(shop, owner, monkeypatch):
    owner.say("/review pay")
    shop.finish()
    owner.say("/verify pay")
    shop.finish()
    first = owner.desk.work.open()[0].id
    read = background.Runs.read

    def broken(self, id_):
        return 1 / 0 if id_ == first else read(self, id_)

    with monkeypatch.context() as patched:
        patched.setattr(background.Runs, "read", broken)
        assert len(owner.look()) == 1
    assert [one.id for one in owner.desk.work.open()] == [first]


def test_a_run_that_is_forgotten_is_not_looked_for_for_ever(shop, owner, monkeypatch):
    owner.say("/review pay")
    shop.finish()
    runs = owner.desk.work.runs
    runs._forget(runs.all())
    owner.look()
    assert len(owner.desk.work.open()) == 1

    monkeypatch.setattr("ai_sessions.bots.watching._GONE_S", -1)
    owner.look()
    assert owner.desk.work.open() == []


def test_a_plan_that_became_unreadable_is_told_with_the_end(shop, owner):
    shop.ends(tasks=[])
    owner.say("/plan pay do it")
    shop.finish()
    shop.space.write("phases: [", "plan.yaml")

    (told,) = owner.look()
    assert "pay: 0 tasks planned" in told and "plan.yaml" in told


def test_a_bot_that_ends_tells_what_it_has_begun_to_tell(shop, owner, monkeypatch):
    monkeypatch.setattr("ai_sessions.bots.watching.LOOK_S", 0)
    owner.say("/implement pay T1.1")
    shop.finish()

    async def scene():
        sending, may_end = asyncio.Event(), asyncio.Event()
        send = owner.service.send

        async def slowly(place, message):
            sending.set()
            await may_end.wait()
            return await send(place, message)

        async def received(_latest):
            await sending.wait()
            asyncio.get_running_loop().call_soon(may_end.set)
            return
            yield

        monkeypatch.setattr(owner.service, "send", slowly)
        monkeypatch.setattr(owner.service, "received", received)
        await owner.bot.run()

    asyncio.run(scene())
    assert owner.service.texts[1:] == ["pay: all tasks are done"]
    assert owner.desk.work.open() == []
