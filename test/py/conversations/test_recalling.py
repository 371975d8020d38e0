"""A question is looked up in what was folded away, and only there."""

import pytest

from ai_sessions.conversations import folded, recalling
from ai_sessions.conversations.forking import fork
from ai_sessions.conversations.recalling import IndexRecall
from ai_sessions.conversations.segments import clear
from ai_sessions.index import NAME, Index
from ai_sessions.index.meaning import Meaning
from ai_sessions.memory import choosing
from ai_sessions.records import About, Interaction, Message, Said, Summary, ToolCall
from concepts import Concepts

NAME_OF = "chat"
LINES = (
    "user: My name is Priya.",
    "assistant: Hello Priya.",
    "user: The port is 8080.",
    "assistant: Which host is it on?",
    "user: It is db-3.",
    "assistant: Fine.",
)


@pytest.fixture
def told():
    return []


@pytest.fixture
def recall(store, root, told):
    folder = str(root) if store.lasting else ""
    return IndexRecall(store, Index(store.source(), folder), told.append)


@pytest.fixture
def say(store):
    """Adds messages, each as an entry; numbers begin at 1."""
    store.ensure(NAME_OF, About(kind="chat"))

    def more(*lines, name=NAME_OF):
        parts = [one.partition(": ") for one in lines]
        store.append(name, [Said(Message(role, text)) for role, _, text in parts])

    return more


def found(recall, store, question, until=99, name=NAME_OF, most=400):
    return [(one.id, one.text) for one in recall(store.read(name), question, until, most)]


def test_who_wants_no_recall_gets_none(store, talk):
    assert recalling.nothing(store.read(talk), "what?", 8, 400) == ()


def test_what_was_folded_away_is_recalled(store, recall, say, told):
    say(*LINES)

    assert found(recall, store, "Which port?") == [("3.0", "The port is 8080.")]
    assert found(recall, store, "What is my name?")[0] == ("1.0", "My name is Priya.")
    assert told == []


def test_what_a_model_is_told_anyway_is_not(store, recall, say):
    say(*LINES)

    assert found(recall, store, "Which port?", until=2) == []
    assert found(recall, store, "Which port?", until=-1) == []


def test_an_answer_is_found_by_its_question(store, recall, say):
    say(*LINES)

    assert ("5.0", "It is db-3.") in found(recall, store, "What host is it on?")
    assert ("5.0", "It is db-3.") not in found(recall, store, "What host is it on?", until=4)


def test_a_value_that_the_newest_messages_replace_is_not_recalled(store, recall, say):
    say(*LINES, "user: the port is 9090 now")

    assert found(recall, store, "Which port?", until=6) == []
    assert found(recall, store, "Which port?", until=7) == [("7.0", "the port is 9090 now")]


def test_a_question_that_gives_a_new_value_recalls_no_older_one(store, recall, say):
    say(*LINES)

    assert found(recall, store, "The port is 9090 now, change it") == []


def test_nothing_is_recalled_over_a_break(store, recall, say):
    say(*LINES)
    clear(store, NAME_OF)
    say("user: the port of the mock is 1")

    assert found(recall, store, "Which port?") == [("8.0", "the port of the mock is 1")]


def test_system_texts_and_failed_calls_are_not_recalled(store, recall, say):
    say("system: The port is 1.")
    failed = Interaction("i", "", "e", "m", (Message("user", "the port is 2"),), status="timeout")
    store.append(NAME_OF, [failed])

    assert found(recall, store, "Which port?") == []


def test_a_hit_in_a_call_has_its_commit(store, recall, say):
    messages = (Message("user", "go"), Message("assistant", "The port is 8080."))
    store.append(NAME_OF, [Interaction("i", "", "e", "m", messages, commit="abc")])
    (one,) = recall(store.read(NAME_OF), "Which port?", 9, 400)

    assert (one.id, one.commit) == ("1.1", "abc")


def test_what_was_redacted_is_not_recalled(store, recall, say):
    say(*LINES)
    found(recall, store, "Which port?")
    store.redact(NAME_OF, 3)

    assert found(recall, store, "Which port is 8080?") == []


def test_the_past_that_a_fork_shares_is_recalled_with_its_ids(store, recall, say, now):
    say(*LINES)
    fork(store, NAME_OF, "other", now, "4.0")
    say("user: the port is 1", name=NAME_OF)
    uid = store.read(NAME_OF).uid
    end = store.read("other").last_seq

    assert found(recall, store, "Which port?", end, "other") == [
        (f"{uid}:3.0", "The port is 8080.")
    ]
    assert found(recall, store, "Which host?", end, "other")[0][0] != f"{uid}:5.0"


def test_only_so_much_of_it_as_was_folded_away(store, recall, say, now):
    say(*LINES)
    fork(store, NAME_OF, "other", now)

    assert found(recall, store, "Which port?", -1, "other") == []
    assert found(recall, store, "Which port?", {NAME_OF: 2}, "other") == []
    assert len(found(recall, store, "Which port?", {NAME_OF: 3}, "other")) == 1


def test_messages_behind_the_point_of_the_fork_are_not_recalled(store, recall, say, now):
    messages = (Message("user", "The port is 8080."), Message("assistant", "The host is db-3."))
    store.ensure(NAME_OF, About(kind="chat"))
    store.append(NAME_OF, [Interaction("i", "", "e", "m", messages)])
    fork(store, NAME_OF, "other", now, "1.0")

    assert len(found(recall, store, "Which port?", 9, "other")) == 1
    assert found(recall, store, "Which host?", 9, "other") == []


def test_a_break_of_the_parent_before_the_point_holds(store, recall, say, now):
    say(*LINES)
    clear(store, NAME_OF)
    say("user: hello")
    fork(store, NAME_OF, "later", now)
    clear(store, NAME_OF)
    fork(store, NAME_OF, "earlier", now, "5.0")

    assert found(recall, store, "Which port?", 9, "later") == []
    assert len(found(recall, store, "Which port?", 9, "earlier")) == 1


def test_a_parent_that_is_gone_is_left_out(store, recall, say, now):
    say(*LINES)
    fork(store, NAME_OF, "other", now)
    store.discard(NAME_OF)

    assert found(recall, store, "Which port?", 9, "other") == []


def test_where_the_index_cannot_help_nothing_is_recalled_and_a_warning_says_why(
    tmp_path, store, say, told
):
    say(*LINES)
    folder = tmp_path / "away"
    recall = IndexRecall(store, Index(store.source(), str(folder)), told.append)

    assert found(recall, store, "Which port?") == []
    assert told[0].startswith(f"warning: nothing is recalled for session {NAME_OF}: ")


def test_a_damaged_index_is_made_anew(store, root, recall, say, told):
    say(*LINES)
    if store.lasting:
        (root / NAME).write_bytes(b"damaged")

    assert len(found(recall, store, "Which port?")) == 1
    assert told == []


def test_nothing_is_looked_up_for_a_question_without_words_or_without_room(
    store, recall, say, root
):
    say(*LINES)

    assert found(recall, store, "And now?") == []
    assert found(recall, store, "Which port?", most=0) == []
    assert not (root / NAME).exists()


def test_without_an_index_file_so_many_entries_are_read(store, recall, say, monkeypatch):
    monkeypatch.setattr(folded, "_MOST_READ", 3)
    say(*LINES)
    is_read = store.lasting

    assert bool(found(recall, store, "What is my name?")) == is_read


def test_a_very_long_question_is_looked_up(store, recall, say):
    say(*LINES)

    assert len(found(recall, store, "Which port? " + "and so on " * 100_000)) == 1


def test_a_command_that_passed_is_recalled_whole_once(store, recall, say):
    command = "python -m pytest -m integration tests/pay --maxfail=1"
    say("user: go")
    call = ToolCall("c1", "bash", {"command": command})
    store.append(NAME_OF, [Said(Message("assistant", "", tool_calls=(call,)))])
    store.append(NAME_OF, [Said(Message("tool", "3 passed", tool_call_id="c1"))])
    question = "How do we run the integration tests?"

    told = [("3.0", f"ran and passed: {command}"), ("3.0", "3 passed")]
    assert found(recall, store, question) == told
    items = ({"kind": "command", "text": command, "sources": ["2.0", "3.0"]},)
    store.append(NAME_OF, [Summary("s", covers_to=3, items=items)])
    assert found(recall, store, question, until=3) == told


def test_what_a_command_that_passed_printed_is_recalled_with_it(store, recall, say):
    say("user: the worker stops, look at its log")
    call = ToolCall("c1", "bash", {"command": "tail -n 2 logs/worker.log"})
    store.append(NAME_OF, [Said(Message("assistant", "", tool_calls=(call,)))])
    printed = "INFO worker started\nERROR job 12 failed: deadlock detected"
    store.append(NAME_OF, [Said(Message("tool", printed, tool_call_id="c1"))])

    told = found(recall, store, "What error does the worker log show?")
    assert ("3.0", "ran and passed: tail -n 2 logs/worker.log") in told
    assert any("deadlock detected" in text for _id, text in told)


def test_a_hit_tells_what_became_of_the_files_that_it_names(store, root, say):
    folder = str(root) if store.lasting else ""
    asked = []

    def changed(*given):
        asked.append(given)
        return "src/app.py changed in 3 commits since"

    recall = IndexRecall(store, Index(store.source(), folder), changed=changed)
    about = About(kind="chat", project="/src/pay")
    store.ensure("work", about)
    messages = (Message("user", "go"), Message("assistant", "The port is in src/app.py."))
    store.append("work", [Interaction("i", "", "e", "m", messages, commit="abc")])
    (one,) = recall(store.read("work"), "Where is the port?", 9, 400)

    assert asked == [("/src/pay", "abc", "The port is in src/app.py.")]
    assert one.changed == "src/app.py changed in 3 commits since"
    (short,) = recall(store.read("work"), "Where is the port?", 9, choosing.cost(one) - 1)
    assert short.changed == ""


@pytest.fixture
def meaning(root):
    """Makes what finds by meaning; it is asked for only when something is recalled."""
    return lambda: Meaning(Concepts(), str(root))


@pytest.fixture
def recall_both(store, root, told, meaning):
    folder = str(root) if store.lasting else ""
    index = Index(store.source(), folder)
    return IndexRecall(store, index, told.append, meaning=meaning if folder else None)


def test_what_means_the_same_in_other_words_is_recalled(store, recall_both, recall, say, told):
    say("user: Buy milk for the team. The heron left.", "assistant: Fine.", *LINES)
    asked = "Anything with wings?"

    assert found(recall, store, asked) == []
    recalled = [("1.0", "The heron left.")] if store.lasting else []
    assert found(recall_both, store, asked) == recalled
    assert told == []


def test_by_meaning_too_only_what_was_folded_away_is_recalled(store, recall_both, say):
    say(*LINES, "user: The heron left.")

    assert found(recall_both, store, "Anything with wings?", until=6) == []


def test_where_the_model_cannot_help_words_have_to_do(store, root, say, told):
    say(*LINES)
    if not store.lasting:
        return
    broken = Meaning(Concepts(broken="other weights"), str(root))
    index = Index(store.source(), str(root))
    recall = IndexRecall(store, index, told.append, meaning=lambda: broken)

    assert found(recall, store, "Which port?") == [("3.0", "The port is 8080.")]
    assert told == ["warning: older messages are found by words alone: other weights"]


@pytest.mark.parametrize("most", [30, 60, 90])
def test_commands_and_sentences_have_no_more_tokens_than_they_may_together(
    store, recall, say, most
):
    say("user: run the integration tests", "user: integration tests need port 8080")
    call = ToolCall("c1", "bash", {"command": "pytest -m integration tests/pay"})
    store.append(NAME_OF, [Said(Message("assistant", "", tool_calls=(call,)))])
    store.append(NAME_OF, [Said(Message("tool", "3 passed", tool_call_id="c1"))])
    say(*(f"user: integration test number {number} is port {number}" for number in range(9)))
    told = recall(store.read(NAME_OF), "Which port has the integration test?", 99, most)

    assert told
    assert sum(map(choosing.cost, told)) <= most
