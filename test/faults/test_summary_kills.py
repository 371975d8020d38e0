"""kill -9 while a model summarizes, and several who summarize at once: nothing said is lost,
what was begun is on record once, and the next one summarizes.
"""

import shutil
import signal
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import openai_server
from ai_sessions.conversations import messages, summaries
from ai_sessions.conversations.memory import Memory
from ai_sessions.conversations.model_summaries import ModelSummarizer
from ai_sessions.conversations.summaries import Rules
from ai_sessions.conversations.summary_calls import SummaryCalls
from ai_sessions.jobs import Kit
from ai_sessions.memory.extractive import ExtractiveItems
from ai_sessions.providers.openai import OpenAI
from ai_sessions.records import About, Cost, Interaction, Message, Resume, Said, Summary
from loopback import Turn

NOW = datetime(2026, 11, 29, tzinfo=UTC)
TELLS = '{"items": [{"kind": "fact", "text": "Payments go to port 8080", "sources": ["1.0"]}]}'
TEXTS = [f"payment {number} goes by the gateway of the bank to port 8080" for number in range(12)]
OTHER = Resume("the-conversation-itself")


def begun(store, name):
    store.ensure(name, About(kind="chat"))
    said = [Said(Message("assistant" if n % 2 else "user", text)) for n, text in enumerate(TEXTS)]
    talk = Interaction("i", "", "openai", "m", (), resume=OTHER)
    store.append(name, [*said, talk])


def memory(store, url, root):
    """As a command has it: a model behind HTTP writes the summaries, rules where that fails."""

    def log_dir(name):
        return Path(root, name, "logs")

    kit = Kit(store, lambda *_call: Cost(7, "prices:x"), lambda: NOW, log_dir=log_dir)
    calls = SummaryCalls(kit, lambda: (OpenAI(f"{url}/v1"), "cheap"))
    made = ModelSummarizer(calls, ExtractiveItems(), "openai cheap")
    return Memory(Rules(summarizer=made, most_tokens=60))


def written(store, name):
    """Summaries and calls for them, in the log of a session."""
    entries = list(store.entries(name))
    calls = [one for one in entries if isinstance(one, Interaction) and one.purpose == "summary"]
    return [one for one in entries if isinstance(one, Summary)], calls


def check(store, name):
    """What holds whatever happened: all was said, each call is on record once, all adds up."""
    assert [one.text for one in messages.said(store, name)][: len(TEXTS)] == TEXTS
    session = store.read(name)
    found, calls = written(store, name)
    assert len({one.id for one in calls}) == len(calls)
    assert session.totals.interactions == len(calls) + 1
    assert (session.calling, dict(session.resume)) == ({}, {"openai": OTHER})
    return found, calls


def test_a_summary_that_was_killed_anywhere_is_written_by_the_next_try(tmp_path, faults):
    """A child dies before one system call of the whole way after another, until it lives."""
    number, code, paid = 0, -signal.SIGKILL, set()
    with openai_server.server(lambda _body: Turn(TELLS)) as server:
        while code == -signal.SIGKILL:
            number += 1 if faults.long else 2
            root = tmp_path / str(number)
            store = faults.store(root)
            begun(store, faults.name)

            def child(_say, store=store, number=number, root=root):
                faults.intercept(number, faults.die)
                memory(store, server.url, root).fold(store, NOW, faults.name)

            code = faults.run(child)[1]
            asked = len(server.seen)
            memory(store, server.url, root).fold(store, NOW, faults.name)
            found, calls = check(store, faults.name)
            statuses = [one.status for one in calls]
            if code:
                # killed before the call, in it (cut off, then paid again), or before the summary
                assert statuses in (["ok"], ["interrupted", "ok"], ["ok", "ok"])
                assert len(found) == 1
                assert len(server.seen) == asked + (0 if len(statuses) < 2 and asked else 1)
            assert found[0].kind == "model"
            paid.add(tuple(statuses))
            server.seen.clear()
            store.append(faults.name, [faults.call("next")])
            faults.rebuilt_is_equal(root, faults.name)
            shutil.rmtree(root)
    assert code == 0
    assert {("ok",), ("interrupted", "ok"), ("ok", "ok")} <= paid, "the test did not test"


class Slow:
    """A model that answers when it may, and says when it was asked."""

    def __init__(self):
        self.asked, self.may_answer = threading.Event(), threading.Event()

    def __call__(self, _body):
        self.asked.set()
        self.may_answer.wait()
        return Turn(TELLS)


@pytest.fixture
def slow():
    model = Slow()
    with openai_server.server(model) as server:
        yield model, server
        model.may_answer.set()


def test_a_kill_while_the_model_thinks_leaves_a_call_that_was_cut_off(tmp_path, faults, slow):
    model, server = slow
    store = faults.store(tmp_path, lock_timeout_s=0)
    begun(store, faults.name)
    pid, said = faults.fork(
        lambda _say: memory(store, server.url, tmp_path).fold(store, NOW, faults.name)
    )
    model.asked.wait()
    store.append(faults.name, [Said(Message("user", "meanwhile"))])
    faults.kill(pid)
    said.close()
    assert store.read(faults.name).calling["purpose"] == "summary"
    model.may_answer.set()
    memory(store, server.url, tmp_path).fold(store, NOW, faults.name)

    (summary,), calls = check(store, faults.name)
    assert [one.status for one in calls] == ["interrupted", "ok"]
    assert calls[0].messages[0].text.startswith("[what to summarize and how,")
    assert summary.kind == "model"
    after = messages.said(store, faults.name, after=summary.covers_to)
    assert after[-1].text == "meanwhile"


def test_of_two_processes_that_summarize_at_once_one_wins_and_what_was_paid_stays(
    tmp_path, faults, slow
):
    model, server = slow
    store = faults.store(tmp_path, lock_timeout_s=5)
    begun(store, faults.name)

    def summarize(say):
        found = memory(store, server.url, tmp_path).fold(store, NOW, faults.name)
        say(found.kind if found else "nothing")

    pid, said = faults.fork(summarize)
    model.asked.wait()
    other, code = faults.run(summarize)  # the turn is taken: it waits for nothing
    model.may_answer.set()
    mine = said.readline().strip()
    said.close()
    assert (faults.wait(pid), code) == (0, 0)

    (summary,), calls = check(store, faults.name)
    assert (other, summary.kind) == (["extractive"], "extractive")
    assert "in use" in summary.detail["failed"]
    assert summary.detail["failures"] == 0
    assert mine in ("nothing", "extractive")
    assert [one.status for one in calls] == ["ok"]


def test_many_who_summarize_at_once_make_one_summary(tmp_path, faults):
    """Each covers what it saw; all of them call the same summary by the same id."""
    store = faults.store(tmp_path, lock_timeout_s=5)
    begun(store, faults.name)
    with openai_server.server(lambda _body: Turn(TELLS)) as server:

        def summarize(say):
            memory(store, server.url, tmp_path).fold(store, NOW, faults.name)
            say("done")

        children = [faults.fork(summarize) for _ in faults.times(4, 16)]
        for pid, said in children:
            assert said.readline() == "done\n"
            said.close()
            assert faults.wait(pid) == 0
    found, calls = check(store, faults.name)
    ids = [one.based_on for one in found]
    assert ids == [-1, *[one.seq for one in found[:-1]]]
    assert len(calls) <= len(children)
    newest = summaries.newest(store, store.read(faults.name))
    assert newest == found[-1]


def test_a_model_that_hangs_is_given_up_and_rules_write_it(tmp_path, faults):
    store = faults.store(tmp_path)
    begun(store, faults.name)
    with openai_server.server([Turn(TELLS, hang_after=0)]) as server:
        kept = memory(store, server.url, tmp_path)
        calls = kept.rules.summarizer._model
        quick = ModelSummarizer(replace(calls, timeout_s=0.2), ExtractiveItems(), "x")
        hasty = Memory(replace(kept.rules, summarizer=quick))
        summary = hasty.fold(store, NOW, faults.name)

    (found,), made = check(store, faults.name)
    assert found == summary
    assert (summary.kind, summary.detail["failures"]) == ("extractive", 1)
    assert [one.status for one in made] == ["timeout"]
