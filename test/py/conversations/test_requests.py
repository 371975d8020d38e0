"""The request of a call: what goes along with the question, and what a refusal teaches."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ai_sessions.conversations import requests
from ai_sessions.jobs import Job, Kit
from ai_sessions.providers.contract import Failure, Quirks, Reply
from ai_sessions.records import About, Cost, Interaction, Message, Resume, Said, Usage
from ai_sessions.store.memory import MemoryStore

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
JOB = Job("talk", About(), "And now?", Path("/tmp"), "chat", model="m", brief=lambda: "T1 is done.")
TALKS = Quirks(keeps_context=False, edits_files=False)
KEEPS = Quirks(keeps_context=True, edits_files=True, chooses_id=True)
TOO_LONG = Reply("", "m", failure=Failure("context_too_long", "", limit_tokens=4096))


@dataclass
class Provider:
    quirks: Quirks
    name: str = "one"


@pytest.fixture
def kit():
    """With a session in which another provider was asked ten times."""
    store = MemoryStore()
    store.ensure("talk", About())
    for number in range(10):
        said = (Message("user", f"ask {number}"), Message("assistant", "a word, " * 300))
        store.append("talk", [Interaction(f"{number}", "", "other", "m", said, Usage(900, 900))])
    return Kit(store, lambda *_call: Cost(), lambda: NOW, window_of=lambda *_model: 32_000)


def test_a_model_without_memory_gets_the_conversation_beside_the_question(kit):
    found = requests.request(JOB, Provider(TALKS), kit, None)

    assert (found.prompt, found.resume, found.new_id) == ("And now?", None, "")
    assert [one.text for one in found.history][::2] == [f"ask {n}" for n in range(10)]


def test_an_agent_that_is_new_is_handed_it_over_with_how_the_work_stands(kit):
    found = requests.request(JOB, Provider(KEEPS), kit, None)

    assert found.history == ()
    assert found.new_id
    assert "ask 9" in found.prompt
    assert found.prompt.endswith("T1 is done.\n\n---\n\nAnd now?")


def test_an_agent_that_goes_on_is_told_what_it_has_missed(kit):
    found = requests.request(JOB, Provider(KEEPS, "other"), kit, Resume("id-1"))

    assert (found.prompt, found.resume, found.new_id) == ("And now?", Resume("id-1"), "")


@pytest.mark.parametrize("quirks", [TALKS, KEEPS])
def test_a_call_alone_is_told_nothing_but_its_prompt(kit, quirks):
    found = requests.request(replace(JOB, alone=True), Provider(quirks), kit, None)

    assert (found.prompt, found.history) == ("And now?", ())
    assert requests.summarize(replace(JOB, alone=True), Provider(quirks), kit) == ()


def test_what_a_server_says_of_a_model_is_its_window_in_that_session(kit):
    provider = Provider(TALKS)
    asked = requests.request(JOB, provider, kit, None)
    kit.store.append("talk", [*requests.learnt(JOB, provider, kit, asked, TOO_LONG)])

    assert requests.window_in(kit, "talk", provider, "m") == 4096
    assert requests.window_in(kit, "talk", provider, "other") == 32_000
    assert requests.window_in(kit, "nobody", provider, "m") == 32_000


@pytest.mark.parametrize(
    ("quirks", "reply"),
    [
        (KEEPS, TOO_LONG),
        (TALKS, Reply("ok", "m")),
        (TALKS, Reply("", "m", failure=Failure("auth", ""))),
    ],
)
def test_nothing_else_teaches_anything_of_a_window(kit, quirks, reply):
    provider = Provider(quirks)
    asked = requests.request(JOB, provider, kit, None)

    assert requests.learnt(JOB, provider, kit, asked, reply) == ()


def test_what_was_too_much_is_summarized_and_that_is_said_and_seen(kit):
    seen = []
    small = replace(kit, window_of=lambda *_model: 4000, watch=seen.append)
    said = requests.shorten(JOB, Provider(TALKS), small)

    assert said == "one m was told more than it holds, and is asked again with at most 3,000 tokens"
    assert [(one.kind, one.text) for one in seen] == [
        ("retry", "more than its model holds; asking again with less")
    ]
    assert kit.store.read("talk").summary_seq > 0


@pytest.mark.parametrize(("window", "is_due"), [(4000, True), (32_000, False)])
def test_older_messages_are_summarized_before_and_after_a_call_when_that_is_due(
    kit, window, is_due
):
    small = replace(kit, window_of=lambda *_model: window)
    for act in (
        lambda: requests.summarize(JOB, Provider(TALKS), small),
        lambda: requests.summarize_after(JOB, Provider(TALKS), small, kit.store.read("talk")),
    ):
        act()
        assert (kit.store.read("talk").summary_seq > 0) is is_due


def test_for_an_agent_that_knows_the_conversation_nothing_is_summarized(kit):
    call = Interaction("x", "", "one", "m", (), resume=Resume("id-1"))
    kit.store.append("talk", [call])
    small = replace(kit, window_of=lambda *_model: 100)

    assert requests.summarize(JOB, Provider(KEEPS), small) == ()
    assert kit.store.read("talk").summary_seq < 0


@pytest.mark.parametrize(
    ("quirks", "usage", "is_told"),
    [
        (TALKS, Usage(2048, 5), True),
        (TALKS, Usage(5000, 5), False),
        (TALKS, Usage(2048, 5, estimated=True), False),
        (TALKS, Usage(), False),
        (KEEPS, Usage(2048, 5), False),
    ],
)
def test_a_server_that_has_read_far_less_than_was_sent_is_told_of(kit, quirks, usage, is_told):
    provider = Provider(quirks)
    asked = requests.request(JOB, Provider(TALKS), kit, None)
    reply = Reply("ok", "m", usage)
    said = requests.cut_by_server(JOB, provider, kit, asked, reply)

    assert bool(said) is is_told
    assert not said or "has read 2,048 tokens of about" in said[0]
    assert not said or "AI_WINDOW=2048" in said[0]


def test_a_short_request_is_never_taken_for_one_that_was_cut(kit):
    asked = requests.request(replace(JOB, alone=True), Provider(TALKS), kit, None)

    assert (
        requests.cut_by_server(JOB, Provider(TALKS), kit, asked, Reply("ok", "m", Usage(1))) == ()
    )


OWN = (Message("system", "Be brief."), Message("user", "1 + 1?"), Message("assistant", "2"))


def test_a_history_that_the_job_brings_is_told_in_place_of_the_memory(kit):
    found = requests.request(replace(JOB, history=OWN), Provider(TALKS), kit, None)

    assert (found.history, found.prompt) == (OWN, "And now?")


def test_an_agent_is_told_it_in_one_text(kit):
    found = requests.request(replace(JOB, history=OWN), Provider(KEEPS), kit, None)

    assert found.history == ()
    assert found.prompt.endswith(
        "system: Be brief.\n\nuser: 1 + 1?\n\nassistant: 2\n\n---\n\nAnd now?"
    )
    assert "ask 9" not in found.prompt


def test_without_a_prompt_the_last_of_it_is_the_question_of_an_agent(kit):
    own = replace(JOB, prompt="", history=(*OWN, Message("user", "Sure?")))

    assert requests.request(own, Provider(KEEPS), kit, None).prompt.endswith("---\n\nSure?")


def test_an_empty_history_is_one(kit):
    own = replace(JOB, history=())

    assert requests.request(own, Provider(TALKS), kit, None).history == ()
    assert requests.request(own, Provider(KEEPS), kit, None).prompt == "And now?"


def test_what_the_log_lacks_of_it_is_found_with_the_question(kit):
    past = (Message("user", "ask 9"), Message("assistant", "a word, " * 300))
    job = requests.with_own_history(replace(JOB, history=(OWN[0], *past)), kit.store)

    assert [one.text for one in job.unsaid] == ["Be brief.", "And now?"]


def test_a_question_that_the_log_has_already_is_not_new(kit):
    kit.store.append("talk", [Said(Message("user", "And now?"))])

    assert requests.with_own_history(replace(JOB, history=()), kit.store).unsaid == ()


def test_a_job_without_one_is_left_as_it_is(kit):
    assert requests.with_own_history(JOB, kit.store) is JOB


def test_for_a_call_with_a_history_of_its_own_nothing_is_summarized(kit):
    small = replace(kit, window_of=lambda *_model: 4000)

    assert requests.summarize(replace(JOB, history=OWN), Provider(TALKS), small) == ()
    assert kit.store.read("talk").summary_seq < 0


def test_images_of_the_log_are_not_sent_again_for_they_may_be_masked(kit):
    shown = Message("user", "see", parts=({"type": "image_url", "image_url": {"url": "data:x"}},))
    kit.store.append("talk", [Said(shown)])

    assert requests.request(JOB, Provider(TALKS), kit, None).history[-1].parts == ()
    own = replace(JOB, history=(shown,))
    assert requests.request(own, Provider(TALKS), kit, None).history == (shown,)
