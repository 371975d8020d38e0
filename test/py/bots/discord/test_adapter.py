"""A bot in Discord, from what people write to what they read."""

import logging
from dataclasses import replace

import pytest

from ai_sessions import config
from ai_sessions.bots import adapters
from ai_sessions.bots.adapter import Away, Gone, Hook, RetryAfter, Unfetched, Unreachable
from ai_sessions.bots.adapter import Message as Said
from ai_sessions.bots.events import Place
from ai_sessions.errors import ConfigError
from discord_server import ANN, ANOTHER_BOT, BOB, BOT, DIRECT, GENERAL, OF_BOB, OTHER, ROLE, TOKEN

DM = Place(str(ANN), is_private=True)


# --- what people say


def test_a_direct_message_is_answered_in_a_session_of_the_person(play):
    async def scenario(town):
        answers = await town.ask("Hello")
        found = town.desk.parts.core.find_by_conversation(str(ANN), "discord")
        return answers, found is not None

    assert play(scenario) == (["Hello"], True)


@pytest.mark.parametrize("text", [f"<@{BOT}> Hello", f"Hello<@!{BOT}>", f"<@&{ROLE}> Hello"])
def test_a_mention_is_answered_and_is_no_part_of_what_was_said(play, text):
    async def scenario(town):
        return await town.ask(text, GENERAL)

    assert play(scenario) == ["Ann: Hello"]


def test_a_reply_to_the_bot_is_answered_and_says_what_it_replies_to(play):
    async def scenario(town):
        await town.ask(f"<@{BOT}> One", GENERAL)
        (first,) = town.server.said(GENERAL)
        await town.ask("Two", GENERAL, reply_to=first["id"])
        return town.server.asked("POST", r"/channels/\d+/messages")[-1].body

    sent = play(scenario)
    assert sent["content"] == "Ann: Two"
    assert sent["message_reference"]["fail_if_not_exists"] is False


def test_what_people_say_to_each_other_is_neither_answered_nor_stored(play):
    async def scenario(town):
        await town.server.write("Hello Bob", GENERAL)
        first = await town.server.write("And you?", GENERAL)
        await town.server.write("Fine", GENERAL, reply_to=first["id"])
        await town.ask("Hello")
        return town.server.texts(GENERAL), [one.text for one in town.desk.inbox.latest()]

    assert play(scenario) == ([], ["Hello"])


def test_bots_webhooks_and_the_service_itself_are_not_answered(play):
    async def scenario(town):
        await town.server.write("Hello", DIRECT, author=ANOTHER_BOT)
        await town.server.write("Hello", DIRECT, author=BOT)
        await town.server.write("Hello", DIRECT, webhook_id="5")
        await town.server.write("pinned", DIRECT, type=6)
        await town.ask("And I")
        return [one.text for one in town.desk.inbox.latest()]

    assert play(scenario) == ["And I"]


def test_a_channel_and_its_threads_have_sessions_of_their_own(play):
    async def scenario(town):
        known = town.server.thread()
        new = town.server.thread(is_known=False)
        await town.server.drop(is_forgotten=True)
        await town.until(lambda: len(town.server.identified) == 2)
        for place in (GENERAL, known, new, OTHER):
            await town.ask(f"<@{BOT}> Hello", place)
        keys = [f"{GENERAL}", f"{GENERAL}:{known}", f"{GENERAL}:{new}", f"{OTHER}"]
        return [town.desk.parts.core.find_by_conversation(key, "discord") for key in keys]

    found = play(scenario)
    assert len({one.name for one in found}) == 4


def test_a_thread_that_nobody_has_told_of_is_asked_for_once(play):
    async def scenario(town):
        new = town.server.thread(is_known=False)
        await town.ask(f"<@{BOT}> One", new)
        await town.ask(f"<@{BOT}> Two", new)
        return len(town.server.asked("GET", f"/channels/{new}"))

    assert play(scenario) == 1


def test_the_names_of_others_stand_in_place_of_their_ids(play):
    async def scenario(town):
        return await town.ask(f"<@{BOT}> ask <@{BOB}>", GENERAL)

    assert play(scenario) == ["Ann: ask @Bob"]


def test_a_stranger_is_refused_once_and_has_no_session(play):
    async def scenario(town):
        refusals = await town.ask("Hello", OF_BOB, author=BOB)
        await town.server.write("Hello", OF_BOB, author=BOB)
        await town.quiet()
        return refusals, town.desk.parts.core.find_by_conversation(str(BOB), "discord")

    refusals, session = play(scenario)
    assert session is None
    assert [text[:19] for text in refusals] == ["This bot is private"]


# --- what the bot says


def test_a_long_answer_comes_in_parts_that_discord_takes(play):
    text = "\n".join(f"{number}: the quick brown fox" for number in range(170))[:4500]

    async def scenario(town):
        await town.server.write(text)
        return await town.answered(3)

    said = play(scenario)
    assert "".join(said) == text.strip()
    assert max(map(len, said)) <= 2000


def test_characters_are_counted_and_not_their_halves(play):
    async def scenario(town):
        return await town.ask("🦊" * 2000)

    assert play(scenario) == ["🦊" * 2000]


def test_nobody_is_called_by_an_answer_and_no_link_is_shown(play):
    async def scenario(town):
        await town.ask("@everyone <@100000000000000008> https://evil.example/?q=secret")
        return town.server.asked("POST", r"/channels/\d+/messages")[-1].body

    sent = play(scenario)
    assert sent["allowed_mentions"] == {"parse": [], "replied_user": False}
    assert sent["flags"] == 4


def test_the_message_that_grows_becomes_the_answer(play):
    async def scenario(town):
        await town.ask("Hello")
        return len(town.server.said()), len(town.server.asked("POST", r"/channels/\d+/messages"))

    assert play(scenario) == (1, 1)


def test_while_it_works_it_types(play):
    async def scenario(town):
        await town.ask("Hello")
        return town.server.asked("POST", r"/channels/\d+/typing")

    assert play(scenario)


def test_a_message_whose_answer_was_lost_is_there_once(play):
    async def scenario(town):
        town.server.fail("POST", r"/channels/\d+/messages", 503, {}, is_done=True)
        return await town.ask("Hello")

    assert play(scenario) == ["Hello"]


def test_a_message_that_somebody_deleted_is_gone(play):
    async def scenario(town):
        with pytest.raises(Gone):
            await town.service.edit(DM, "123", Said("Hello"))
        return town.server.texts()

    assert play(scenario) == []


def test_an_answer_whose_beginning_was_deleted_is_sent_anew(play):
    async def scenario(town):
        deleted = []

        def cuts(when, method, _path):
            if (when, method) == ("before", "PATCH") and not deleted:
                deleted.append(town.server.messages[DIRECT].pop())
            return False

        town.server.cuts = cuts
        beginning = Said("Hel …", nonce="n" * 24)
        await town.service.send(DM, beginning)
        await town.service.send(DM, replace(beginning, text="Hello"))
        return town.server.texts(), len(deleted)

    assert play(scenario) == (["Hello"], 1)


def test_a_place_that_is_gone_is_unreachable(play):
    async def scenario(town):
        with pytest.raises(Unreachable):
            await town.service.send(Place("999"), Said("Hello"))
        town.server.fail("POST", r"/channels/\d+/messages", 403, {"code": 50001})
        with pytest.raises(Unreachable):
            await town.service.send(Place(str(OTHER)), Said("Hello"))
        with pytest.raises(Unreachable):
            await town.service.edit(Place("999"), "1", Said("Hello"))

    play(scenario)


def test_a_file_is_sent_as_it_is(play):
    async def scenario(town):
        await town.service.send_file(Place(str(OTHER)), "notes.md", b"# Notes", "Here it is")
        (sent,) = town.server.asked("POST", r"/channels/\d+/messages")
        return sent.files, sent.body["content"], sent.body["allowed_mentions"]["parse"]

    assert play(scenario) == ({"notes.md": b"# Notes"}, "Here it is", [])


def test_an_owner_is_written_to_without_having_written_first(play):
    async def scenario(town):
        await town.service.send(Place(str(BOB), is_private=True), Said("A question waits."))
        (opened,) = town.server.asked("POST", "/users/@me/channels")
        return opened.body

    assert play(scenario) == {"recipient_id": BOB}


# --- rate limits


def test_a_short_rate_limit_is_sat_out(play):
    async def scenario(town):
        town.server.limit("POST", r"/channels/\d+/messages", 0.01)
        return await town.ask("Hello")

    assert play(scenario) == ["Hello"]


def test_a_long_rate_limit_is_told_to_who_keeps_the_pace(play):
    async def scenario(town):
        town.server.limit("POST", r"/channels/\d+/messages", 99.0)
        with pytest.raises(RetryAfter) as told:
            await town.service.send(DM, Said("Hello"))
        return told.value.seconds

    assert play(scenario) == 99.0


def test_a_ban_by_who_stands_before_discord_is_a_rate_limit(play):
    async def scenario(town):
        path = r"/channels/\d+/messages"
        town.server.fail("POST", path, 429, {}, headers={"Retry-After": "120"})
        with pytest.raises(RetryAfter) as told:
            await town.service.send(DM, Said("Hello"))
        return told.value.seconds

    assert play(scenario) == 120.0


# --- attachments


def test_a_file_is_fetched(play):
    async def scenario(town):
        await town.ask("Read this", files={"a.txt": b"abc"})
        (event,) = town.desk.inbox.latest()
        (file,) = event.attachments
        return file.name, file.media, file.size, await town.service.fetch(file)

    assert play(scenario) == ("a.txt", "text/plain", 3, b"abc")


def test_a_file_whose_address_has_run_out_is_fetched_at_its_new_one(play):
    async def scenario(town):
        await town.ask("Read this", files={"a.txt": b"abc"})
        (file,) = town.desk.inbox.latest()[0].attachments
        town.server.fail("GET", "/attachments/.*", 404)
        return await town.service.fetch(file)

    assert play(scenario) == b"abc"


def test_a_file_that_is_gone_or_too_large_cannot_be_had(play):
    async def scenario(town):
        message = await town.server.write("Read this", files={"a.txt": b"abc"})
        await town.answered()
        (file,) = town.desk.inbox.latest()[0].attachments
        with pytest.raises(Unfetched, match="21000000 bytes"):
            await town.service.fetch(replace(file, size=21_000_000))
        town.server.messages[DIRECT].remove(message)
        town.server.files.clear()
        with pytest.raises(Unfetched, match=r"a\.txt"):
            await town.service.fetch(file)

    play(scenario)


# --- being let in


def test_token_and_key_are_those_of_the_settings(play):
    given = {"DISCORD_BOT_TOKEN": f" {TOKEN} ", "DISCORD_PUBLIC_KEY": "ab" * 32}
    made = adapters.adapter(config.load(given), "discord", Hook("https://bot.example", 8766))

    assert (made._token, made._key, made._hook.port) == (TOKEN, "ab" * 32, 8766)
    assert (made.name, made._address, made._server) == ("discord", "", None)


def test_a_token_that_discord_does_not_know_is_one_clear_error(play):
    async def scenario(town):
        with pytest.raises(ConfigError, match="DISCORD_BOT_TOKEN is not a token") as refused:
            await town.adapter(token="another").begin()
        return refused.value.hint

    assert "reset it at https://discord.com/developers" in play(scenario, is_started=False)


def test_a_token_that_is_taken_back_ends_the_bot(play):
    async def scenario(town):
        await town.server.drop(code=4004)
        with pytest.raises(ConfigError, match="DISCORD_BOT_TOKEN is not a token"):
            await town.until(lambda: False)
        town.work = None

    play(scenario)


def test_without_the_right_to_read_messages_it_says_where_to_switch_it_on(play):
    async def scenario(town):
        town.server.reads_messages = False
        with pytest.raises(ConfigError, match="lets this bot read no messages") as refused:
            await town.adapter().begin()
        return refused.value.hint

    hint = play(scenario, is_started=False)
    assert hint == (
        f"switch on Message Content Intent at https://discord.com/developers/applications/{BOT}/bot"
    )


def test_a_right_that_is_taken_away_while_it_is_at_work_ends_it_with_the_same_words(play):
    async def scenario(town):
        town.server.reads_messages = False
        await town.server.drop(is_forgotten=True)
        with pytest.raises(ConfigError, match="lets this bot read no messages"):
            await town.until(lambda: False)
        town.work = None

    play(scenario)


def test_a_discord_that_cannot_be_reached_is_away_and_may_be_asked_again(play):
    async def scenario(town):
        adapter = town.adapter()
        for path, status in (("/users/@me", 503), ("/oauth2/applications/@me", 403)):
            town.server.fail("GET", path, status, times=1 if status == 403 else 5)
        with pytest.raises(Away):
            await town.adapter(address="http://127.0.0.1:1").begin()
        town.server._failures[0].times = 0
        with pytest.raises(Away):
            await adapter.begin()
        await adapter.begin()
        await adapter.close()
        return adapter.identity

    assert play(scenario, is_started=False) == str(BOT)


def test_a_gateway_that_cannot_be_reached_at_first_is_tried_again(play, caplog):
    async def scenario(town):
        town.server.is_closed_for = 1
        await town.start()
        return await town.ask("Hello")

    with caplog.at_level(logging.WARNING):
        assert play(scenario, is_started=False) == ["Hello"]
    assert "the gateway of discord is not there" in caplog.text


def test_what_the_library_cannot_read_ends_a_connection_and_not_the_bot(play):
    async def scenario(town):
        await town.server.tell("MESSAGE_CREATE", {"channel_id": str(DIRECT), "id": "no number"})
        await town.until(lambda: town.server.ready == 2)
        return await town.ask("Hello")

    assert play(scenario) == ["Hello"]
