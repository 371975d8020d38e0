"""Approvals through the real library: buttons that come, are pressed once, and go."""

import asyncio

import pytest

from telegram_server import ANN, BOB, DM


@pytest.fixture
def asked(shop, talking, server):
    """A task that waits for a reply, begun by an owner."""
    from ai_sessions.workspace.tasks import TaskState, save_state

    talking.say(f"/start {talking.desk.members.new_code()}")
    save_state(shop.space, "T1.1", TaskState("blocked", question="In _cents_?"))
    shop.fails(6, "needs_person", "T1.1 asks: In _cents_?", waits_for="answer")
    talking.say("/implement pay T1.1")
    shop.finish()
    look(talking)
    shop.ends(next="verify.sh pay", task=None)
    return talking


def look(talking):
    async def looked():
        await talking.adapter.begin()
        try:
            await talking.bot.watcher.look()
        finally:
            await talking.adapter.close()

    talking.restart()
    asyncio.run(looked())
    talking.restart()


def labels(shown):
    return [one["text"] for row in shown.buttons for one in row]


def test_a_reply_in_telegram_is_the_answer_and_the_next_command_is_a_button(shop, asked, server):
    question = server.messages()[-1]
    assert labels(question) == ["Leave it"]
    asked.say("yes, in cents", DM, reply_to_message=asked.server._told(question))
    shop.finish()
    assert shop.calls[-1]["words"][-1] == "--answer=yes, in cents"
    assert (labels(question), "Answered by Ann" in question.text) == ([], True)

    look(asked)
    offer = server.messages()[-1]
    assert labels(offer) == ["Verify"]
    data = offer.buttons[0][0]["callback_data"]
    for sender in (ANN, ANN):
        server.press(offer, data, sender=sender)
    asked.run()
    shop.finish()
    assert [call["words"][0] for call in shop.calls] == ["implement", "implement", "verify"]
    assert labels(offer) == []
    assert "Answered already." in [one.get("text") for one in server.called("answerCallbackQuery")]


def test_a_press_of_somebody_else_in_telegram_is_refused(shop, asked, server):
    asked.environment["TELEGRAM_ALLOWED"] += f" {BOB['id']}"
    question = server.messages()[-1]
    server.press(question, question.buttons[0][0]["callback_data"], sender=BOB)
    asked.run()

    (heard,) = server.called("answerCallbackQuery")
    assert heard["text"] == "This is for the owner of this bot."
    assert labels(question) == ["Leave it"]
