"""What discord.py gives us, as events of ours; the usual ways are in `test_adapter`."""

import pytest

from discord_server import ANN, BOB, BOT, DIRECT, GENERAL, ROLE, SERVER


@pytest.fixture
def stored(play):
    """The event that a message becomes."""

    def event(text="", channel=DIRECT, **more):
        async def scenario(town):
            await town.server.write(text, channel, **more)
            await town.until(town.desk.inbox.latest)
            return town.desk.inbox.latest()[0]

        return play(scenario)

    return event


def test_a_direct_message_is_at_its_author_s(stored):
    event = stored("Hello")

    assert (event.place.key, event.place.is_private, event.place.server) == (str(ANN), True, "")
    assert (event.sender.id, event.sender.name) == (str(ANN), "Ann")


def test_a_message_of_a_channel_is_there_and_of_its_server(stored):
    event = stored(f"<@{BOT}> Hello", GENERAL, author=BOB)

    assert (event.place.key, event.place.server) == (str(GENERAL), str(SERVER))
    assert (event.place.is_private, event.place.title) == (False, "general")


def test_its_id_is_discord_s_and_its_time_is_in_utc(stored):
    event = stored("Hello", at=1_800_000_000.0)

    assert event.id == event.message
    assert event.at == "2027-01-15T08:00:00.000Z"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (f"<@{BOT}>   Hello", "Hello"),
        (f"well, <@!{BOT}> , hello", "well, , hello"),
        (f"ask <@{BOB}> or <@!{BOB}> <@{BOT}>", "ask @Bob or @Bob"),
        (f"<@&{ROLE}>\n\nfirst\n\nsecond", "first\n\nsecond"),
        (f"```\n  x <@{BOT}>\n```", "```\n  x \n```"),
    ],
)
def test_mentions_are_names_and_ours_is_none(stored, said, text):
    assert stored(said, GENERAL).text == text


@pytest.mark.parametrize(
    ("said", "command", "text"),
    [
        ("/help", "help", ""),
        ("/model  auto\nplease", "model", "auto\nplease"),
        ("/etc/hosts is broken", "", "/etc/hosts is broken"),
        ("/ help", "", "/ help"),
        ("see /help", "", "see /help"),
    ],
)
def test_a_command_that_was_typed_is_one(stored, said, command, text):
    event = stored(said)

    assert (event.command, event.text) == (command, text)


def test_only_a_reply_to_the_bot_is_for_the_bot(play):
    async def scenario(town):
        ours = await town.server.write("I am", GENERAL, author=BOT)
        other = await town.server.write("He is", GENERAL, author=BOB)
        await town.server.write("to Bob", GENERAL, reply_to=other["id"])
        await town.server.write("to all", GENERAL)
        await town.server.write("to you", GENERAL, reply_to=ours["id"])
        await town.ask("Hello")
        return sorted(one.text for one in town.desk.inbox.latest())

    assert play(scenario) == ["Hello", "to you"]


def test_a_reply_names_what_it_replies_to(play):
    async def scenario(town):
        first = await town.server.write("One", is_heard=False)
        await town.server.write("Two", reply_to=first["id"])
        await town.until(town.desk.inbox.latest)
        return town.desk.inbox.latest()[0].reply_to == first["id"]

    assert play(scenario)


def test_a_file_alone_says_something(stored):
    (file,) = stored(files={"a.png": b"123"}).attachments

    assert (file.name, file.media, file.size) == ("a.png", "image/png", 3)


def test_a_message_that_was_passed_on_is_read(stored):
    inner = {"content": "From afar", "attachments": [], "embeds": [], "type": 0, "flags": 0}
    inner |= {"timestamp": "2026-11-28T10:00:00+00:00", "edited_timestamp": None, "components": []}
    inner |= {"mentions": [], "mention_roles": []}

    assert stored(message_snapshots=[{"message": inner}]).text == "From afar"


def test_nothing_said_is_no_event(play):
    async def scenario(town):
        await town.server.write("")
        await town.server.write(f"<@{BOT}>", GENERAL)
        await town.ask("Hello")
        return [one.text for one in town.desk.inbox.latest()]

    assert play(scenario) == ["Hello"]
