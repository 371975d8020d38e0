"""Play a conversation with the real bots over stand-ins of Telegram and Discord.

Nothing leaves the machine. Each bot is `bot.sh` in a process of its own; what models and agents
say is scripted, and priced, tested and proved as for anybody. What comes back is what people in the
chat see, as the stand-ins of the services have it on record.
"""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any, NamedTuple, Protocol

ROOT = Path(__file__).resolve().parents[2]
PHOTO = Path(__file__).with_name("calls-narrow.png")
FEATURE = "payment-gateway"
_MODEL, _AGENT = "gpt-5.4-mini", "claude"
_TALK = (
    "Write me a generator that yields a list in parts of n.",
    "Why was the first call so expensive?",
)
_ANSWERS = (
    "Slices of `n` items; the last one may be **shorter**:\n\n"
    "```python\ndef parts(items, n):\n    for at in range(0, len(items), n):\n"
    "        yield items[at : at + n]\n```",
    "Nothing was in the cache yet. The later calls of `gpt-5.4` took more than 40,000 of their "
    "tokens from it.",
)
_CHECK = "#!/bin/sh\nexec python3 -m unittest discover\n"
#: All tests are run by a script, which nobody has approved.
_CONFIG = """\
test: {runner: unittest, cmd: [python3, -m, unittest, '{tests}']}
suite: {runner: opaque, cmd: [./check]}
"""
_USAGE = ((412, 0, 68), (1_940, 256, 31))
#: `bot.sh discord`, which knows no other address than Discord's, with that of the stand-in.
_DISCORD_BOT = """
import sys
from ai_sessions.bots import adapters
from ai_sessions.cli.start import end, main
adapters.SERVICES["discord"] = "discord_here"
end(main(["bot", *sys.argv[1:]]))
"""
_PLAN = f"{FEATURE} Take payments, each once"
#: Seconds for an answer, and for each piece that a model says.
_WAIT_S, _PIECE_S = 60.0, 0.3


class Said(NamedTuple):
    """A message as people see it. `html`: its text, formatted; `by`: `person` or `bot`. `photo`: a
    data URI; empty: none.
    """

    by: str
    html: str
    buttons: tuple[str, ...] = ()
    photo: str = ""


#: What is on the screen at a moment.
Screen = list[Said]


class Chat(Protocol):
    """A private chat with a bot, in a stand-in of a service."""

    service: str
    command: tuple[str, ...]
    environment: dict[str, str]

    def wait(self) -> None:
        """Until the bot is there."""
        ...

    def say(self, text: str, photo: bytes = b"") -> None: ...

    def press(self, label: str) -> None:
        """The newest button with this label."""
        ...

    def screen(self) -> Screen: ...

    def has_streamed(self) -> bool:
        """Whether a part of an answer was shown before the rest had come."""
        ...


def played(chat: Chat, folder: Path) -> list[Screen]:
    """The screens at two moments: while a question waits for an answer, and at the end."""
    with _model() as url, _bot(chat, _environment(folder, url) | chat.environment) as code:
        chat.wait()
        _until(chat, f"/start {code}", "You are the owner")
        start = len(chat.screen())
        _until(chat, _TALK[0], "yield items")
        _until(chat, _TALK[1], "40,000", PHOTO.read_bytes())
        _until(chat, "/stats", "cost:")
        _until(chat, f"/plan {_PLAN}", "approve", buttons=("Approve", "Deny"))
        waiting = chat.screen()[start:]
        chat.press("Approve")
        _seen(chat, "", ("Implement T1.1",))
        chat.press("Implement T1.1")
        _seen(chat, "T1.1 green", ("Implement T1.2",))
        if not chat.has_streamed():
            raise RuntimeError("no answer was shown while it came")
        return [waiting, chat.screen()[len(waiting) + start - 1 :]]


def _until(
    chat: Chat, text: str, told: str, photo: bytes = b"", buttons: tuple[str, ...] = ()
) -> None:
    """Say something, and wait for the end of its answer."""
    chat.say(text, photo)
    _seen(chat, told, buttons)


def _seen(chat: Chat, told: str, buttons: tuple[str, ...]) -> None:
    """Wait until the newest message has a text and buttons."""
    end = time.monotonic() + _WAIT_S
    while time.monotonic() < end:
        last = chat.screen()[-1]
        is_there = last.by == "bot" and told in last.html and "…" not in last.html
        if is_there and set(buttons) <= set(last.buttons):
            return
        time.sleep(0.05)
    raise TimeoutError(f"{told!r} with {buttons} does not come; last is {chat.screen()[-1]}")


# --- the bot and what it works with


@contextmanager
def _bot(chat: Chat, environment: dict[str, str]) -> Iterator[str]:
    """The bot, until the block ends; the code that makes its owner."""
    with subprocess.Popen(
        [*chat.command, chat.service, "--json"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as bot:
        try:
            line = bot.stdout.readline() if bot.stdout else ""
            yield str(json.loads(line)["code"])
        finally:
            bot.terminate()


def _environment(folder: Path, url: str) -> dict[str, str]:
    """A home with a shop, where a model behind HTTP talks and an agent works."""
    shop = folder / "shop"
    shop.mkdir()
    (shop / "README.md").write_text("# Shop\n")
    (shop / ".gitignore").write_text("__pycache__/\n")
    (shop / "shop.py").write_text('"""A small shop."""\n')
    (shop / "check").write_text(_CHECK)
    (shop / "check").chmod(0o755)
    (shop / ".ai-session").mkdir()
    (shop / ".ai-session/config.yaml").write_text(_CONFIG)
    own = {
        **os.environ,
        "HOME": str(folder),
        "PATH": f"{ROOT / 'test/bin/agents'}:{os.environ['PATH']}",
        "SESSION_DIR": str(folder / "sessions"),
        "BOT_REPOSITORIES": str(shop),
        "AI_PROVIDER": "openai",
        "AI_MODEL": _MODEL,
        "OPENAI_BASE_URL": url,
        "AI_PROVIDER_PLAN": _AGENT,
        "AI_PROVIDER_IMPLEMENT": _AGENT,
        "AI_MODEL_PLAN": "claude-sonnet-5-5",
        "AI_MODEL_IMPLEMENT": "claude-sonnet-5-5",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        **{f"GIT_{who}_NAME": "Ann" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "ann@example.com" for who in ("AUTHOR", "COMMITTER")},
    }
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "Begin"]):
        subprocess.run(["git", "-C", str(shop), *words], env=own, check=True)
    return own


@contextmanager
def _model() -> Iterator[str]:
    """A server of OpenAI's API that says its part; its base URL."""
    import openai_server
    from loopback import Server, Turn

    class Slow(openai_server.ChatCompletions):
        """Says one piece after the other."""

        def pieces(self, *asked: Any) -> tuple[str, Any]:
            kind, pieces = super().pieces(*asked)
            return kind, (piece for piece in pieces if not time.sleep(_PIECE_S))

    usages = [
        {
            "prompt_tokens": put_in,
            "completion_tokens": out,
            "total_tokens": put_in + out,
            "prompt_tokens_details": {"cached_tokens": cached},
        }
        for put_in, cached, out in _USAGE
    ]
    turns = [Turn(text, usage=usage) for text, usage in zip(_ANSWERS, usages, strict=True)]
    with Server(Slow((_MODEL,)), turns) as server:
        yield f"{server.url}/v1"


# --- the services


class OnTelegram:
    """Over test/servers/telegram_server.py."""

    service = "telegram"
    command = (str(ROOT / "scripts/bot.sh"),)

    def __init__(self, server: Any) -> None:
        import telegram_server

        self._server, self._names = server, telegram_server
        self._people: dict[int, Said] = {}
        self.environment = {
            "TELEGRAM_BOT_TOKEN": telegram_server.TOKEN,
            "TELEGRAM_API_URL": server.url,
        }

    def wait(self) -> None:
        self._server.until("getUpdates")

    def say(self, text: str, photo: bytes = b"") -> None:
        more = {}
        if photo:
            size = {"file_id": "photo", "file_unique_id": "photo", "width": 360, "height": 760}
            self._server.files["photo"] = photo
            more["photo"] = [size | {"file_size": len(photo)}]
        message = self._server.message(text, **more)
        self._people[message["message_id"]] = _by_person(text, photo)
        self._server.put(message=message)

    def press(self, label: str) -> None:
        for shown in reversed(self._server.messages()):
            for button in (one for row in shown.buttons for one in row):
                if button["text"] == label:
                    self._server.press(shown, button["callback_data"])
                    return

    def screen(self) -> Screen:
        said = dict(self._people)
        for one in self._server.messages(self._names.DM["id"]):
            labels = tuple(button["text"] for row in one.buttons for button in row)
            said[one.id] = Said("bot", _with_entities(one.text, one.entities), labels)
        return [said[id_] for id_ in sorted(said)]

    def has_streamed(self) -> bool:
        return bool(self._server.drafts)


class OnDiscord:
    """Over test/servers/discord_server.py."""

    service = "discord"
    command = (sys.executable, "-c", _DISCORD_BOT)

    def __init__(self, server: Any) -> None:
        import discord_server

        self._server, self._names = server, discord_server
        self._people: dict[int, Said] = {}
        self.environment = {
            "DISCORD_BOT_TOKEN": discord_server.TOKEN,
            "DISCORD_HERE": server.url,
            "PYTHONPATH": f"{ROOT / 'pylib'}:{ROOT / 'test/servers'}",
        }

    def wait(self) -> None:
        self._server.do(self._server.until(lambda: self._server.ready, _WAIT_S))

    def say(self, text: str, photo: bytes = b"") -> None:
        if text.startswith("/"):
            name, _, rest = text[1:].partition(" ")
            made = self._server.do(self._server.command(name, rest))
        else:
            files = {"calls.png": photo} if photo else {}
            made = self._server.do(self._server.write(text, files=files))
        self._people[int(made["id"])] = _by_person(text, photo)

    def press(self, label: str) -> None:
        for message in reversed(self._server.said(self._names.DIRECT)):
            for button in (one for row in message["components"] for one in row["components"]):
                if button["label"] == label:
                    self._server.do(self._server.press(button["custom_id"], message))
                    return

    def screen(self) -> Screen:
        said = dict(self._people)
        for one in self._server.said(self._names.DIRECT):
            rows = one["components"]
            labels = tuple(button["label"] for row in rows for button in row["components"])
            said[int(one["id"])] = Said("bot", _of_markdown(one["content"]), labels)
        return [said[id_] for id_ in sorted(said)]

    def has_streamed(self) -> bool:
        texts = (
            str(one.body.get("content")) for one in self._server.calls if isinstance(one.body, dict)
        )
        return any(text.endswith("…") for text in texts)


@contextmanager
def services() -> Iterator[list[Chat]]:
    """A chat in each service."""
    for folder in ("test/servers", "pylib"):
        sys.path.insert(0, str(ROOT / folder))
    import discord_server
    import telegram_server

    with (
        telegram_server.Telegram() as telegram,
        discord_server.beside(discord_server.Discord()) as discord,
    ):
        yield [OnTelegram(telegram), OnDiscord(discord)]


def _by_person(text: str, photo: bytes) -> Said:
    uri = f"data:image/png;base64,{base64.b64encode(photo).decode()}" if photo else ""
    return Said("person", escape(text), photo=uri)


_TAGS = {"bold": "b", "italic": "i", "code": "code", "pre": "pre", "underline": "u"}


def _with_entities(text: str, entities: list[Any]) -> str:
    """As HTML. Entities count UTF-16 units and are nested, never crossed."""
    units = text.encode("utf-16-le")
    marks: dict[int, list[str]] = {}
    for one in entities:
        if tag := _TAGS.get(one.type):
            marks.setdefault(one.offset, []).append(f"<{tag}>")
            marks.setdefault(one.offset + one.length, []).insert(0, f"</{tag}>")
    cuts = sorted({0, len(units) // 2, *marks})
    pieces = []
    for at, end in zip(cuts, [*cuts[1:], cuts[-1]], strict=True):
        plain = units[2 * at : 2 * end].decode("utf-16-le")
        pieces += [*marks.get(at, ()), escape(plain)]
    return "".join(pieces)


def _of_markdown(text: str) -> str:
    """As HTML, which is what Discord's clients make of it."""
    from ai_sessions.bots.telegram import formatting

    return formatting.html(text, len(text))


def each(folder: Path, act: Callable[[str, list[Screen]], None]) -> None:
    """Play it in each service, below a folder."""
    with services() as chats:
        for chat in chats:
            (folder / chat.service).mkdir()
            act(chat.service, played(chat, folder / chat.service))
