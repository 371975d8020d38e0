"""Messages as the service gets them."""

import asyncio
from dataclasses import replace

import pytest

from ai_sessions.bots import delivery
from ai_sessions.bots.adapter import Away, Gone, Moved, RetryAfter, Unformatted, Unreachable
from ai_sessions.bots.delivery import Talk
from ai_sessions.bots.events import Draft, File, Say, Update
from ai_sessions.errors import StorageError


@pytest.mark.parametrize("failure", [RetryAfter(3.0), Away("no network"), Moved("-100500")])
def test_what_passes_is_tried_again(world, failure):
    world.service.fails = [failure]

    assert world.say("Hello") == ["Hello"]


def test_the_service_has_its_peace_for_as_long_as_it_wants(world):
    world.service.fails = [RetryAfter(1234.0)]
    world.say("Hello")

    assert any(seconds > 1000 for seconds in world.slept)


def test_what_cannot_be_read_as_formatted_goes_out_plain(world):
    world.service.fails = [Unformatted("can't parse entities")]
    world.say("*Hello")

    (_place, message) = world.service.sent[-1]
    assert (message.text, message.is_plain) == ("*Hello", True)


def test_a_chat_that_is_gone_ends_the_event(world):
    world.service.fails = [Unreachable("blocked")]

    assert world.say("Hello") == []
    world.restart()
    assert world.do() == []


def test_a_chat_that_has_moved_gets_the_answer_where_it_is_now(world):
    world.service.fails = [Moved("-100500")]
    world.say("Hello")

    (place, _message) = world.service.sent[-1]
    assert place.chat == "-100500"
    assert world.desk.first_chat("-100500") == "100"


def test_the_first_message_alone_answers_by_the_handle_of_a_command(world):
    world.service.limits = replace(world.service.limits, text=20)
    world.restart()
    world.say("/help", handle="token")

    handles = [message.handle for _place, message in world.service.sent]
    assert handles[0] == "token"
    assert set(handles[1:]) == {""}
    assert len(handles) > 1


def test_a_pressed_button_is_answered_by_a_message_of_its_own(world, told):
    told(Say("Hello"), kind="button")

    assert [message.handle for _place, message in world.service.sent] == [""]


def test_a_command_that_is_answered_by_a_file_alone_is_acknowledged(world, told):
    told(File("notes.md", b"#"))

    assert world.service.heard_texts == [""]


def test_a_command_that_is_answered_by_a_message_needs_no_other_sign(world, told):
    told(Say("Here it is."), File("notes.md", b"#"))

    assert world.service.heard_texts == []


@pytest.fixture
def told(world):
    """Says these in answer to a command."""

    async def tell(said, event):
        talk = Talk(world.bot.mail, world.event("/export", handle="token", **event))
        for one in said:
            await talk.tell(one)
        await talk.end()

    return lambda *said, **event: asyncio.run(tell(said, event))


@pytest.mark.parametrize("failure", [RetryAfter(3.0), Away("no network"), Moved("-100500")])
def test_a_file_is_tried_again_too(world, failure):
    world.service.fails = [failure]
    asyncio.run(Talk(world.bot.mail, world.event("x")).tell(File("a.txt", b"data")))

    assert world.service.files == [("a.txt", b"data", "")]


def test_an_answer_whose_message_somebody_deletes_while_it_grows_is_sent_anew(world):
    world.service.has_drafts = False

    async def grow():
        talk = Talk(world.bot.mail, world.event("x"))
        await talk.tell(Draft("so far"))
        while not world.service.messages:
            await asyncio.sleep(0)
        world.service.messages.clear()
        await talk.tell(Say("so good", is_answer=True))

    asyncio.run(grow())

    assert world.service.texts == ["so good"]


def test_what_is_told_of_a_message_that_was_deleted_is_left_out(world):
    async def tell():
        talk = Talk(world.bot.mail, world.event("x"))
        await talk.tell(Say("1 of 2", about="progress"))
        world.service.messages.clear()
        await talk.tell(Update("progress", "2 of 2"))
        await talk.tell(Say("done"))

    asyncio.run(tell())

    assert world.service.texts == ["done"]


def test_a_draft_that_comes_too_often_waits_as_long_as_the_service_wants(world, monkeypatch):
    drafts = []

    async def draft(_place, _number, text):
        drafts.append((text, list(world.slept)))
        if len(drafts) == 1:
            raise RetryAfter(77.0)
        return True

    async def show():
        talk = Talk(world.bot.mail, world.event("x"))
        await talk.tell(Draft("one"))
        while not drafts:
            await asyncio.sleep(0)
        await talk.tell(Draft("two"))
        while len(drafts) < 2:
            await asyncio.sleep(0)
        await talk.end()

    monkeypatch.setattr(world.service, "draft", draft)
    asyncio.run(show())

    assert drafts[1][0] == "two"
    assert 77.0 in drafts[1][1]


def test_a_file_that_was_sent_is_not_sent_again_after_a_restart(world):
    async def tell():
        talk = Talk(world.bot.mail, world.event("/export", id="same"))
        await talk.tell(File("notes.md", b"#"))

    for _ in range(2):
        asyncio.run(tell())
        world.restart()
    assert len(world.service.files) == 1


# --- what is shown while an answer comes


class Showing:
    """An answer that comes while the service is slow at what it is shown. `log`: what it did."""

    def __init__(self, world, monkeypatch, draft=None, send=None, edit=None):
        world.service.has_drafts = draft is not None
        self.world, self.log = world, []
        for name, act in (("draft", draft), ("send", send), ("edit", edit)):
            if act:
                monkeypatch.setattr(world.service, name, self._slow(name, act))

    def _slow(self, name, act):
        do, times = getattr(self.world.service, name), iter(range(1000))

        async def slow(*given):
            number = next(times)
            self.log.append(f"{name} begun")
            for _ in range(30):  # so that the answer is there meanwhile
                await asyncio.sleep(0)
            try:
                found = act(number)
                if isinstance(found, Exception):
                    raise found
                return await do(*given)
            finally:
                self.log.append(f"{name} done")

        return slow

    def answer(self, text, *drafts):
        """The texts that people see. Each draft is just being shown when the next one comes."""

        async def tell():
            talk = Talk(self.world.bot.mail, self.world.event("Hello"))
            for number, one in enumerate(drafts):
                await talk.tell(Draft(one))
                while len(self.log) <= 2 * number:
                    await asyncio.sleep(0)
            await talk.tell(Say(text, is_answer=True))
            await talk.end()

        async def limited():
            async with asyncio.timeout(20):
                await tell()

        asyncio.run(limited())
        return self.world.service.texts


ENDS = [None, RetryAfter(30.0), Away("no network"), Moved("-1"), Unreachable("blocked")]
ENDS += [Gone("deleted"), StorageError("full"), ValueError("a bug")]


@pytest.mark.parametrize("end", ENDS, ids=repr)
@pytest.mark.parametrize("shown_by", ["draft", "send"])
def test_an_answer_is_sent_once_whatever_becomes_of_what_is_just_being_shown(
    world, monkeypatch, shown_by, end
):
    showing = Showing(world, monkeypatch, **{shown_by: lambda number: end if number == 0 else None})

    assert showing.answer("Some of it.", "Some of") == ["Some of it."]


def test_no_edit_is_under_way_when_the_answer_is_sent(world, monkeypatch):
    showing = Showing(world, monkeypatch, send=lambda _: None, edit=lambda _: None)
    assert showing.answer("Some of it.", *"abcdef") == ["Some of it."]
    assert len(showing.log) == 2 * len("abcdef.")
    assert [one.split()[1] for one in showing.log] == ["begun", "done"] * (len(showing.log) // 2)


def test_a_service_that_hangs_at_what_it_is_shown_does_not_hold_up_the_answer(world, monkeypatch):
    showing = Showing(world, monkeypatch)

    async def hang(*_given):
        showing.log.append("draft begun")
        await asyncio.Event().wait()

    monkeypatch.setattr(delivery, "_TOLD_S", 0.01)
    monkeypatch.setattr(world.service, "draft", hang)

    assert showing.answer("Some.", "So") == ["Some."]


def test_after_a_429_nothing_more_is_shown_for_so_long(world, monkeypatch):
    showing = Showing(world, monkeypatch, draft=lambda _: RetryAfter(77.0))

    assert showing.answer("Some of it.", *"abc") == ["Some of it."]
    assert world.slept.count(77.0) == 2


def test_what_comes_is_not_shown_where_messages_wait(world, monkeypatch):
    monkeypatch.setattr(world.bot.mail.pace, "spare", lambda _place: False)

    world.say("Hello")
    assert world.service.drafts == []


def test_what_was_sent_is_not_touched_again_after_a_restart(world, monkeypatch):
    event = world.event("Hello")
    world.do(event)
    with world.desk.database.opened() as connection:
        connection.execute("update event set state = 'begun'")
    world.restart()
    edited = []

    async def edit(*given):
        edited.append(given)

    monkeypatch.setattr(world.service, "edit", edit)
    assert (world.do(), edited) == ([], [])
