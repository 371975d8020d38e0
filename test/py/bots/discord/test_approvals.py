"""Approvals through the real library: buttons that come, are pressed once, and go."""

from discord_server import ANN, BOB


def labels(message):
    return [one["label"] for row in message["components"] for one in row["components"]]


def handled(town):
    with town.desk.database.opened() as connection:
        return connection.execute("select count(*) from event where state = 'done'").fetchone()[0]


def test_a_button_in_discord_begins_what_it_says_once_and_for_an_owner(shop, play):
    async def scenario(town):
        shop.ends(next="verify.sh pay", task=None)
        code = town.desk.members.new_code()
        await town.server.command("start", code)
        await town.until(town.desk.members.owners)
        await town.server.command("review", "pay")
        await town.until(town.desk.work.open)
        shop.finish()
        await town.bot.watcher.look()
        offer = town.server.said()[-1]
        before = labels(offer)
        data = offer["components"][0]["components"][0]["custom_id"]
        for author in (BOB, ANN, ANN):
            count = handled(town)
            await town.server.press(data, offer, author=author)
            await town.until(lambda: handled(town) > count)  # noqa: B023
        shop.finish()
        return before, town.server.said()

    before, said = play(scenario)
    (offer,) = [one for one in said if "reviewed" in one["content"]]
    assert (before, labels(offer)) == (["Verify"], [])
    assert "Begun by Ann" in offer["content"]
    assert [call["words"][0] for call in shop.calls] == ["review", "verify"]
