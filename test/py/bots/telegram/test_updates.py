"""Updates of Telegram as events of ours."""

import pytest
from telegram import Update, User

from ai_sessions.bots.events import Person, Place
from ai_sessions.bots.telegram import updates
from telegram_server import ANN, BOT, DATE, DM, FORUM, GROUP, Telegram

BOT_USER = User.de_json(BOT)
HIDDEN = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}


@pytest.fixture
def people():
    return Telegram()


@pytest.fixture
def said(people):
    """The event of a message; None: it is nothing for us."""

    def told(text, chat=DM, sender=ANN, **more):
        return read({"update_id": 5, "message": people.message(text, chat, sender, **more)})

    return told


def read(update):
    return updates.inbound(Update.de_json(updates.readable(update), None), BOT_USER)


def test_a_message_is_told_whole(said):
    event = said("Hello")

    assert event.id == "5"
    assert event.place == Place("7", is_private=True, title="Ann Lee")
    assert event.sender == Person("7", "Ann Lee")
    assert event.at == "2026-11-28T10:00:00.000Z"
    assert (event.kind, event.text, event.command, event.message) == ("message", "Hello", "", "1")


@pytest.mark.parametrize(
    ("text", "command", "rest"),
    [
        ("/help", "help", ""),
        ("/Remember  the milk ", "remember", "the milk"),
        ("/plan@ann_test_bot web\nall of it", "plan", "web\nall of it"),
        ("/plan@Ann_Test_Bot web", "plan", "web"),
        ("/usr/bin is a path", "", "/usr/bin is a path"),
        ("/ nothing", "", "/ nothing"),
        ("say /help", "", "say /help"),
    ],
)
def test_a_command_is_told_with_what_follows_it(said, text, command, rest):
    for chat in (DM, GROUP):
        event = said(text, chat)
        assert (event.command, event.text) == (command, rest)
        assert event.is_addressed == (chat == DM or bool(command))


def test_an_album_is_one_message_with_the_words_of_one_and_the_files_of_all(people):
    def picture(number, text=None):
        size = {"file_id": f"f{number}", "file_unique_id": "u", "width": 1, "height": 1}
        message = people.message(text, GROUP, photo=[size], media_group_id="1")
        return Update.de_json({"update_id": number, "message": message}, None)

    album = [picture(1), picture(2, "@ann_test_bot which one?"), picture(3)]
    event = updates.together(album, BOT_USER)

    assert (event.id, event.text, event.is_addressed) == ("1", "which one?", True)
    assert [one.id for one in event.attachments] == ["f1", "f2", "f3"]
    assert not updates.together(album[:1], BOT_USER).is_addressed
    assert updates.together([Update(7)], BOT_USER) is None


def test_a_command_for_another_bot_is_nothing_for_us(said):
    assert said("/help@other_bot", GROUP) is None


def test_a_command_in_somebody_elses_forwarded_words_commands_nothing(said):
    origin = {"type": "hidden_user", "date": DATE, "sender_user_name": "Eve"}
    event = said("/implement web", forward_origin=origin)

    assert (event.command, event.text) == ("", "Forwarded:\n> /implement web")


@pytest.mark.parametrize(
    ("text", "more", "told"),
    [
        ("Lunch?", {}, None),
        ("@ann_test_bot, why?", {}, "why?"),
        ("@Ann_Test_Bot why?", {}, "why?"),
        ("why @ann_test_bot", {}, "why"),
        ("why does @ann_test_bot ask", {}, "why does @ann_test_bot ask"),
        ("@ann_test_bots why?", {}, None),
        ("@someone_else why?", {}, None),
        (
            "Ann's bot why?",
            {"entities": [{"type": "text_mention", "offset": 0, "length": 9, "user": BOT}]},
            "Ann's bot why?",
        ),
    ],
)
def test_in_a_group_it_is_meant_when_it_is_mentioned(said, text, more, told):
    event = said(text, GROUP, **more)

    assert event.is_addressed == (told is not None)
    assert event.text == (told or text)


def test_a_reply_to_it_is_meant_for_it(people, said):
    ours = people.message("Sure?", GROUP, BOT)
    theirs = people.message("Sure?", GROUP, ANN)

    assert said("Yes", GROUP, reply_to_message=ours).is_addressed
    assert said("Yes", GROUP, reply_to_message=ours).reply_to == str(ours["message_id"])
    assert said("Yes", GROUP, reply_to_message=ours).text == "Yes"
    assert not said("Yes", GROUP, reply_to_message=theirs).is_addressed


def test_a_topic_that_the_bot_made_is_no_message_to_reply_to(people, said):
    made = people.message(
        None, FORUM, BOT, forum_topic_created={"name": "Web", "icon_color": 7322096}
    )
    event = said("Lunch?", FORUM, message_thread_id=5, reply_to_message=made)

    assert (event.place.topic, event.reply_to, event.is_addressed) == ("5", "", False)


def test_a_thread_of_replies_in_a_group_without_topics_is_none(said):
    event = said("Hello", GROUP, message_thread_id=5, is_topic_message=False)

    assert event.place == Place("-200", title="Team")


@pytest.mark.parametrize(
    "more",
    [
        {"sender": {**ANN, "is_bot": True}},
        {"is_automatic_forward": True, "sender_chat": {"id": -5, "type": "channel", "title": "C"}},
        {"text": None},
        {"text": " \n"},
        {"text": None, "new_chat_title": "Other"},
    ],
)
def test_is_nothing_for_us(said, more):
    assert said(more.pop("text", "Hello"), GROUP, **more) is None


@pytest.mark.parametrize("kind", ["edited_message", "channel_post", "edited_channel_post"])
def test_other_kinds_are_nothing_for_us(people, kind):
    assert read({"update_id": 5, kind: people.message("Hello", GROUP)}) is None


def test_an_anonymous_administrator_is_the_group_and_not_the_user_that_all_of_them_share(said):
    event = said("/id", GROUP, HIDDEN, sender_chat=GROUP)

    assert event.sender == Person("-200", "Team")


@pytest.mark.parametrize("names", [("migrate_to_chat_id", -200), ("migrate_from_chat_id", -1002)])
def test_a_group_that_moves_says_so_on_both_sides(said, names):
    name, chat = names
    other = -1002 if chat == -200 else -200
    event = said(None, {**GROUP, "id": chat}, **{name: other})

    assert (event.kind, event.place.chat, event.moved_to) == ("moved", "-200", "-1002")


def query(**more):
    told = {"id": "q9", "from": ANN, "chat_instance": "1", "data": "yes", **more}
    return read({"update_id": 6, "callback_query": told})


def test_a_pressed_button_is_told_with_its_message(people):
    message = people.message("Sure?", FORUM, BOT, message_thread_id=5)
    event = query(message=message)

    assert (event.kind, event.button, event.handle) == ("button", "yes", "q9")
    assert event.message == str(message["message_id"])
    assert event.place.key == "-1003000:5"
    assert event.sender == Person("7", "Ann Lee")


def test_a_button_of_a_message_that_is_too_old_to_be_read_works():
    event = query(message={"chat": GROUP, "message_id": 4, "date": 0})

    assert (event.place.chat, event.message, event.button) == ("-200", "4", "yes")


@pytest.mark.parametrize("more", [{"data": None, "game_short_name": "chess"}, {"message": None}])
def test_a_button_without_data_or_message_is_nothing_for_us(people, more):
    assert query(**{"message": people.message("Sure?"), **more}) is None


@pytest.mark.parametrize("told", [None, 7, [], "x", {}, {"update_id": "5"}, {"update_id": True}])
def test_what_has_no_number_is_nothing_at_all(told):
    assert updates.readable(told) is None


def test_of_what_the_library_cannot_read_the_number_is_left():
    assert updates.readable({"update_id": 5, "message": {"chat": 7}}) == {"update_id": 5}
