"""A session as a page of HTML: everything is shown, and nothing that was said does anything."""

import html.parser
import json
from pathlib import Path

import pytest

from ai_sessions.controls import CONTROLS, plain
from ai_sessions.display.html import tables, transcript
from ai_sessions.records import (
    About,
    Change,
    Cost,
    Interaction,
    Message,
    ModelTotals,
    Note,
    Pin,
    Said,
    Session,
    ToolCall,
    Totals,
    Usage,
)

AT = "2026-11-28T10:00:00.000Z"
FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
HOSTILE = json.loads((FIXTURES / "hostile-texts.json").read_text(encoding="utf-8"))
hostile = pytest.mark.parametrize(
    "text", [one["text"] for one in HOSTILE], ids=[one["name"] for one in HOSTILE]
)


class Elements(html.parser.HTMLParser):
    """What a page is made of."""

    def __init__(self, page):
        super().__init__()
        self.found, self.words = [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, tuple(name for name, _value in attributes)))

    def handle_endtag(self, tag):
        self.found.append((f"/{tag}", ()))

    def handle_data(self, data):
        self.words += data

    def handle_comment(self, data):
        self.found.append(("comment", ()))

    def handle_pi(self, data):
        self.found.append(("instruction", ()))


def page(*entries, session=None):
    return "".join(
        transcript.html(session or Session("a", "u", About(title="Pay"), AT, AT), entries)
    )


def everywhere(text):
    """A session in which one text stands wherever somebody else's may."""
    about = About(text, text, text, interface=text, conversation_id=text, title=text)
    session = Session(
        *(text, text, about, text, text), tags=(text,), description=text, state={text: text},
        pins={text: Pin(text, text)}, totals=Totals(by_model={text: ModelTotals(1)}),
    )  # fmt: skip
    call = ToolCall(text, text, {text: text})
    said = Message("assistant", text, text, text, parts=({"type": text},), tool_calls=(call,))
    entries = (
        Note("metadata", {text: text}),
        Note("error", {"message": text}),
        Pin(text, text),
        Said(Message("tool", text, text, text, is_error=True, metadata={text: text})),
        Said(Message(text, text)),
        Interaction(text, text, text, text, (said,), purpose=text, task=text, status=text),
    )
    return page(*entries, session=session)


@hostile
def test_the_page_has_the_elements_of_a_harmless_one(text):
    # code is set apart wherever it may be: these elements come and go with the text
    of_code = {"code", "/code", "pre", "/pre", "div", "/div", "p", "/p"}

    def elements(shown):
        return [one for one in Elements(shown).found if one[0] not in of_code]

    assert elements(everywhere(f"a{text}")) == elements(everywhere("a"))


@hostile
def test_all_of_it_is_shown_but_what_steers_a_terminal(text):
    shown = page(Said(Message("tool", f"a{text}", AT)))

    assert f"a{plain(text)}" in Elements(shown).words
    assert not any(ord(one) in CONTROLS for one in shown)


@hostile
def test_links_lead_to_messages_of_the_page_alone(text):
    hrefs = everywhere(text).split(' href="')[1:]

    assert all(one.startswith("#") for one in hrefs)


def called(**more):
    facts = {"usage": Usage(1200, 30, 1000), "cost": Cost(7_000_000), "duration_ms": 1234, **more}
    said = (Message("user", "Add it."), Message("assistant", "Done."))
    return Interaction("i", AT, "claude", "opus", said, task="T1.1", purpose="green", **facts)


def test_each_call_has_its_model_tokens_and_cost():
    words = Elements(page(called())).words.split("Done.")[1]

    for one in ("T1.1", "green", "opus", "1,200 tokens", "1,000", "30 tokens", "$0.0070", "1.2 s"):
        assert one in words


def test_a_call_that_failed_says_how_and_an_unknown_price_is_no_zero():
    shown = page(called(status="timeout", cost=Cost()))

    assert '<div class="bad"><dt>Failed</dt><dd>timeout</dd></div>' in shown
    assert "<dt>Cost</dt><dd>?</dd>" in shown


def test_messages_have_numbers_that_links_lead_to():
    shown = page(called(), Change("tags", []), Said(Message("user", "x", AT)))

    assert [f'id="m{n}"' in shown for n in (1, 2, 3, 4)] == [True, True, True, False]
    assert '<time datetime="2026-11-28T10:00:00.000Z">2026-11-28 10:00:00 UTC</time>' in shown


def test_tools_are_folded_and_one_that_failed_is_open():
    call = ToolCall("c", "write", {"content": "a\nb", "n": 1})
    shown = page(
        Said(Message("assistant", "", AT, tool_calls=(call,))),
        Said(Message("tool", "denied", AT, "write", is_error=True)),
    )

    assert "<details><summary>calls write " in shown
    assert '<dt>content</dt><dd><pre dir="auto"><code>a\nb</code></pre>' in shown
    assert '<b class="bad">failed</b>' in shown
    assert '<details open><summary>result <span class="soft">denied</span>' in shown


@pytest.mark.parametrize(("length", "is_folded"), [(400, False), (401, True)])
def test_long_system_texts_are_folded(length, is_folded):
    assert ("<details>" in page(Said(Message("system", "x" * length, AT)))) == is_folded


def test_a_picture_is_told_and_cut_and_never_loaded():
    shown = page(Said(Message("user", "", AT, parts=({"type": "image", "data": "x" * 9000},))))

    assert "<summary>image</summary>" in shown
    assert "… 7,0" in shown
    assert "<img" not in shown


def test_the_models_of_the_session_are_a_table():
    totals = Totals(by_model={"opus": ModelTotals(2, Usage(10, 5, 3, 1), 1_000_000, 1)})
    shown = page(session=Session("a", "u", About(), AT, AT, totals=totals))

    row = '<th scope="row">opus</th>'
    assert f"{row}<td>$0.0010+?</td><td>2</td><td>10</td><td>3</td><td>1</td><td>5</td>" in shown


def test_a_break_is_marked():
    shown = page(Pin("tone", "Be kind."))

    assert '<p class="mark" dir="auto"><b>pin</b> tone: Be kind.</p>' in shown


def test_times_are_read_by_people():
    session = Session("a", "u", About(), "2026-11-28T10:00:00.000Z", "yesterday")
    shown = page(Interaction("c", "2026-11-29T11:00:00.000Z", "p", "m", ()), session=session)

    assert "<dt>Created</dt><dd><time" in shown
    assert ">2026-11-28 10:00:00 UTC</time>" in shown
    assert "<dt>At</dt><dd>2026-11-29 11:00:00 UTC</dd>" in shown
    assert ">yesterday</time>" in shown


def test_a_fact_may_be_a_link():
    links = {"Tags": tables.Html("<a>vip</a>"), "Forks": tables.Html("<a>b</a>")}
    shown = transcript.about(Session("a", "u", About(), AT, AT, tags=("vip",)), None, links)

    assert shown.count("<dt>Tags</dt><dd><a>vip</a></dd>") == 1
    assert shown.index("Tags") < shown.index("<dt>Forks</dt><dd><a>b</a></dd>")


def test_a_message_is_called_by_its_id_where_nobody_counts():
    said = Said(Message("user", "Hi", id="uid:4.0"))

    assert '<article id="muid:4.0" class="user">\n<h2><a href="#muid:4.0">4.0</a>' in (
        transcript.piece(said)
    )


def test_what_a_call_used_is_said_as_it_is_known():
    guessed = Interaction("c", AT, "p", "m", (), Usage(1200, 30, estimated=True))
    unknown = Interaction("c", AT, "p", "m", (), Usage(), status="interrupted")

    assert "<dd>about 1,200 tokens</dd>" in transcript.piece(guessed)
    assert transcript.piece(unknown).count("<dd>unknown</dd>") == 2
