"""kill -9 of a bot at its work, amid calls of the real library: each message is answered once, and
each call is paid once.
"""

import json
import os
import random
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import telegram_server
from loopback import Server, Turn
from openai_server import ChatCompletions
from telegram_server import ANN, GROUP, TOKEN, Telegram

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
_WAIT_S = 60
RESTARTED = "I was restarted meanwhile"


class Trap:
    """Kills a process in the middle of what it asks for."""

    def __init__(self) -> None:
        self.pid, self.killed = 0, threading.Event()
        self._what, self._left, self._is_after = "", 0, False
        self._lock = threading.Lock()

    def set(self, what: str = "", number: int = 1, *, is_after: bool = False) -> None:
        """At the request of that number, of any kind or of this one; `is_after`: when what it asks
        for was done, and before it hears of that.
        """
        with self._lock:
            self._what, self._left, self._is_after = what, number, is_after
            self.killed.clear()

    def spring(self, what: str, do: Any) -> Any:
        """What `do` returns. Called for each request; `what`: its kind."""
        with self._lock:
            is_of_it = self._what in ("", what)
            self._left -= is_of_it
            if not (is_of_it and self._left == 0):
                is_now = False
            else:
                is_now = True
                if self._is_after:
                    do()
                os.kill(self.pid, signal.SIGKILL)
                self.killed.set()
        if is_now:
            raise telegram_server._Garbled(b"")
        return do()


class Trapped(Telegram):
    """Whose calls go through the trap."""

    def __init__(self, trap: Trap) -> None:
        super().__init__()
        self.trap = trap

    def _call(self, method: str, params: Any, files: Any) -> Any:
        return self.trap.spring(method, lambda: super(Trapped, self)._call(method, params, files))

    def answered(self) -> list[tuple[int | None, str]]:
        """What each message of the bot replies to, and its text as it is now."""
        return [(one.reply_to, one.text) for one in list(self.shown.values())]


class Model(ChatCompletions):
    """Says `A` and the question, in pieces. `most`: pieces that it says before it waits for more to
    be allowed.
    """

    def __init__(self, trap: Trap) -> None:
        super().__init__()
        self.trap, self.most = trap, 1000
        self._more = threading.Condition()

    def allow(self, most: int) -> None:
        with self._more:
            self.most = most
            self._more.notify_all()

    def pieces(self, turn: Turn, seen: Any) -> Any:
        question = seen.body["messages"][-1]["content"]
        kind, found = super().pieces(Turn(f"A: {question}"), seen)
        return kind, self._in_time(found)

    def _in_time(self, found: list[bytes]) -> Iterator[bytes]:
        for number, piece in enumerate(found):
            with self._more:
                self._more.wait_for(lambda number=number: number < self.most, _WAIT_S)
            try:
                yield self.trap.spring("piece", lambda piece=piece: piece)
            except telegram_server._Garbled:
                return


class World:
    """Bots one after another, in one folder, with one Telegram and one model."""

    def __init__(self, folder: Path, telegram: Trapped, api: Model, model: Server) -> None:
        self.telegram, self.api, self.model, self.trap = telegram, api, model, telegram.trap
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "SESSION_DIR": str(folder / "sessions"),
            "AI_PROVIDER": "openai",
            "OPENAI_BASE_URL": f"{model.url}/v1",
            "OPENAI_API_KEY": "no-key",
            "BOT_RATE_LIMIT": "0",
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": telegram.url,
            "TELEGRAM_ALLOWED": f"{ANN['id']} {GROUP['id']}",
        }

    def start(self) -> None:
        self.process = subprocess.Popen(
            [SCRIPTS / "bot.sh", "telegram"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.trap.pid = self.process.pid

    def killed(self) -> None:
        """Wait until the trap has killed it."""
        assert self.trap.killed.wait(_WAIT_S)
        self.process.wait(_WAIT_S)

    def until(self, is_so: Any) -> None:
        """Wait until it is so, or the process is gone."""
        for _ in range(_WAIT_S * 20):
            with self.telegram._more:
                if self.telegram._more.wait_for(is_so, 0.05) or self.process.poll() is not None:
                    return
        raise AssertionError("it does not come to that")

    def end(self) -> None:
        """Tell it to end; it then finishes what it has begun."""
        self.process.terminate()
        assert self.process.wait(_WAIT_S) == 0

    def goes_on(self, texts: int) -> list[str]:
        """What people see when the next bot has done all there is to do, which are so many."""
        polls = self.telegram.polls

        def is_done() -> bool:
            found = self.telegram.texts()
            is_whole = len(found) >= texts and not any(one.endswith(" …") for one in found)
            return is_whole and self.telegram.polls > polls and not self.telegram._updates

        self.start()
        self.until(is_done)
        self.end()
        return self.telegram.texts()

    def calls(self, session: str) -> list[Any]:
        done = subprocess.run(
            [SCRIPTS / "ai-session.sh", "show", session, "--json"],
            env=self.environment,
            capture_output=True,
            check=True,
        )
        found: list[Any] = json.loads(done.stdout)["interactions"]
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    trap = Trap()
    api = Model(trap)
    with Trapped(trap) as telegram, Server(api) as model:
        found = World(tmp_path, telegram, api, model)
        yield found
        api.allow(1000)
        if found.process.poll() is None:
            found.process.kill()
        found.process.wait(_WAIT_S)


@pytest.mark.parametrize(
    ("what", "number"),
    [
        ("getUpdates", 2),  # stored, and Telegram has not heard so
        ("sendChatAction", 1),  # before the model is asked
        ("sendMessage", 1),  # answered and paid, not sent
    ],
)
def test_killed_before_its_answer_is_sent_it_answers_once(
    world: World, what: str, number: int
) -> None:
    world.trap.set(what, number)
    world.telegram.say("Hello")
    world.start()
    world.killed()

    assert world.goes_on(1) == ["A: Hello"]
    assert len(world.model.seen) == 1
    assert [one["status"] for one in world.calls("telegram-7")] == ["ok"]


def test_killed_amid_a_call_it_says_how_far_that_came_and_pays_no_second_one(world: World) -> None:
    world.trap.set("piece", 3)
    world.telegram.say("Hello")
    world.start()
    world.killed()

    (said,) = world.goes_on(1)
    assert RESTARTED in said
    assert len(world.model.seen) == 1
    assert [one["status"] for one in world.calls("telegram-7")] == ["interrupted"]


def test_the_button_of_an_answer_that_was_cut_off_asks_again_once(world: World) -> None:
    world.trap.set("piece", 3)
    world.telegram.say("Hello")
    world.start()
    world.killed()
    world.goes_on(1)
    (shown,) = world.telegram.messages()
    world.telegram.press(shown, shown.buttons[0][0]["callback_data"])
    world.trap.set("answerCallbackQuery")
    world.start()
    world.killed()

    texts = world.goes_on(2)
    assert [RESTARTED in one for one in texts].count(False) == 1
    assert len(world.model.seen) == 2


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
def test_killed_amid_an_edit_of_what_comes_it_edits_that_message_to_its_end(
    world: World, is_after: bool
) -> None:
    shown_then_killed(world, 3, is_after)

    (said,) = world.goes_on(1)
    assert RESTARTED in said
    assert len(world.model.seen) == 1


@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
def test_killed_amid_the_edit_that_is_the_answer_it_is_there_once(
    world: World, is_after: bool
) -> None:
    shown_then_killed(world, 1000, is_after)

    assert world.goes_on(1) == ["A: Ann Lee: Hello"]
    assert len(world.model.seen) == 1
    assert [one["status"] for one in world.calls("telegram--200")] == ["ok"]


def shown_then_killed(world: World, most: int, is_after: bool) -> None:
    """A message that grows is there; the bot is killed at its edit with what comes then."""
    world.api.allow(2)
    world.trap.set("editMessageText", is_after=is_after)
    world.telegram.say("@ann_test_bot Hello", GROUP)
    world.start()
    world.until(lambda: world.telegram.shown)
    world.api.allow(most)
    world.killed()
    world.api.allow(1000)


def test_a_message_that_telegram_takes_in_the_moment_of_the_kill_is_there_twice_at_most(
    world: World,
) -> None:
    """Telegram has nothing by which a message that is sent again could be known."""
    world.trap.set("sendMessage", is_after=True)
    world.telegram.say("Hello")
    world.start()
    world.killed()

    assert set(world.goes_on(2)) == {"A: Hello"}
    assert len(world.telegram.shown) == 2
    assert len(world.model.seen) == 1


@pytest.mark.parametrize("seed", [1, 2])
def test_kills_wherever_they_fall_lose_and_double_nothing(
    world: World, faults: Any, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311
    asked: list[int] = []
    unsure: set[Any] = set()
    """What was being sent, or had just been sent, when the bot was killed."""

    def open_questions() -> set[int]:
        done = {to for to, text in world.telegram.answered() if to and not text.endswith(" …")}
        return set(asked) - done

    for _ in faults.times(5, 60):
        while len(open_questions()) < 3:
            update = world.telegram.say(f"@ann_test_bot {len(asked)}", GROUP)
            asked.append(message_of(world.telegram, update))
        world.trap.set(number=chance.randint(1, 25), is_after=chance.random() < 0.5)
        world.start()
        world.until(lambda: not open_questions())
        if world.process.poll() is None:
            world.end()
        sends = world.telegram.called("sendMessage")
        unsure |= {(sends[-1].get("reply_parameters") or {}).get("message_id")} if sends else set()
    world.trap.set(number=-1)
    world.start()
    world.until(lambda: not open_questions())
    world.end()

    times = Counter(to for to, _text in world.telegram.answered())
    assert set(times) == set(asked)
    assert {to for to, count in times.items() if count > 1} <= unsure
    questions = Counter(str(one.body["messages"][-1]["content"]) for one in world.model.seen)
    assert set(questions.values()) <= {1}
    assert len(world.calls("telegram--200")) == len(asked)


def message_of(telegram: Telegram, update: int) -> int:
    """The id of the message in an update."""
    with telegram._more:
        (found,) = (one for one in telegram._updates if one["update_id"] == update)
    return int(found["message"]["message_id"])
