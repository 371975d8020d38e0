"""Approvals by button: bound to what was shown, answered once, going on by themselves."""

import pytest

from ai_sessions.bots.events import Person
from ai_sessions.bots.questions import Questions
from ai_sessions.workflow import plan
from chat_service import GROUP

BOB = Person("8", "Bob")


def with_command(shop, *words):
    """Have the plan run a command that nobody has approved."""
    text = shop.space.text("plan.yaml")
    start = text.index("check: {cmd:")
    shop.space.write(f"{text[:start]}check: {{cmd: [{', '.join(words)}]}}\n", "plan.yaml")


def is_approved(shop):
    return plan.waiting(shop.space).commands == ()


@pytest.fixture
def asked(shop, owner):
    """A task that a command keeps from going on; the question is asked."""
    with_command(shop, "deploy", "--now")
    shop.fails(5, "gate", "not approved to run: deploy --now", waits_for="approval")
    owner.say("/implement pay T1.1")
    shop.finish()
    owner.look()
    shop.ends(task=None)
    return owner


def count(shop):
    return len(shop.calls)


def test_commands_are_shown_and_when_they_are_approved_the_task_goes_on(shop, asked):
    assert "\ndeploy --now\n" in asked.service.texts[-1]
    assert asked.labels == ["Approve", "Deny", "Allow for this session"]
    assert (is_approved(shop), count(shop)) == (False, 1)

    asked.press("Approve")
    shop.finish()
    assert (is_approved(shop), count(shop)) == (True, 2)
    assert "Approved by Ann, " in asked.service.texts[1]
    assert asked.labels == ["Stop"]
    assert asked.look() == ["pay: all tasks are done"]


def test_a_long_list_is_shown_whole_with_the_buttons_below_it(shop, owner):
    words = [f"word-{number}" for number in range(2000)]
    with_command(shop, "deploy", *words)
    shop.fails(5, "gate", "not approved to run", waits_for="approval")
    owner.say("/implement pay T1.1")
    shop.finish()
    texts = owner.look()

    assert len(texts) > 2 and "word-0 " in texts[0] and "word-1999" in texts[-2]
    assert texts[-1] == "pay T1.1: see above. What now?"
    owner.press("Approve")
    shop.finish()
    assert (is_approved(shop), owner.labels) == (True, ["Stop"])


def test_a_question_that_was_asked_when_the_bot_was_killed_is_asked_once(shop, owner, monkeypatch):
    with_command(shop, "deploy")
    shop.fails(5, "gate", "not approved to run", waits_for="approval")
    owner.say("/implement pay T1.1")
    shop.finish()
    with monkeypatch.context() as patched:
        patched.setattr(owner.desk.work, "end", killed)
        assert len(owner.look()) == 1
    owner.restart()

    assert owner.look() == []
    assert (len(owner.labels), len(owner.desk.questions.open())) == (3, 1)


def test_denied_nothing_is_approved_and_nothing_goes_on(shop, asked):
    asked.press("Deny")
    shop.finish()

    assert (is_approved(shop), count(shop), asked.labels) == (False, 1, [])
    assert "Denied by Ann" in asked.service.texts[-1]


def test_a_list_that_has_changed_since_it_was_shown_is_asked_anew(shop, asked):
    with_command(shop, "deploy", "--everything")
    asked.press("Approve")

    assert (is_approved(shop), count(shop)) == (False, 1)
    assert "It has changed since, so nothing is approved" in asked.service.texts[1]
    assert "\ndeploy --everything\n" in asked.service.texts[-1]
    asked.press("Approve")
    shop.finish()
    assert (is_approved(shop), count(shop)) == (True, 2)


@pytest.mark.parametrize("label", ["Approve", "Deny", "Allow for this session"])
def test_somebody_else_is_refused_and_nothing_but_that_is_recorded(shop, asked, label):
    asked.environment["TELEGRAM_ALLOWED"] += " 8"

    assert asked.press(label, BOB) == "This is for the owner of this bot."
    assert asked.press(label, Person("666", "Mallory"), place=GROUP) != ""
    assert (is_approved(shop), count(shop)) == (False, 1)
    assert len(asked.labels) == 3
    with asked.desk.database.opened() as connection:
        rows = connection.execute("select id, why from refusal").fetchall()
    assert ("8", "button") in rows


def test_a_second_press_begins_nothing(shop, asked):
    old = asked.service.buttons["2"][0]
    asked.press("Approve")
    shop.finish()
    asked.do(asked.event(kind="button", button=old.data, message="2"))

    assert asked.service.heard_texts[-1] == "Answered already."
    shop.finish()
    assert count(shop) == 2


@pytest.mark.parametrize("data", ["q:none:approve", "q", "q:::", "stop:../x", "what", "stop:"])
def test_a_button_that_we_never_made_does_nothing(shop, asked, data):
    asked.do(asked.event(kind="button", button=data, message="2"))

    assert asked.service.heard_texts == ["This button does nothing any more."]


def test_a_button_of_another_chat_does_nothing(shop, asked):
    button = asked.service.buttons["2"][0].data
    asked.do(asked.event(kind="button", button=button, place=GROUP))

    assert asked.service.heard_texts == ["This button does nothing any more."]
    assert not is_approved(shop)


def killed(*_given, **_named):
    raise KeyError("killed")


@pytest.mark.parametrize("where", ["_done", "_closed"])
def test_a_bot_that_is_killed_after_the_answer_goes_on_with_it_once(
    shop, asked, monkeypatch, where
):
    from ai_sessions.bots import approving

    with monkeypatch.context() as patched:
        patched.setattr(approving, where, killed)
        patched.setattr(asked.desk.inbox, "end", killed)
        asked.press("Approve")
    assert count(shop) == 1
    asked.restart()
    asked.do()
    shop.finish()

    assert (is_approved(shop), count(shop)) == (True, 2)
    asked.do()
    asked.look()
    assert count(shop) == 2


def test_a_bot_that_is_killed_when_the_run_has_begun_begins_no_second_one(shop, asked, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(asked.service, "edit", killed)
        patched.setattr(asked.desk.inbox, "end", killed)
        asked.press("Approve")
    shop.finish()
    asked.restart()
    asked.do()
    shop.finish()

    assert count(shop) == 2
    assert "Approved by Ann" in asked.service.texts[1]


def test_a_question_outlives_the_bot(shop, asked):
    asked.restart()
    asked.press("Approve")
    shop.finish()

    assert (is_approved(shop), count(shop)) == (True, 2)


def test_when_nobody_answers_in_time_it_is_denied(shop, asked):
    now = [0.0]
    question = asked.desk.questions.open()[0]
    asked.desk.questions = Questions(asked.desk.database, lambda: now[0])
    now[0] = question.until - 1
    asked.look()
    assert len(asked.labels) == 3

    now[0] = question.until
    asked.look()
    assert asked.labels == []
    assert "Nobody answered in time: denied." in asked.service.texts[-1]
    old = f"q:{question.id}:approve"
    asked.do(asked.event(kind="button", button=old, message="2"))
    assert asked.service.heard_texts[-1] == "Its time is over: denied."
    assert (is_approved(shop), count(shop)) == (False, 1)


@pytest.mark.parametrize(("said", "runs"), [("yes", 2), ("Approve.", 2), ("no", 1), ("perhaps", 1)])
def test_a_reply_of_yes_or_no_is_an_answer_too(shop, asked, said, runs):
    asked.say(said, reply_to="2")
    shop.finish()

    assert (count(shop), is_approved(shop)) == (runs, runs == 2)


# --- what is allowed beforehand


def test_what_was_allowed_is_not_asked_again_and_more_than_that_is(shop, asked):
    asked.press("Allow for this session")
    shop.finish()
    asked.look()
    assert "pay: 1 command\n" in asked.say("/allowed")[0]

    plan.approve(shop.space)
    text = shop.space.text("plan.yaml")
    shop.space.write(text.replace("title: Readme", "title: The readme"), "plan.yaml")
    from ai_sessions.workspace import approvals

    approvals.approve(shop.space.repo, "pay", "taken back")
    shop.fails(5, "gate", "not approved to run", waits_for="approval")
    asked.say("/implement pay T1.1")
    shop.finish()
    shop.ends(task=None)
    told = asked.look()
    assert "Allowed for this session: going on." in told[0]
    shop.finish()
    assert count(shop) == 4

    with_command(shop, "deploy", "--everything")
    shop.fails(5, "gate", "not approved to run", waits_for="approval")
    asked.say("/implement pay T1.1")
    shop.finish()
    asked.look()
    assert "Approve" in asked.labels


@pytest.mark.parametrize("said", ["/allowed off", "/new"])
def test_an_allowance_is_taken_back(shop, asked, said):
    asked.press("Allow for this session")
    shop.finish()
    asked.say(said)

    assert asked.say("/allowed") == ["Nothing is allowed beforehand here."]


# --- an agent's question


@pytest.fixture
def blocked(shop, owner):
    from ai_sessions.workspace.tasks import TaskState, save_state

    save_state(shop.space, "T1.1", TaskState("blocked", question="Cents or euros?"))
    shop.fails(6, "needs_person", "T1.1 asks: Cents or euros?", waits_for="answer")
    owner.say("/implement pay T1.1")
    shop.finish()
    owner.look()
    shop.ends(task=None)
    return owner


def test_a_reply_is_the_answer_and_the_task_goes_on(shop, blocked):
    assert "Cents or euros?" in blocked.service.texts[-1]
    blocked.say("--yes in cents", reply_to="2")
    shop.finish()

    assert shop.calls[-1]["words"] == [
        *("implement", "pay", "--task=T1.1", "--jsonl", "--answer=--yes in cents")
    ]
    assert "Answered by Ann" in blocked.service.texts[1]
    assert blocked.labels == ["Stop"]


def test_a_reply_that_is_the_name_of_a_button_is_an_answer(shop, blocked):
    blocked.say("deny", reply_to="2")
    shop.finish()

    assert shop.calls[-1]["words"][-1] == "--answer=deny"


def test_an_answer_counts_once(shop, blocked):
    blocked.say("cents", reply_to="2")
    shop.finish()

    assert blocked.say("euros", reply_to="2") == ["Answered already."]
    assert count(shop) == 2


def test_a_reply_of_somebody_else_is_no_answer(shop, blocked):
    blocked.environment["TELEGRAM_ALLOWED"] += " 8"

    assert blocked.say("cents", reply_to="2", sender=BOB) == ["This is for the owner of this bot."]
    assert count(shop) == 1


def test_an_answer_that_is_too_long_is_refused(shop, blocked):
    assert "at most 10,000" in blocked.say("x" * 10_001, reply_to="2")[0]
    assert count(shop) == 1


def test_a_reply_to_another_message_is_a_message(shop, blocked):
    assert blocked.say("cents", reply_to="1") == ["cents"]
    assert count(shop) == 1


# --- other things that wait


def test_a_tree_with_changes_is_gone_on_with_as_it_was_shown(shop, owner):
    (shop.repo / "README.md").write_text("Mine\n")
    shop.fails(6, "needs_person", "the tree has changes of its own", waits_for="tree")
    owner.say("/implement pay T1.1")
    shop.finish()
    owner.look()
    assert "\nREADME.md\n" in owner.service.texts[-1]
    (shop.repo / "other.py").write_text("x = 1\n")
    owner.press("Go on")
    assert "\nother.py\n" in owner.service.texts[-1]
    assert count(shop) == 1

    owner.press("Go on")
    shop.finish()
    assert shop.calls[-1]["words"][-1] == "--allow-dirty"


def test_a_run_that_has_begun_is_not_asked_about_again_for_what_it_changed(
    shop, owner, monkeypatch
):
    (shop.repo / "README.md").write_text("Mine\n")
    shop.fails(6, "needs_person", "the tree has changes of its own", waits_for="tree")
    owner.say("/implement pay T1.1")
    shop.finish()
    owner.look()
    with monkeypatch.context() as patched:
        patched.setattr(owner.service, "send", killed)
        owner.press("Go on")
    (shop.repo / "gateway.py").write_text("x = 1\n")
    owner.restart()
    owner.do()
    shop.finish()

    assert (count(shop), owner.labels) == (2, ["Stop"])


def test_what_comes_next_is_a_button(shop, owner):
    shop.ends(tasks=[], next="implement.sh pay --task T1.1")
    owner.say("/plan pay do it")
    shop.finish()
    owner.look()
    shop.ends(task=None)
    owner.press("Implement T1.1")
    shop.finish()

    assert shop.calls[-1]["words"] == ["implement", "pay", "--task=T1.1", "--jsonl"]


def test_a_plan_with_commands_waits_for_approval_and_then_offers_its_first_task(shop, owner):
    with_command(shop, "deploy")
    shop.ends(tasks=[], next="plan.sh pay --approve")
    owner.say("/plan pay do it")
    shop.finish()
    owner.look()
    owner.press("Approve")

    assert (is_approved(shop), count(shop)) == (True, 1)
    assert owner.labels == ["Implement T1.1"]


def test_what_failed_is_tried_again_by_a_button(shop, owner):
    shop.fails(9, "provider", "claude is not logged in")
    owner.say("/review pay")
    shop.finish()
    assert "claude is not logged in" in owner.look()[0]
    owner.press("Try again")
    shop.finish()

    assert count(shop) == 2


def test_what_cannot_begin_after_an_answer_can_be_tried_again(shop, asked):
    shop.says({"event": "wait"}, {"event": "result", "ok": True})
    asked.say("/review pay")
    asked.press("Approve")
    assert "under way" in asked.service.texts[-1]

    shop.go_on()
    shop.ends(task=None)
    asked.press("Try again")
    shop.finish()
    assert shop.calls[-1]["words"][0] == "implement"


def test_a_repository_that_is_not_listed_any_more_is_worked_in_no_more(shop, asked):
    asked.environment["BOT_REPOSITORIES"] = ""
    asked.press("Approve")

    assert (is_approved(shop), count(shop)) == (False, 1)
    assert "BOT_REPOSITORIES" in asked.service.texts[-1]
