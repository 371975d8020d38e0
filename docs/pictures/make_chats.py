"""Take pictures of a bot's chats, from what a Bot API on loopback was sent and what it sent.

    python docs/pictures/make_chats.py [FOLDER]

Needs Chromium. The bot, its sessions, the work and its proof are real; the person, the models and
the service are scripted, and it is not Telegram's own app that shows them.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = Path(__file__).parent
sys.path[:0] = [str(OUTPUT), str(ROOT / "test/servers")]

import scripted_agents  # noqa: E402
from make_pages import chromium  # noqa: E402

from telegram_server import ANN, TOKEN, Shown, Telegram  # noqa: E402

FEATURE = "payment-gateway"
_WIDTH = 430
Take = Callable[[Telegram, str], None]
_TAGS = {"bold": "b", "italic": "i", "code": "code", "pre": "pre", "blockquote": "blockquote"}
_STYLE = """
* { box-sizing: border-box } body { margin: 0; padding: 14px; background: #dfe8ee;
font: 15px/1.35 system-ui, "DejaVu Sans", sans-serif; color: #111 }
div.message { max-width: 88%; margin: 0 0 8px; padding: 7px 11px; border-radius: 13px;
background: #fff; width: fit-content; white-space: pre-wrap; overflow-wrap: anywhere }
div.said { background: #d9f5c5; margin-left: auto }
pre { margin: 4px 0; padding: 6px 8px; background: #f1f3f5; border-radius: 6px;
font-size: 12px; overflow: hidden; white-space: pre-wrap } code { font-size: 13px }
div.row { display: flex; gap: 5px; margin: -3px 0 8px; max-width: 88% }
div.row span { flex: 1; text-align: center; padding: 6px; border-radius: 9px; color: #fff;
background: #5b8fb0; font-size: 13px }
"""


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    for play in (talk, work):
        with tempfile.TemporaryDirectory() as folder:
            play(Path(folder).resolve(), lambda server, name: shot(server, name, target))


# --- what happens


def talk(folder: Path, take: Take) -> None:
    """A conversation with a model."""
    with scripted_agents.model() as url:
        own = {"AI_PROVIDER": "openai", "AI_MODEL": "gpt-5.4", "OPENAI_BASE_URL": url}
        with bot(folder, {**own, "OPENAI_API_KEY": "sk-test-not-a-key"}) as server:
            for _model, question, answer, _tokens in scripted_agents.TALK[:2]:
                server.say(question)
                server.seen(answer.split("\n")[0].split("`")[0])
            server.say("/stats")
            server.seen("message")
            take(server, "chat")


def work(folder: Path, take: Take) -> None:
    """A plan, a task that waits for its owner, and its proof."""
    shop = folder / "shop"
    shop.mkdir()
    git = ["git", "-C", str(shop), "-c", "user.name=Demo", "-c", "user.email=demo@example.com"]
    (shop / "shop.py").write_text('"""A small shop."""\n')
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "Start the shop"]):
        subprocess.run([*git, *words], check=True)
    for name, value in (("user.name", "Demo"), ("user.email", "demo@example.com")):
        subprocess.run([*git, "config", name, value], check=True)
    own = {"AI_PROVIDER": "demo", "BOT_REPOSITORIES": str(shop), "USE_SESSIONS": "true"}
    with bot(folder, own) as server:
        server.say(f"/plan {FEATURE} Design payment processing")
        server.seen("2 tasks planned", 120)
        (shop / "shop.py").write_text('"""A small shop, with refunds soon."""\n')
        server.say(f"/implement {FEATURE} T1.1")
        asked = server.seen("shop.py", 120)
        take(server, "question")
        press(server, asked, "Go on")
        server.seen("T1.1 done", 120)
        take(server, "work")


def press(server: Telegram, asked: Shown, label: str) -> None:
    (button,) = (one for row in asked.buttons for one in row if one["text"] == label)
    server.press(asked, button["callback_data"])


@contextmanager
def bot(folder: Path, own: Mapping[str, str]) -> Iterator[Telegram]:
    """A bot that knows its owner, until the block ends."""
    with Telegram() as server:
        environment = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            **{"HOME": str(folder), "SESSION_DIR": str(folder / "sessions"), **own},
            **{"TELEGRAM_API_URL": server.url, "TELEGRAM_BOT_TOKEN": TOKEN},
        }
        command = [str(ROOT / "scripts/bot.sh"), "telegram"]
        with subprocess.Popen(command, env=environment, stdout=-1, stderr=-1, text=True) as made:
            code = re.search(r"/start (\S+)", made.stderr.readline() if made.stderr else "")
            server.say(f"/start {code[1] if code else ''}")
            server.seen("You are the owner")
            server.said.clear()
            server.shown.clear()
            try:
                yield server
            finally:
                made.send_signal(signal.SIGTERM)
                made.communicate(timeout=60)


# --- how it looks


def shot(server: Telegram, name: str, target: Path) -> None:
    """As high as it has to be."""
    messages = {one["message_id"]: one for one in server.said} | {
        one.id: one for one in server.messages(ANN["id"])
    }
    shown = "".join(_message(messages[number]) for number in sorted(messages))
    page = f'<!doctype html><meta charset="utf-8"><style>{_STYLE}</style>{shown}'
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "chat.html")
        script = "<script>document.title = document.body.scrollHeight</script>"
        path.write_text(page + script, encoding="utf-8")
        dom = _chromium("--dump-dom", f"--window-size={_WIDTH},100", f"file://{path}")
        height = re.search(r"<title>(\d+)</title>", dom)
        size = f"--window-size={_WIDTH},{height[1] if height else 1000}"
        picture = target / f"telegram-{name}.png"
        _chromium("--hide-scrollbars", f"--screenshot={picture}", size, f"file://{path}")


def _chromium(*words: str) -> str:
    command = [str(chromium()), "--headless", "--no-sandbox", "--disable-gpu", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def _message(one: Shown | dict[str, object]) -> str:
    if isinstance(one, dict):
        return f'<div class="message said">{escape(str(one.get("text", "")))}</div>'
    rows = "".join(map(_row, one.buttons))
    return f'<div class="message">{_formatted(one)}</div>{rows}'


def _row(buttons: list[dict[str, str]]) -> str:
    labels = "".join(f"<span>{escape(one['text'])}</span>" for one in buttons)
    return f'<div class="row">{labels}</div>'


def _formatted(one: Shown) -> str:
    """The text with its entities, from the last to the first, so that places stay."""
    data = one.text.encode("utf-16-le")
    marks: list[tuple[int, int, str]] = []
    for order, entity in enumerate(one.entities):
        tag = _TAGS.get(entity.type, "u")
        marks.append((entity.offset, order, f"<{tag}>"))
        marks.append((entity.offset + entity.length, -order - 1, f"</{tag}>"))
    made, at = "", 0
    for offset, _order, mark in sorted(marks):
        made += escape(data[2 * at : 2 * offset].decode("utf-16-le")) + mark
        at = offset
    made += escape(data[2 * at :].decode("utf-16-le"))
    return made.replace("</pre>\n", "</pre>")  # which is a block


if __name__ == "__main__":
    main()
