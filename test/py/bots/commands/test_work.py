"""Work from a chat: begun once, by owners, in repositories that are listed."""

import pytest
from background_work import Shop

from ai_sessions.bots.events import Person
from chat_service import ANN, GROUP


def words(shop):
    return [call["words"] for call in shop.calls]


@pytest.mark.parametrize(
    ("said", "called", "read"),
    [
        ("/implement pay T1.1", ["implement", "pay", "--task=T1.1", "--jsonl"], ""),
        ("/implement pay t1.1", ["implement", "pay", "--task=T1.1", "--jsonl"], ""),
        ("/implement pay", ["implement", "pay", "--task=T1.1", "--jsonl"], ""),
        ("/review pay", ["review", "pay", "--jsonl"], ""),
        ("/verify pay", ["verify", "pay", "--jsonl"], ""),
        ("/plan pay --approve it", ["plan", "pay", "-", "--jsonl", "--revise"], "--approve it"),
        ("/plan new -y\n--yes", ["plan", "new", "-", "--jsonl", "--yes"], "-y\n--yes"),
    ],
)
def test_a_command_is_begun_with_no_word_of_the_prompt_as_an_option(
    shop, owner, said, called, read
):
    (told,) = owner.say(said)
    shop.finish()

    assert "begun" in told
    assert [(call["words"], call["read"]) for call in shop.calls] == [(called, read)]


@pytest.mark.parametrize(
    "feature",
    ["pay;rm", "--yes", "../x", "-h", "$(id)", "`id`", "/etc", "PAY", "a" * 65, "pay\0"],
)
@pytest.mark.parametrize("command", ["implement", "review", "verify", "plan", "status"])
def test_what_is_no_feature_begins_nothing(shop, owner, command, feature):
    (told,) = owner.say(f"/{command} {feature} T1.1")

    assert "begun" not in told
    assert (shop.calls, owner.desk.work.open()) == ([], [])


@pytest.mark.parametrize("command", ["implement", "review", "verify", "status"])
def test_a_second_line_is_no_part_of_a_feature(shop, owner, command):
    (told,) = owner.say(f"/{command} pay\nrm -rf /")

    assert "begun" not in told
    assert shop.calls == []


def test_a_task_that_the_plan_does_not_have_begins_nothing(shop, owner):
    for task in ("T9.9", "--all", "T1.1;id"):
        assert "begun" not in owner.say(f"/implement pay {task}")[0]
    assert shop.calls == []


def test_only_an_owner_begins_work(shop, world):
    for command in ("status", "plan", "implement", "review", "verify", "repo", "allowed", "quiet"):
        assert world.say(f"/{command} pay T1.1") == [f"/{command} is for the owner of this bot."]
    assert shop.calls == []


def test_a_repository_that_is_not_listed_has_no_work(shop, owner):
    owner.environment["BOT_REPOSITORIES"] = ""

    assert "no repository" in owner.say("/implement pay T1.1")[0]
    assert "no repository" in owner.say("/plan new do it")[0]
    assert "not listed" in owner.say(f"/repo {shop.repo}")[0] or shop.calls == []


def test_a_bot_that_is_killed_when_it_has_begun_a_run_begins_no_second_one(
    shop, owner, monkeypatch
):
    def killed(*_given, **_named):
        raise KeyError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(owner.service, "send", killed)
        owner.say("/implement pay T1.1")
    shop.finish()
    owner.restart()

    (told,) = owner.do()
    shop.finish()
    assert (told, len(shop.calls)) == ("pay T1.1: begun", 1)


def test_what_was_refused_stays_refused_after_a_restart(shop, owner, monkeypatch):
    shop.says({"event": "wait"}, {"event": "result", "ok": True})
    owner.say("/implement pay T1.1")
    with monkeypatch.context() as patched:
        patched.setattr(owner.desk.inbox, "end", lambda _event: 1 / 0)
        (told,) = owner.say("/review pay")
    shop.go_on()
    owner.restart()

    assert "under way" in told
    assert owner.do() == []
    shop.finish()
    assert len(shop.calls) == 1


def test_a_run_outlives_the_bot_and_has_no_token_of_it(shop, owner):
    owner.environment["TELEGRAM_BOT_TOKEN"] = "1:secret"
    shop.says({"event": "wait"}, {"event": "result", "ok": True, "task": None})
    owner.say("/implement pay T1.1")
    owner.restart()
    shop.go_on()

    assert owner.look() == ["pay: all tasks are done"]
    assert "1:secret" not in str(shop.calls)


def test_of_several_repositories_the_chat_chooses_one(shop, owner, tmp_path):
    other = Shop(tmp_path, {}, "office")
    owner.environment["BOT_REPOSITORIES"] = f"{shop.repo}:{other.repo}"

    assert owner.say("/review pay") == [
        "pay is in several repositories\n/repo shop or /repo office"
    ]
    assert "which repository" in owner.say("/plan new do it")[0]
    assert owner.say("/repo office") == [
        "This chat works in `office`.\n/repo shop or /repo any changes that."
    ]
    owner.restart()
    owner.say("/review pay")
    shop.finish()
    (begun,) = owner.desk.work.open()
    assert begun.ask.repository == str(other.repo)
    assert "several" in owner.say("/review pay", place=GROUP)[0]
    assert "not listed" in owner.say("/repo /etc")[0]


def test_a_feature_that_one_repository_has_needs_no_choice(shop, owner, tmp_path):
    other = Shop(tmp_path, {}, "office")
    other.space.write("", "plan.yaml")
    (other.repo / ".ai-session" / "pay").rename(other.repo / ".ai-session" / "rent")
    owner.environment["BOT_REPOSITORIES"] = f"{shop.repo}:{other.repo}"

    assert "pay: review: begun" in owner.say("/review pay")
    shop.finish()


def test_a_name_that_is_nearly_another_one_lays_out_nothing(shop, owner):
    (shop.repo / ".ai-session" / "payment-gateway").mkdir()

    assert "did you mean payment-gateway?" in owner.say("/plan payment-gatewy do it")[0]
    assert shop.calls == []


def test_status_tells_where_the_work_stands_in_commands_of_the_chat(shop, owner):
    (page,) = owner.say("/status pay")
    (all_,) = owner.say("/status")

    assert "T1.1" in page
    assert "Next: /implement pay T1.1" in page
    assert "pay" in all_ and ".sh" not in page + all_


def test_cancel_ends_the_runs_of_the_chat(shop, owner):
    shop.says({"event": "wait"})
    owner.say("/implement pay T1.1")

    assert owner.say("/cancel", place=GROUP) == ["Nothing is under way here."]
    assert owner.say("/cancel other") == ["Nothing is under way here."]
    assert owner.say("/cancel") == ["Stopping pay T1.1."]
    shop.finish()
    (told,) = owner.look()
    assert "ended without a word" in told
    assert "Try again" in owner.labels


def test_a_run_is_stopped_by_its_button_and_not_by_another_person(shop, owner):
    shop.says({"event": "wait"})
    owner.say("/implement pay T1.1", place=GROUP)

    assert owner.press("Stop", Person("8", "Bob")) == "This is for the owner of this bot."
    assert owner.press("Stop", ANN) == "It is told to stop."
    shop.finish()
    owner.look()
    assert "Stop" not in owner.labels


def test_quiet_is_kept_and_taken_back(owner):
    assert owner.say("/quiet")[0].startswith("Quiet")
    assert owner.desk.facts.read("quiet", "100")
    owner.say("/quiet off")
    assert owner.desk.facts.read("quiet", "100") is None
