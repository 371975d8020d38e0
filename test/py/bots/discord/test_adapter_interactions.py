"""Slash commands and buttons: acknowledged at once, answered when there is an answer."""

from dataclasses import replace

import pytest

from ai_sessions.bots import answering
from ai_sessions.bots.adapter import Message as Said
from ai_sessions.bots.answering import AGAIN
from ai_sessions.bots.commands.table import COMMANDS
from ai_sessions.bots.discord.handles import Handle
from ai_sessions.bots.events import Button, Heard, Inbound, Person, Place
from discord_server import ANN, BOB, BOT, DIRECT, GENERAL, SERVER

CALLBACK = r"/interactions/\d+/[^/]+/callback"
ORIGINAL = r"/webhooks/\d+/[^/]+/messages/@original"
FOLLOW_UP = r"/webhooks/\d+/[^/]+"
MESSAGES = r"/channels/\d+/messages"
HERE = Place(str(GENERAL), server=str(SERVER))


def event(told, **more):
    """A command that was not handled yet, as it is stored."""
    handle = f"{told['application_id']}/{told['id']}/{told['token']}"
    return Inbound(told["id"], HERE, Person(str(ANN), "Ann"), "", handle=handle, **more)


def test_a_command_is_acknowledged_and_its_answer_put_in_that_place(play):
    async def scenario(town):
        answers = await town.command("id", channel=GENERAL)
        (first,) = town.server.asked("POST", CALLBACK)
        return (
            answers,
            first.body,
            town.server.thinking(GENERAL),
            town.server.asked("POST", MESSAGES),
        )

    answers, acknowledged, thinking, sent = play(scenario)
    assert answers == [f"You are {ANN}; this chat is {GENERAL}."]
    assert acknowledged == {"type": 5}
    assert (thinking, sent) == (0, [])


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_answered_where_it_was_asked(play, name):
    async def scenario(town):
        await town.own()
        await town.ask("Hello")
        before = len(town.server.calls)
        await town.server.command(name)
        await town.until(lambda: answered(town.server, before))
        await town.quiet()
        return town.server.thinking()

    def answered(server, before):
        shown = [one for one in server.calls[before:] if "@original" in one.path]
        return bool(shown)

    assert play(scenario) == 0


def test_what_follows_a_command_is_its_option(play):
    async def scenario(town):
        said = await town.own()
        return said, town.desk.members.owners()

    assert play(scenario) == (
        ["You are the owner of this bot now. /help lists what it does."],
        [str(ANN)],
    )


def test_a_command_may_be_typed_as_text_too(play):
    async def scenario(town):
        return await town.ask("/id")

    assert play(scenario) == [f"You are {ANN}; this chat is {ANN}."]


def test_the_parts_after_the_first_are_messages(play):
    async def scenario(town):
        told = await town.server.command("help", is_heard=False)
        await town.service._rest.defer(Handle.read(event(told).handle), 5)
        first = await town.service.send(HERE, Said("One", handle=event(told).handle))
        second = await town.service.send(HERE, Said("Two"))
        return town.server.texts(DIRECT), town.server.texts(GENERAL), first != second

    assert play(scenario) == (["One"], ["Two"], True)


def test_an_answer_that_was_given_is_given_again_without_a_second_message(play):
    async def scenario(town):
        told = await town.server.command("help", is_heard=False, channel=GENERAL)
        await town.service._rest.defer(Handle.read(event(told).handle), 5)
        for _ in range(2):
            await town.service.send(HERE, Said("One", handle=event(told).handle))
        return town.server.texts(GENERAL)

    assert play(scenario) == ["One"]


def test_after_a_quarter_of_an_hour_an_answer_is_a_message(play):
    async def scenario(town):
        told = await town.server.command("help", is_heard=False, channel=GENERAL)
        town.ahead = 15 * 60
        await town.service.send(HERE, Said("Late", handle=event(told).handle))
        return town.server.texts(GENERAL), town.server.asked("PATCH", ORIGINAL)

    assert play(scenario) == (["Late"], [])


def test_a_command_that_discord_gave_up_on_is_answered_by_a_message(play):
    async def scenario(town):
        town.server.fail("POST", CALLBACK, 404, {"code": 10062, "message": "Unknown interaction"})
        return await town.command("id", channel=GENERAL), town.server.thinking(GENERAL)

    assert play(scenario) == ([f"You are {ANN}; this chat is {GENERAL}."], 0)


def test_a_message_that_answers_a_command_can_be_edited(play):
    async def scenario(town):
        told = await town.server.command("help", is_heard=False, channel=GENERAL)
        await town.service._rest.defer(Handle.read(event(told).handle), 5)
        id_ = await town.service.send(HERE, Said("One …", handle=event(told).handle))
        await town.service.edit(HERE, id_, Said("One and two"))
        return town.server.texts(GENERAL)

    assert play(scenario) == ["One and two"]


def test_a_command_that_needs_no_words_leaves_no_sign_that_it_thinks(play):
    async def scenario(town):
        told = await town.server.command("export", is_heard=False, channel=GENERAL)
        await town.service._rest.defer(Handle.read(event(told).handle), 5)
        await town.service.heard(event(told), "")
        return town.server.thinking(GENERAL)

    assert play(scenario) == 0


def test_a_bot_that_was_killed_answers_in_the_place_of_the_command_after_all(play):
    async def scenario(town):
        told = await town.server.command("id", is_heard=False, channel=GENERAL)
        await town.service._rest.defer(Handle.read(event(told).handle), 5)
        town.desk.inbox.take(event(told, command="id"))
        await town.kill()
        await town.start()
        answers = await town.answered(1, GENERAL)
        return answers, town.server.asked("POST", MESSAGES), town.server.thinking(GENERAL)

    assert play(scenario) == ([f"You are {ANN}; this chat is {GENERAL}."], [], 0)


# --- buttons


def test_buttons_are_shown_and_come_back_with_who_pressed_them(play):
    async def scenario(town):
        buttons = tuple(Button(f"Choice {number}", f"q:{number}") for number in range(7))
        await town.service.send(HERE, Said("Which?", buttons=buttons))
        (message,) = town.server.said(GENERAL)
        rows = [[one["custom_id"] for one in row["components"]] for row in message["components"]]
        await town.server.press("q:6", message, author=BOB)
        await town.until(town.desk.inbox.latest)
        (pressed,) = town.desk.inbox.latest()
        return rows, pressed, message["id"], town.server.asked("POST", CALLBACK)[0].body

    rows, pressed, id_, acknowledged = play(scenario)
    assert rows == [["q:0", "q:1", "q:2", "q:3", "q:4"], ["q:5", "q:6"]]
    assert (pressed.kind, pressed.button, pressed.message) == ("button", "q:6", id_)
    assert pressed.sender == Person(str(BOB), "Bob")
    assert acknowledged == {"type": 6}


def test_a_stranger_who_presses_a_button_is_told_so_alone(play, environment):
    environment["DISCORD_ALLOWED"] = str(ANN)

    async def scenario(town):
        await town.service.send(HERE, Said("Sure?", buttons=(Button("Yes", AGAIN),)))
        (message,) = town.server.said(GENERAL)
        await town.server.press(AGAIN, message, author=BOB)
        await town.until(lambda: town.server.asked("POST", FOLLOW_UP))
        await town.quiet()
        return town.server.asked("POST", FOLLOW_UP)[0].body, town.server.texts(GENERAL)

    told, texts = play(scenario)
    assert (told["content"], told["flags"]) == ("This is not for you.", 64)
    assert texts == ["Sure?"]


@pytest.fixture
def cut_off(monkeypatch):
    """Answers are cut off, so that they can be asked again; called, they are not any more."""
    ended = answering.ended
    monkeypatch.setattr(
        answering,
        "ended",
        lambda call, *more, **named: ended(replace(call, status="interrupted"), *more, **named),
    )
    return lambda: monkeypatch.setattr(answering, "ended", ended)


def test_a_button_works_once_and_for_who_may_press_it(play, cut_off):
    async def pressed(town, message, author):
        count = len(town.server.asked("POST", FOLLOW_UP))
        await town.server.press(AGAIN, message, author)
        await town.until(lambda: len(town.server.asked("POST", FOLLOW_UP)) > count)
        return town.server.asked("POST", FOLLOW_UP)[-1].body["content"]

    async def scenario(town):
        await town.ask(f"<@{BOT}> Hello", GENERAL)
        (message,) = town.server.said(GENERAL)
        shown = message["components"][0]["components"][0]["label"]
        cut_off()
        by_bob = await pressed(town, message, BOB)
        await town.server.press(AGAIN, message, ANN)
        await town.answered(2, GENERAL)
        again = await pressed(town, message, ANN)
        return shown, by_bob, again, town.server.texts(GENERAL)[1:]

    shown, by_bob, again, texts = play(scenario)
    assert shown == "Ask again"
    assert by_bob == "This is for the owner of this bot."
    assert again == "It was asked again already."
    assert texts == ["Ann: Hello"]


def test_an_empty_answer_to_a_button_says_nothing(play):
    async def scenario(town):
        message = await town.server.write("x", is_heard=False)
        told = await town.server.press("q", message)
        await town.service.heard(event(told, kind="button"), Heard().text)
        return town.server.asked("POST", FOLLOW_UP), town.server.asked("DELETE", ORIGINAL)

    assert play(scenario) == ([], [])


def test_a_button_whose_time_is_over_is_no_error(play):
    async def scenario(town):
        message = await town.server.write("x", is_heard=False)
        told = await town.server.press("q", message)
        await town.quiet()
        town.server.interactions.clear()
        await town.service.heard(event(told, kind="button"), "Too late")
        town.ahead = 3600
        await town.service.heard(event(told, kind="button"), "Far too late")
        return len(town.server.asked("POST", FOLLOW_UP))

    assert play(scenario) == 1


def test_what_is_neither_a_command_nor_a_button_is_left_alone(play):
    async def scenario(town):
        await town.server.interact({"type": 4, "data": {"name": "help", "options": []}})
        await town.ask("Hello")
        return [one.text for one in town.desk.inbox.latest()], town.server.asked("POST", CALLBACK)

    assert play(scenario) == (["Hello"], [])


# --- the list of commands


def test_the_commands_are_told_once(play):
    async def scenario(town):
        again = town.adapter()
        await again.begin()
        await again.close()
        told = town.server.asked("PUT", r"/applications/\d+/commands")
        return len(told), [one["name"] for one in town.server.commands[""]]

    assert play(scenario) == (1, list(COMMANDS))


def test_a_list_that_has_changed_is_told_again(play):
    async def scenario(town):
        town.server.commands[""][0]["description"] = "as it was"
        again = town.adapter()
        await again.begin()
        await again.close()
        return town.server.commands[""][0]["description"]

    assert play(scenario) == next(iter(COMMANDS.values())).tells


def test_one_server_alone_may_have_them(play):
    async def scenario(town):
        return town.server.commands[""], len(town.server.commands[str(SERVER)])

    assert play(scenario, server=SERVER) == ([], len(COMMANDS))


def test_a_list_that_discord_does_not_take_now_is_no_reason_to_stay_away(play, caplog):
    async def scenario(town):
        town.server.fail("GET", r"/applications/\d+/commands", 403)
        await town.start()
        return await town.ask("Hello")

    assert play(scenario, is_started=False) == ["Hello"]
    assert "does not take our commands" in caplog.text
