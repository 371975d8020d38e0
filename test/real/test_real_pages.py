"""The server's pages in a real Chromium: every look, keyboard alone, axe-core, hostile texts.

Chromium is this machine's (apt, brew); Playwright and axe-core are installed once into `.tools`.
"""

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ai_sessions.records import About, Cost, Interaction, Message, ToolCall, Usage
from ai_sessions.store.files import FileStore
from toolchains import from_npm, from_pypi

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = json.loads((ROOT / "test/fixtures/hostile-texts.json").read_text(encoding="utf-8"))
#: Pages by how they are reached.
PATHS = (
    *("/", "/sessions", "/sessions?q=gateway", "/sessions?sort=cost&model=recording"),
    *("/sessions?q=twice&status=active", "/sessions?tag=support&kind=chat", "/sessions/order-1042"),
    *("/sessions/implement-payment-gateway", "/sessions/hostile", "/sessions/none"),
    *("/sessions/hostile?at=40", "/sessions/order-1042-letter", "/sessions/order-1042/context"),
    *("/features", "/features/payment-gateway", "/days/2026-01-01", "/docs", "/login", "/nowhere"),
)
_SERIOUS = ("serious", "critical")
#: What can be focused, and is seen.
_REACHABLE = """() => [...document.querySelectorAll(
  'a[href]:not([tabindex="-1"]), button, select, summary, ' +
  'input:not([type=hidden]):not([disabled])')]
  .filter(one => one.checkVisibility()).length"""
_FOCUSED = """() => { const one = document.activeElement;
  if (!one || one === document.body) return ''; one.dataset.seen ??= String(Math.random());
  return one.matches('a, button, select, input, summary') ? one.dataset.seen : '-' }"""


def _pictures() -> Any:
    path = ROOT / "docs/pictures/make_pages.py"
    spec = importlib.util.spec_from_file_location("make_pages", path)
    made = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    sys.modules["make_pages"] = made
    spec.loader.exec_module(made)  # type: ignore[union-attr]
    return made


PICTURES = _pictures()


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core."""
    path = from_npm(ROOT / ".tools/axe", "axe-core@4.14.1", "axe-core/axe.min.js")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Shows what the demo did, and a session in which everything is hostile."""
    environment = PICTURES.demo(tmp_path_factory.mktemp("pages"))
    store = FileStore(environment["SESSION_DIR"], fsync="none")
    store.ensure("hostile", About(kind="chat", title=HOSTILE[0]["text"]))
    for number, one in enumerate(HOSTILE):
        text = one["text"]
        call = ToolCall("t", text, {text: text})
        said = (Message("user", text), Message("assistant", text, tool_calls=(call,)))
        at, cost = f"2026-11-30T10:00:{number % 60:02d}.000Z", Cost(1_000_000, "client")
        entry = Interaction(f"c{number}", at, "p", text[:200], said, Usage(10, 1), cost)
        store.append("hostile", [entry])
    with PICTURES.served(environment) as found:
        yield found


@pytest.fixture(scope="module")
def window() -> Iterator[Any]:
    if PICTURES.chromium() is None:
        pytest.skip("no Chromium on this machine")
    folder = from_pypi(ROOT / ".tools/sdks/playwright", "playwright", "playwright==1.65.2")
    sys.path.append(str(folder))
    with PICTURES.browser() as found:
        yield found
    sys.path.remove(str(folder))


@pytest.fixture(scope="module")
def pages(window: Any, server: Any) -> dict[str, Any]:
    """A page that is logged in, by its look; what it did beside showing itself is in `.told`."""
    found = {look: PICTURES.logged_in(window, server, look) for look in PICTURES.LOOKS}
    for page in found.values():
        page.told = told = []
        page.on("dialog", lambda one, told=told: (told.append(one.message), one.dismiss()))
        page.on("pageerror", lambda one, told=told: told.append(str(one)))
        page.on("request", lambda one, told=told: told.append(_strange(one.url, server.url)))
    return found


def _strange(url: str, home: str) -> str:
    return "" if urlsplit(url).netloc == urlsplit(home).netloc else url


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("look", PICTURES.LOOKS)
def test_a_page_is_sound_in_every_look(
    pages: dict[str, Any], server: Any, axe: str, look: str, path: str
) -> None:
    page = pages[look]
    page.told.clear()
    page.goto(server.url + path)

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    serious = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in _SERIOUS]
    assert serious == []
    assert [one for one in page.told if one] == []


@pytest.mark.parametrize("path", ["/sessions/hostile", "/sessions", "/", "/sessions?q=script"])
def test_hostile_texts_do_nothing(pages: dict[str, Any], server: Any, path: str) -> None:
    page = pages["light"]
    page.told.clear()
    page.goto(server.url + path)
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.wait_for_load_state("networkidle")

    made = "script, img, iframe, object, embed, style, base, meta[http-equiv], [onerror], [onload]"
    assert page.evaluate(f"document.querySelectorAll('{made}').length") == 0
    assert [one for one in page.told if one] == []
    assert urlsplit(page.url).path == urlsplit(path).path


@pytest.mark.parametrize(
    "path", ["/", "/sessions", "/sessions/order-1042", "/features/payment-gateway", "/login"]
)
def test_keyboard_alone_reaches_everything(pages: dict[str, Any], server: Any, path: str) -> None:
    page = pages["light"]
    page.goto(server.url + path)
    page.evaluate("document.activeElement.blur()")
    reached: set[str] = set()
    wanted = page.evaluate(_REACHABLE)
    for _ in range(3 * wanted + 10):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(_FOCUSED))

    assert len(reached - {"", "-"}) == wanted


def test_a_fold_opens_by_a_key(pages: dict[str, Any], server: Any) -> None:
    page = pages["light"]
    page.goto(f"{server.url}/features/payment-gateway")
    page.focus("summary")
    page.keyboard.press("Enter")

    assert page.evaluate("document.querySelector('details').open")


def test_logging_out_by_keyboard_ends_the_login(window: Any, server: Any) -> None:
    page = PICTURES.logged_in(window, server, "light")
    page.focus("nav.top button")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server.url}/login")

    page.goto(f"{server.url}/sessions")
    assert "/login?next=" in page.url
