"""A bot in Discord is killed with SIGKILL: each message is answered once, each call made once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import openai_server
from discord_server import ANN, BOT, DIRECT, GENERAL, SERVER, TOKEN, Discord, beside
from loopback import Turn

ROOT = Path(__file__).resolve().parents[2]
BOT_PROCESS = """
import os
from ai_sessions.bots import adapters, running
adapters.SERVICES["discord"] = "discord_here"
running.run(os.environ, "discord", lambda _members: None)
"""
TYPING, MESSAGES, EDIT = "/typing", "/messages", "/messages/"
#: Said of a call that was under way; it is not made again by itself.
CUT_OFF = "(I was restarted meanwhile)"
LONG = "\n".join(f"{number}: the quick brown fox" for number in range(170))[:4500]


class Bots:
    """Processes one after the other that are the same bot. `answer` is what its model says."""

    def __init__(self, folder, discord, model):
        self.discord, self.model, self.process = discord, model, None
        self.environment = {
            **{"PATH": os.environ["PATH"], "HOME": str(folder)},
            **{"PYTHONPATH": f"{ROOT / 'pylib'}:{ROOT / 'test/servers'}"},
            **{"SESSION_DIR": str(folder / "sessions"), "AI_PROVIDER": "openai"},
            **{"OPENAI_BASE_URL": f"{model.url}/v1", "OPENAI_API_KEY": "no-key"},
            **{"DISCORD_BOT_TOKEN": TOKEN, "DISCORD_HERE": discord.url},
            **{"DISCORD_ALLOWED": f"{ANN} {SERVER}"},
        }

    def start(self):
        before = self.discord.ready
        command = [sys.executable, "-c", BOT_PROCESS]
        self.process = subprocess.Popen(command, env=self.environment, start_new_session=True)
        self.until(lambda: self.discord.ready > before)

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_at(self, when, method, path, number=1):
        """At a call that it makes; whether it came to that is told by the list."""
        left = [number]
        killed = []

        def cuts(at, asked, there):
            is_it = (at, asked) == (when, method) and _is(there, path) and not killed
            left[0] -= is_it
            if is_it and left[0] == 0:
                os.killpg(self.process.pid, signal.SIGKILL)
                killed.append(there)
            return bool(killed) and self.process.poll() is None

        self.discord.cuts = cuts
        return killed

    def again(self):
        """After a kill."""
        self.process.wait()
        self.discord.cuts = None
        self.start()

    def until(self, is_so):
        self.discord.do(self.discord.until(is_so, 60))

    def write(self, text, channel=DIRECT, **more):
        self.discord.do(self.discord.write(text, channel, **more))

    def texts(self, count, channel=DIRECT):
        """What is there, once there are so many and the last one is whole."""
        self.until(lambda: len(self.discord.texts(channel)) >= count)
        self.until(lambda: not self.discord.texts(channel)[-1].endswith("…"))
        return self.discord.texts(channel)


def _is(there, path):
    return path in there if path.endswith("/") else there.endswith(path)


def last_words(body):
    """The model says again what it was told; to `long`, much."""
    said = body["messages"][-1]["content"].rpartition(" ")[2]
    return Turn(LONG if said == "long" else said)


@pytest.fixture
def bots(tmp_path):
    with openai_server.server(last_words) as model, beside(Discord()) as discord:
        bots = Bots(tmp_path, discord, model)
        yield bots
        if bots.process and bots.process.poll() is None:
            bots.kill()


@pytest.mark.parametrize(
    ("when", "method", "path"),
    [
        ("before", "POST", TYPING),
        ("after", "POST", TYPING),
        ("before", "POST", MESSAGES),
        ("after", "POST", MESSAGES),
        ("before", "PATCH", EDIT),
        ("after", "PATCH", EDIT),
    ],
)
def test_a_kill_amid_an_answer_loses_and_doubles_nothing(bots, when, method, path):
    bots.start()
    killed = bots.kill_at(when, method, path)
    bots.write("One")
    bots.until(lambda: killed or bots.discord.texts() == ["One"])
    if killed:
        bots.again()
    bots.write("Two")

    first, second = bots.texts(2)
    come = first.removesuffix(
        CUT_OFF
    ).rstrip()  # a call that was under way is told as far as it came
    assert second == "Two"
    assert first == "One" or (come != first and "One".startswith(come))
    assert len(bots.model.seen) == 2


@pytest.mark.parametrize("number", [2, 3])
def test_a_kill_between_the_parts_of_an_answer_goes_on_with_the_next_one(bots, number):
    bots.start()
    killed = bots.kill_at("after", "POST", MESSAGES, number)
    bots.write("long")
    bots.until(lambda: killed)
    bots.again()
    bots.write("Two")

    *parts, last = bots.texts(4)
    assert "".join(parts) == LONG
    assert last == "Two"
    assert len(bots.model.seen) == 2


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_amid_the_answer_to_a_command_leaves_one_answer_in_its_place(bots, when):
    bots.start()
    killed = bots.kill_at(when, "PATCH", "/messages/@original")
    bots.discord.do(bots.discord.command("id", channel=GENERAL))
    bots.until(lambda: killed)
    bots.again()
    bots.write(f"<@{BOT}> Two", GENERAL)

    assert bots.texts(2, GENERAL) == [f"You are {ANN}; this chat is {GENERAL}.", "Two"]
    assert bots.discord.thinking(GENERAL) == 0


def test_what_was_said_to_a_bot_that_was_killed_is_answered_once(bots):
    bots.start()
    bots.write("One")
    bots.texts(1)
    bots.kill()
    for text in ("Two", "Three"):
        bots.write(text, is_heard=False)
    bots.start()
    bots.texts(3)
    bots.kill()
    bots.start()
    bots.write("Four")

    assert bots.texts(4) == ["One", "Two", "Three", "Four"]
    assert len(bots.model.seen) == 4


def test_a_kill_while_it_asks_for_what_was_missed_loses_nothing(bots):
    bots.start()
    bots.write("One")
    bots.texts(1)
    bots.kill()
    bots.write("Two", is_heard=False)
    killed = bots.kill_at("after", "GET", MESSAGES)
    before = bots.discord.ready
    bots.start()
    bots.until(lambda: killed and bots.discord.ready > before)
    bots.write("Three", is_heard=False)
    bots.again()

    assert bots.texts(3) == ["One", "Two", "Three"]
    assert len(bots.model.seen) == 3
