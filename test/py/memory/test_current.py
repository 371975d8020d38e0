"""What still holds: nothing twice, nothing that was replaced."""

import pytest

from ai_sessions.memory.candidates import Candidate
from ai_sessions.memory.current import current
from ai_sessions.memory.items import Item


def holding(*items: Item) -> list[Item]:
    return [one.item for one in current(Candidate(item, 0) for item in items)]


def item(text: str, source: str, role: str = "user", kind: str = "fact", at: str = "") -> Item:
    return Item(kind, text, (source,), at, role=role)


def test_the_same_statement_is_kept_once_with_both_messages():
    (kept,) = holding(item("The port is 8080.", "1.0"), item("The port is 8080!", "5.0", at="2"))

    assert (kept.sources, kept.at) == (("1.0", "5.0"), "2")


def test_a_users_words_stay_when_an_assistant_repeats_them():
    (kept,) = holding(
        item("The port is 8080.", "1.0"), item("Port 8080.", "2.0", "assistant")
    )  # fmt: skip

    assert (kept.role, kept.text) == ("user", "The port is 8080.")


def test_what_a_user_laid_down_is_not_replaced_by_an_assistant():
    rule = item("The budget limit is $500.", "1.0", kind="constraint")
    other = item("The budget limit is $900.", "2.0", "assistant", kind="constraint")

    assert holding(rule, other) == [rule, other]
    assert holding(rule, item(other.text, "2.0", kind="constraint"))[0].text == other.text


def test_a_question_replaces_nothing():
    assert len(holding(item("The port is 8080.", "1.0"), item("Is the port 9090 now?", "2.0"))) == 2


def test_a_file_is_kept_once():
    files = [item("src/a.py", f"{number}.0", kind="artifact") for number in range(3)]

    assert [kept.sources for kept in holding(*files)] == [("0.0", "1.0", "2.0")]


def test_one_message_does_not_contradict_itself():
    assert (
        len(holding(item("The old port is 8080.", "1.0"), item("The port is 9090 now.", "1.0")))
        == 2
    )


def test_a_request_does_not_stand_for_the_rule_that_has_its_words():
    rule = item("Never push to production.", "1.0", kind="constraint")

    assert rule in holding(rule, item("Push to production.", "2.0", kind="said"))


def test_what_else_a_statement_says_stays_when_one_value_is_replaced():
    both = item("The codename is AB-17 and the deadline is Friday.", "1.0")
    moved = item("The deadline moved to Monday.", "2.0")

    assert [kept.text for kept in holding(both, moved)] == ["The codename is AB-17 …", moved.text]


@pytest.mark.parametrize("kind", ["decision", "preference", "next", "goal", "fact"])
def test_what_is_taken_back_is_gone(kind):
    kafka = item("We use Kafka for the events.", "1.0", kind=kind)

    assert kafka not in holding(kafka, item("Forget Kafka, we use Redis.", "2.0", kind="decision"))


def test_what_only_mentions_what_is_taken_back_stays():
    other = "The dashboards for Kafka, mail, search, billing and payments are in Grafana."
    told = item(other, "1.0")

    assert told in holding(told, item("Forget Kafka, we use Redis.", "2.0", kind="decision"))


def test_a_command_is_kept_once():
    runs = [item("make", f"{number}.0", kind="command") for number in range(2)]

    assert [kept.sources for kept in holding(*runs)] == [("0.0", "1.0")]


def test_an_item_names_no_more_messages_than_six():
    files = [item("src/a.py", f"{number}.0", kind="artifact") for number in range(9)]

    assert [len(kept.sources) for kept in holding(*files)] == [6]


def test_of_several_the_statement_that_is_nearest_is_replaced():
    far = item("The review of the launch takes until Friday.", "1.0")
    near = item("The launch is on Monday.", "2.0")

    assert holding(far, near, item("The launch moved to Sunday.", "3.0"))[0] == far


def test_a_number_behind_a_name_is_replaced_wherever_the_names_stand():
    old = item("CI is on Node 18 for everything.", "1.0")
    new = item("I bumped CI to Node 22 yesterday.", "2.0")

    assert holding(old, new) == [new]
