"""Connections that break, and a bot that was not there: nothing is lost, nothing answered twice."""

import time

from discord_server import ANN, BOT, DIRECT, GENERAL, OTHER

HISTORY = r"/channels/\d+/messages"
DAY_S = 24 * 3600


def test_a_connection_that_breaks_goes_on_where_it_was(play):
    async def scenario(town):
        await town.ask("One")
        await town.server.drop()
        await town.server.write("Two")
        await town.until(lambda: town.server.resumed)
        await town.answered(2)
        await town.ask("Three")
        return town.server.texts(), town.server.ready

    assert play(scenario) == (["One", "Two", "Three"], 1)


def test_what_is_told_again_after_a_break_is_answered_once(play):
    async def scenario(town):
        message = await town.server.write("One")
        await town.answered()
        await town.server.tell("MESSAGE_CREATE", message)
        await town.ask("Two")
        return town.server.texts()

    assert play(scenario) == ["One", "Two"]


def test_what_was_said_while_a_session_could_not_go_on_is_answered(play):
    async def scenario(town):
        await town.ask("One")
        await town.server.drop(is_forgotten=True)
        await town.server.write("Two", is_heard=False)
        await town.until(lambda: town.server.ready == 2)
        return await town.answered(2)

    assert play(scenario) == ["One", "Two"]


def test_what_was_said_while_the_bot_was_down_is_answered_in_order(play):
    async def scenario(town):
        await town.ask("One")
        await town.ask(f"<@{BOT}> one", GENERAL)
        await town.stop()
        for number in ("Two", "Three", "Four"):
            await town.server.write(number, is_heard=False)
        await town.server.write("among people", GENERAL, is_heard=False)
        await town.server.write(f"<@{BOT}> two", GENERAL, is_heard=False)
        await town.start()
        await town.server.write("Five")
        await town.answered(2, GENERAL)
        return await town.answered(5), town.server.texts(GENERAL)

    direct, general = play(scenario)
    assert direct == ["One", "Two", "Three", "Four", "Five"]
    assert general == ["Ann: one", "Ann: two"]


def test_a_thread_that_was_written_in_meanwhile_goes_on_in_its_session(play):
    async def scenario(town):
        thread = town.server.thread()
        await town.server.drop(is_forgotten=True)
        await town.until(lambda: town.server.ready == 2)
        await town.ask(f"<@{BOT}> One", thread)
        await town.stop()
        await town.server.write(f"<@{BOT}> Two", thread, is_heard=False)
        await town.start()
        await town.answered(2, thread)
        core = town.desk.parts.core
        session = core.find_by_conversation(f"{GENERAL}:{thread}", "discord")
        return [one.text for one in core.messages(session) if one.role == "user"]

    assert play(scenario) == ["Ann: One", "Ann: Two"]


def test_a_kill_before_the_answer_is_followed_by_one_answer(play):
    async def scenario(town):
        await town.ask("One")
        await town.kill()
        await town.server.write("Two", is_heard=False)
        await town.start()
        await town.answered(2)
        await town.stop()
        await town.start()
        await town.ask("Three")
        return town.server.texts()

    assert play(scenario) == ["One", "Two", "Three"]


def test_more_than_a_page_was_said(play):
    async def scenario(town):
        await town.ask(f"<@{BOT}> One", GENERAL)
        await town.stop()
        for number in range(250):
            await town.server.write(f"{number}", GENERAL, is_heard=False)
        await town.server.write(f"<@{BOT}> Two", GENERAL, is_heard=False)
        await town.start()
        return await town.answered(2, GENERAL)

    assert play(scenario) == ["Ann: One", "Ann: Two"]


def test_what_is_older_than_a_day_is_not_answered_any_more(play):
    async def scenario(town):
        now = time.time()
        await town.server.write("One", at=now - 2 * DAY_S)
        await town.answered()
        await town.stop()
        await town.server.write("Old", is_heard=False, at=now - DAY_S - 60)
        await town.server.write("New", is_heard=False, at=now - DAY_S + 60)
        await town.start()
        return await town.answered(2)

    assert play(scenario) == ["One", "New"]


def test_a_channel_that_cannot_be_read_any_more_keeps_no_other_one_back(play, caplog):
    async def scenario(town):
        await town.ask(f"<@{BOT}> One", OTHER)
        await town.ask("One")
        await town.stop()
        town.server.fail("GET", f"/channels/{OTHER}/messages", 403, {"code": 50001})
        await town.server.write("Two", is_heard=False)
        await town.start()
        return await town.answered(2)

    assert play(scenario) == ["One", "Two"]
    assert f"what was said in {OTHER} cannot be read" in caplog.text


def test_a_service_that_cannot_tell_it_now_is_asked_again(play):
    async def scenario(town):
        await town.ask("One")
        await town.stop()
        town.server.limit("GET", HISTORY, 99.0)
        town.server.fail("GET", HISTORY, 503)
        await town.server.write("Two", is_heard=False)
        await town.start()
        return await town.answered(2)

    assert play(scenario) == ["One", "Two"]


def test_a_message_that_the_library_cannot_read_ends_that_channel_alone(play, caplog):
    async def scenario(town):
        await town.ask(f"<@{BOT}> One", GENERAL)
        await town.ask("One")
        await town.stop()
        odd = await town.server.write(f"<@{BOT}> Two", GENERAL, is_heard=False)
        odd["edited_timestamp"] = "yesterday"
        await town.server.write("Two", is_heard=False)
        await town.start()
        return await town.answered(2)

    assert play(scenario) == ["One", "Two"]


def test_a_command_is_no_message_and_still_marks_the_time(play):
    async def scenario(town):
        await town.command("id")
        await town.stop()
        await town.server.write("Two", is_heard=False)
        await town.start()
        await town.answered(2)
        return town.server.texts(), [one.id for one in town.desk.inbox.left()]

    texts, left = play(scenario)
    assert texts == [f"You are {ANN}; this chat is {ANN}.", "Two"]
    assert left == []


def test_one_who_never_wrote_is_asked_for_nothing(play):
    async def scenario(town):
        await town.server.write("Hello", DIRECT, is_heard=False)
        await town.stop()
        await town.start()
        return town.server.asked("GET", HISTORY)

    assert play(scenario) == []
