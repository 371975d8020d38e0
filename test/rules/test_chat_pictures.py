"""The pictures of docs/bots.md: drawn from a record of the bots, by the script that plays it."""

import json
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from telegram_server import ANN, Telegram

ROOT = Path(__file__).resolve().parents[2]
RECORD = json.loads((ROOT / "test/fixtures/bot-chats.json").read_text())


@pytest.fixture
def drawing(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs/pictures"))
    import make_chats

    yield make_chats
    for name in ("make_chats", "make_pages", "played_chats", "scripted_agents"):
        sys.modules.pop(name, None)


class Seen(HTMLParser):
    """`texts`: of a page, by the kind of element that they are in. `addresses`: what it loads."""

    def __init__(self, page):
        super().__init__()
        self.texts, self.addresses, self._open = {}, [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self._open.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        self.texts.setdefault(self._open[-1] if self._open else "", []).append(data)


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("service", ["telegram", "discord"])
def test_a_recorded_conversation_is_drawn_with_its_buttons_and_nothing_from_elsewhere(
    drawing, service, look
):
    screens = [[drawing.Said(**one) for one in screen] for screen in RECORD[service]]
    seen = Seen(drawing.page(service, screens, look))

    assert seen.texts["span"] == ["Approve", "Deny", "Allow for this session", "Implement T1.2"]
    blocks = [text.strip() for text in seen.texts["pre"]]
    assert blocks.count("./check") == 2
    assert any("T1.1 green  2 passed" in text for text in blocks)
    assert seen.addresses == ["data:,"]


def test_what_people_and_buttons_say_is_no_markup(drawing):
    said = drawing.played_chats._by_person("<script>alert(1)</script>", b"")
    page = drawing.page("<b>", [[said, drawing.Said("bot", "x", ("<i>",))]], "light")

    assert "<script" not in page
    assert Seen(page).texts["span"] == ["<i>"]


def test_a_chat_shows_the_record_of_the_stand_in_in_its_order(drawing):
    with Telegram() as server:
        chat = drawing.played_chats.OnTelegram(server)
        chat.say("Why 1 < 2?")
        answer = {"chat_id": ANN["id"], "parse_mode": "HTML", "text": "Since 😀 <b>2</b> &gt; 1"}
        server._on_sendMessage(answer)
        chat.say("/stats")

        assert [one.by for one in chat.screen()] == ["person", "bot", "person"]
        assert [one.html for one in chat.screen()] == [
            "Why 1 &lt; 2?",
            "Since 😀 <b>2</b> &gt; 1",
            "/stats",
        ]
