"""Bots of ours over the real library and a Bot API of ours."""

import asyncio
import logging

import pytest

import openai_server
from ai_sessions import config
from ai_sessions.bots.adapter import (
    Away,
    Gone,
    Hook,
    Message,
    Moved,
    RetryAfter,
    Unfetched,
    Unformatted,
    Unreachable,
)
from ai_sessions.bots.commands.table import COMMANDS
from ai_sessions.bots.delivery import Talk
from ai_sessions.bots.events import Attachment, Button, Draft, Inbound, Person, Place, Say
from ai_sessions.bots.telegram import adapter as telegram
from ai_sessions.errors import ConfigError, UsageError
from ai_sessions.sessions import latest
from loopback import Turn
from telegram_server import ANN, BOB, DM, FORUM, GROUP, TOKEN

HERE = Place("7", is_private=True)
TEAM = Place("-200")
TOPIC = Place("-1003000", "5")


def sent(text="Hello", place=HERE, **more):
    return lambda adapter: adapter.send(place, Message(text, **more))


# --- from a message to its answer


def test_what_is_said_in_private_is_answered(talking, server):
    assert talking.say("Hello **you**") == ["Hello you"]
    assert [one.type for one in server.messages()[0].entities] == ["bold"]


def test_in_a_group_the_answer_is_a_reply(talking, server):
    talking.say("@ann_test_bot Hello", GROUP)
    (shown,) = server.messages(GROUP["id"])

    assert shown.text == "Ann Lee: Hello"
    assert shown.reply_to == 1


def test_what_is_not_meant_for_it_in_a_group_is_left_alone(talking, server):
    assert talking.say("Lunch?", GROUP) == []
    assert server.waiting == []


def test_a_topic_is_answered_in_it_and_has_a_session_of_its_own(talking, server):
    talking.environment["TELEGRAM_ALLOWED"] = f"7 {FORUM['id']}"
    talking.restart()
    talking.say("/id", FORUM, message_thread_id=5)
    talking.say("@ann_test_bot a", FORUM, message_thread_id=5)
    talking.say("@ann_test_bot b", FORUM, message_thread_id=6)

    assert [(one.thread, one.text) for one in server.messages()] == [
        (5, "You are 7; this chat is -1003000, topic 5."),
        (5, "Ann Lee: a"),
        (6, "Ann Lee: b"),
    ]
    assert talking.parts.core.find_by_conversation("-1003000:5", "telegram")
    assert talking.parts.core.find_by_conversation("-1003000:6", "telegram")


def test_a_stranger_is_refused_in_a_word_and_has_no_session(talking, server):
    server.chats[8] = {**DM, "id": 8}
    (told,) = talking.say("Hello", server.chats[8], sender=BOB)

    assert told.startswith("This bot is private")
    assert talking.parts.core.find_by_conversation("8", "telegram") is None


def test_a_group_that_becomes_a_supergroup_goes_on_in_its_session(talking, server):
    talking.say("@ann_test_bot one", GROUP)
    there = server.migrate(GROUP)
    said = talking.say("@ann_test_bot two", there, sender=BOB)
    session = talking.parts.core.find_by_conversation("-200", "telegram")

    assert said == ["Bob: two"]
    assert len(latest.last_calls(talking.parts.store, session.name, 9)) == 2


def test_an_answer_to_a_group_that_has_moved_meanwhile_arrives(talking, server):
    server.say("@ann_test_bot one", GROUP)
    there = server.migrate(GROUP)
    talking.run()

    assert server.texts(there["id"]) == ["Ann Lee: one"]


def test_what_is_written_to_a_group_again_after_a_flood_waits_as_told(talking, server):
    server.flood("sendMessage", 1234)

    assert talking.say("Hello") == ["Hello"]
    assert any(seconds > 1000 for seconds in talking.slept)


def test_formatting_that_telegram_cannot_read_goes_out_plain(talking, server):
    server.fail("sendMessage", 400, "Bad Request: can't parse entities: Unclosed start tag")

    assert talking.say("**Hello**") == ["**Hello**"]


def test_who_has_blocked_the_bot_ends_the_message_and_not_the_bot(talking, server):
    server.blocked.add(7)

    assert talking.say("Hello") == []
    server.blocked.clear()
    assert talking.say("Again") == ["Again"]


def test_a_button_that_somebody_else_presses_is_not_theirs(talking, server):
    buttons = (Button("Yes", "yes"),)
    asyncio.run(begun(talking.adapter, sent("Sure?", TOPIC, buttons=buttons)))
    (shown,) = server.messages()
    assert shown.buttons == [[{"text": "Yes", "callback_data": "yes"}]]

    talking.restart()
    server.press(shown, "yes", sender=BOB)
    talking.run()
    (heard,) = server.called("answerCallbackQuery")
    assert heard["text"] == "This is not for you."


async def begun(adapter, work):
    await adapter.begin()
    try:
        return await work(adapter)
    finally:
        await adapter.close()


@pytest.mark.parametrize(
    "update",
    [
        {"message": {}},
        {"message": {"message_id": 1}},
        {"message": {"message_id": "x", "date": "never", "chat": 7}},
        {"message": {"message_id": 2, "date": 10**30, "chat": DM, "from": ANN, "text": "late"}},
        {"callback_query": {"id": "1"}},
        {"callback_query": {"id": "1", "from": ANN, "chat_instance": "1", "data": "x"}},
        {"edited_message": {"message_id": 3, "date": 1, "chat": DM, "from": ANN, "text": "other"}},
        {"channel_post": {"message_id": 3, "date": 1, "chat": {"id": -5, "type": "channel"}}},
        {"some_kind_of_next_year": {"a": [1, {"b": None}]}},
        {"message": None},
        {},
    ],
)
def test_what_it_cannot_read_is_passed_over_and_the_next_is_answered(talking, server, update):
    server.put(**update)

    assert talking.say("Hello") == ["Hello"]
    assert server.waiting == []


def test_huge_ids_and_broken_characters_are_no_hindrance(talking, server):
    person = {"id": 10**25, "is_bot": False, "first_name": "A\ud800\x00nn"}
    chat = {"id": 10**25, "type": "private", "first_name": "A"}
    server.chats[10**25] = chat
    file = {"file_id": "f", "file_unique_id": "f", "file_size": 10**25}
    server.say("a\x00b\udc00c", chat, person)
    server.say("c", chat, person, document=file)
    talking.environment["TELEGRAM_ALLOWED"] = str(10**25)
    talking.restart()
    talking.run()

    assert server.texts(10**25) == ["ab?c"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_answered_in_a_chat_of_its_owner(talking, server, command):
    talking.say(f"/start {talking.desk.members.new_code()}")
    talking.say("Hello")
    said = talking.say(f"/{command}@ann_test_bot")

    assert said
    assert not any("I do not know" in one or "incident" in one for one in said)
    assert talking.desk.inbox.left() == []


def test_a_file_with_a_caption_is_fetched_and_told_to_the_model(talking, server):
    server.files["large"] = b"words of the file"
    file = {"file_id": "large", "file_unique_id": "u", "file_name": "a.txt", "file_size": 17}
    talking.say("What is it?", document={**file, "mime_type": "text/plain"})
    session = talking.parts.core.find_by_conversation("7", "telegram")
    (call,) = latest.last_calls(talking.parts.store, session.name, 9)
    told = str(call.messages)

    assert "What is it?" in told
    assert "words of the file" in told


# --- a message as it goes out


@pytest.mark.parametrize("chat", [DM, GROUP])
def test_a_models_nine_thousand_characters_with_code_come_in_whole_parts(talking, server, chat):
    code = "".join(f"    print({number}, '<&>')\n" for number in range(150))
    text = (f"Intro **bold**\n```python\n{code}```\nمرحب 😀 end\n" * 3)[:9000]
    with openai_server.server([Turn(text)]) as model:
        talking.environment |= {"AI_PROVIDER": "openai", "AI_MODEL": "test-model"}
        talking.environment |= {"OPENAI_BASE_URL": f"{model.url}/v1", "OPENAI_API_KEY": "sk-x"}
        talking.restart()
        said = talking.say("@ann_test_bot Tell me", chat)
    shown = server.messages(chat["id"])

    assert len(said) == 3
    assert all(any(part.type == "pre" for part in one.entities) for one in shown)
    assert [one.reply_to for one in shown] == ([None] * 3 if chat == DM else [1, None, None])
    for words in ("print(", "<&>", "مرحب 😀 end"):
        assert "".join(said).count(words) == text.count(words)


@pytest.mark.parametrize(
    ("place", "method", "shown"),
    [(HERE, "sendMessageDraft", ["0", "9"]), (TEAM, "sendMessage", ["0 …", "9 …"])],
)
def test_what_comes_fast_is_shown_as_often_as_telegram_takes_it(
    talking, server, place, method, shown
):
    """A draft or an edit waits until the time between two is over."""
    event = Inbound("1", place, Person("7"), "2026-11-28T10:00:00.000Z", message="1")

    async def tell(_adapter):
        over = asyncio.Semaphore(0)
        talking.mail.sleep = lambda _seconds: over.acquire()
        talk, loop = Talk(talking.mail, event), asyncio.get_running_loop()
        await talk.tell(Draft("0"))
        await loop.run_in_executor(None, server.until, method)
        for number in range(10):
            await talk.tell(Draft(str(number)))
        over.release()
        next_ = (method, 2) if place.is_private else ("editMessageText", 1)
        await loop.run_in_executor(None, server.until, *next_)
        await talk.tell(Say("**end**", is_answer=True))

    asyncio.run(begun(talking.adapter, tell))
    calls = [one for one in server.calls if one.method.startswith(("sendMessage", "edit"))]

    assert [one.params["text"] for one in calls] == [*shown, "<b>end</b>"]
    assert server.texts() == ["end"]


def test_edits_that_are_too_many_wait_and_the_answer_arrives(talking, server):
    event = Inbound("1", TEAM, Person("7"), "2026-11-28T10:00:00.000Z", message="1")

    async def tell(_adapter):
        talk, loop = Talk(talking.mail, event), asyncio.get_running_loop()
        await talk.tell(Draft("so far"))
        await loop.run_in_executor(None, server.until, "sendMessage")
        server.flood("editMessageText", 1234)
        await talk.tell(Say("so far **so good**", is_answer=True))

    asyncio.run(begun(talking.adapter, tell))

    assert server.texts() == ["so far so good"]
    assert any(seconds > 1000 for seconds in talking.slept)


def test_emoji_count_twice(talking, server):
    event = Inbound("1", HERE, Person("7"), "2026-11-28T10:00:00.000Z")

    async def tell(_adapter):
        await Talk(talking.mail, event).tell(Say("😀" * 4000))

    asyncio.run(begun(talking.adapter, tell))

    assert "".join(server.texts()) == "😀" * 4000
    assert len(server.texts()) == 2


@pytest.mark.parametrize(
    ("status", "description", "parameters", "raised"),
    [
        (400, "Bad Request: can't parse entities: x", {}, Unformatted),
        (400, "Bad Request: ENTITIES_TOO_LONG", {}, Unformatted),
        (400, "Bad Request: message is too long", {}, Unformatted),
        (400, "Bad Request: chat not found", {}, Unreachable),
        (400, "Bad Request: message thread not found", {}, Unreachable),
        (400, "Bad Request: TOPIC_CLOSED", {}, Unreachable),
        (403, "Forbidden: bot was blocked by the user", {}, Unreachable),
        (403, "Forbidden: bot was kicked from the group chat", {}, Unreachable),
        (429, "Too Many Requests: retry after 7", {"retry_after": 7}, RetryAfter),
        (400, "Bad Request: upgraded", {"migrate_to_chat_id": -1009}, Moved),
        (401, "Unauthorized", {}, ConfigError),
        (500, "Internal Server Error", {}, Away),
        (502, "Bad Gateway", {}, Away),
    ],
)
def test_an_error_of_telegram_becomes(connected, server, status, description, parameters, raised):
    async def fail(adapter):
        server.fail("sendMessage", status, description, **parameters)
        with pytest.raises(raised) as failed:
            await adapter.send(HERE, Message("Hello"))
        return failed.value

    failed = connected(fail)

    assert getattr(failed, "seconds", 7.0) == 7.0
    assert getattr(failed, "to", "-1009") == "-1009"
    assert TOKEN not in str(failed)


def test_a_connection_that_ends_is_away(connected, server):
    async def fail(adapter):
        server.drop("sendMessage")
        with pytest.raises(Away):
            await adapter.send(HERE, Message("Hello"))

    connected(fail)


def test_an_edit_that_changes_nothing_is_none(connected, server):
    async def edit(adapter):
        id_ = await adapter.send(HERE, Message("Hello"))
        await adapter.edit(HERE, id_, Message("Hello"))
        await adapter.edit(HERE, id_, Message("Other", buttons=(Button("Go", "go"),)))
        await adapter.edit(HERE, id_, Message("Other"))

    connected(edit)
    (shown,) = server.messages()

    assert (shown.text, shown.buttons, shown.edits) == ("Other", [], 2)


def test_a_message_that_was_deleted_is_gone(connected, server):
    async def edit(adapter):
        id_ = await adapter.send(HERE, Message("Hello"))
        server.delete(server.messages()[0])
        with pytest.raises(Gone):
            await adapter.edit(HERE, id_, Message("Other"))

    connected(edit)


def test_a_message_has_its_place_its_reply_and_its_sound(connected, server):
    server.say("Hello", FORUM, message_thread_id=5)
    connected(sent(place=TOPIC, reply_to="1", is_quiet=True))
    (shown,) = server.messages()

    assert (shown.thread, shown.reply_to, shown.is_quiet) == (5, 1, True)


def test_a_message_that_it_replies_to_may_be_gone(connected, server):
    connected(sent(reply_to="4711"))

    assert server.texts() == ["Hello"]


def test_long_labels_stand_one_below_the_other(connected, server):
    labels = ["Approve", "Allow for this whole session", "Deny"]
    connected(sent(buttons=[Button(one, one[:3]) for one in labels]))
    connected(sent(buttons=[Button("Yes", "y"), Button("No", "n")]))
    first, second = server.messages()

    assert [len(row) for row in first.buttons] == [1, 1, 1]
    assert [len(row) for row in second.buttons] == [2]


def test_half_a_character_does_not_hold_up_the_rest(connected, server):
    connected(sent("a\ud83d b"))

    assert server.texts() == ["a? b"]


def test_a_message_without_a_visible_sign_arrives(connected, server):
    connected(sent(" \n"))
    connected(sent("\n", is_plain=True))

    assert server.texts() == ["…", "…"]


def test_drafts_are_for_private_chats(connected, server):
    async def draft(adapter):
        return [await adapter.draft(place, 1, "so **far") for place in (HERE, TEAM, TOPIC)]

    assert connected(draft) == [True, False, False]
    assert [one["text"] for one in server.drafts] == ["so **far"]


def test_a_server_that_knows_no_drafts_is_asked_once(connected, server):
    async def draft(adapter):
        server.fail("sendMessageDraft", 404, "Not Found: method not found")
        return [await adapter.draft(HERE, 1, "a"), await adapter.draft(HERE, 1, "b")]

    assert connected(draft) == [False, False]
    assert len(server.called("sendMessageDraft")) == 1


def test_a_draft_that_is_refused_in_one_chat_is_tried_in_the_next(connected, server):
    async def draft(adapter):
        server.fail("sendMessageDraft", 400, "Bad Request: TEXTDRAFT_PEER_INVALID")
        return [await adapter.draft(HERE, 1, "a"), await adapter.draft(HERE, 1, "b")]

    assert connected(draft) == [False, True]


def test_it_shows_that_it_is_at_work_in_the_topic(connected, server):
    connected(lambda adapter: adapter.working(TOPIC))
    (call,) = server.called("sendChatAction")

    assert (call["action"], call["message_thread_id"]) == ("typing", 5)


def test_a_file_arrives_with_its_name_and_caption(connected, server):
    connected(lambda adapter: adapter.send_file(TOPIC, "a b.md", b"\x00data", "c" * 2000))
    (shown,) = server.messages()

    assert shown.file == ("a b.md", b"\x00data")
    assert (shown.text, shown.thread) == ("c" * 1024, 5)


def test_a_button_that_was_pressed_long_ago_is_no_error(connected, server):
    event = Inbound("1", HERE, Person("7"), "", kind="button", handle="gone")
    connected(lambda adapter: adapter.heard(event, "Done"))

    assert len(server.called("answerCallbackQuery")) == 1


def test_a_file_is_fetched(connected, server):
    server.files["f1"] = b"words"

    assert connected(lambda adapter: adapter.fetch(Attachment("f1", "a.txt"))) == b"words"


@pytest.mark.parametrize(("file", "size"), [("huge", None), ("f1", (20 << 20) + 1), ("gone", None)])
def test_a_file_that_cannot_be_had_is_told(connected, server, file, size):
    server.files["huge"] = bytes((20 << 20) + 1)
    server.files["f1"] = b""

    async def fetch(adapter):
        with pytest.raises(Unfetched, match=r"a\.txt"):
            await adapter.fetch(Attachment(file, "a.txt", size=size))

    connected(fetch)


# --- the beginning


def test_it_tells_telegram_its_commands_and_ends_a_webhook(connected, server):
    server.webhook = {"url": "https://bot.example/t"}

    assert connected(name) == "110201543"
    assert server.commands[0]["command"] == "start"
    assert server.webhook == {}


async def name(adapter):
    return adapter.identity


def test_commands_that_telegram_does_not_take_are_no_hindrance(connected, server, caplog):
    server.fail("setMyCommands", 400, "Bad Request: BOT_COMMAND_INVALID")

    assert connected(name) == "110201543"
    assert "does not show the commands" in caplog.text


@pytest.mark.parametrize("token", ["110201543:wrong", "no-token-at-all"])
def test_a_wrong_token_is_one_line_without_it(environment, token):
    settings = config.load({**environment, "TELEGRAM_BOT_TOKEN": token})
    with pytest.raises(ConfigError, match="does not take the token") as refused:
        asyncio.run(telegram.adapter(settings).begin())

    assert token not in f"{refused.value} {refused.value.hint}"


def test_a_service_that_is_away_at_the_beginning_is_away(connected, server):
    server.flood("getMe", 5)
    with pytest.raises(Away):
        connected(name)


@pytest.mark.parametrize(
    ("bot", "told"),
    [
        ({}, "all that it answers (privacy mode is on)"),
        ({"can_read_all_group_messages": True}, "privacy mode is off"),
        ({"can_join_groups": False}, "cannot be added to any"),
    ],
)
def test_a_check_tells_what_it_may_read(environment, server, bot, told):
    server.bot |= bot
    lines = asyncio.run(telegram.adapter(config.load(environment)).check())

    assert lines[0] == "I am @ann_test_bot, number 110201543"
    assert told in "\n".join(lines)
    assert {one.method for one in server.calls} == {"getMe", "getWebhookInfo"}


def test_a_check_tells_of_a_webhook_without_its_address(environment, server):
    server.webhook = {"url": "https://bot.example/hidden"}
    lines = asyncio.run(telegram.adapter(config.load(environment)).check())

    assert "a webhook" in lines[-1]
    assert "hidden" not in "\n".join(lines)
    assert server.webhook


def test_the_token_is_in_no_line_of_a_log(talking, server, caplog):
    with caplog.at_level(logging.DEBUG):
        server.drop("sendMessage")
        server.fail("getUpdates", 502, "Bad Gateway")
        talking.say("Hello")

    assert "getUpdates" in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize(
    "url", ["http://bot.example/", "https://bot.example:9000/", "bot", "https://"]
)
def test_a_webhook_that_telegram_does_not_call_is_refused(environment, url):
    with pytest.raises(UsageError, match="does not call"):
        telegram.adapter(config.load(environment), Hook(url, 0))
