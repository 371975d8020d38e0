"""Take pictures of the server's pages: a real run of our scripts, shown by a real browser.

    python docs/pictures/make_pages.py [FOLDER]

Needs Chromium and the package `playwright`. What the pages show was recorded, priced and proved by
the toolkit: the demo's feature, imported logs, a conversation. The agents alone are scripted, see
`scripted_agents.py`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))

import scripted_agents

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = Path(__file__).parent
FEATURE = "payment-gateway"
#: Name of a picture -> the page, what is opened of that which is folded, and what is on top.
PAGES = {
    "overview": ("/", "", "body"),
    "sessions": ("/sessions", "", "body"),
    "session": ("/sessions/order-1042", "", "body"),
    "calls": ("/sessions/order-1042", "details.charts", "div.wide"),
    "feature": (f"/features/{FEATURE}", "details", "body"),
}
#: Name of a look -> colours, and the width in pixels.
LOOKS = {"light": ("light", 1000), "dark": ("dark", 1000), "narrow": ("light", 360)}
_HEIGHT = 760
_OPEN = """([opened, top]) => {
  if (opened) for (const one of document.querySelectorAll(opened)) one.open = true;
  document.querySelector(top).scrollIntoView() }"""


class Served(NamedTuple):
    """A server that shows what the demo did."""

    url: str
    token: str


def chromium() -> str | None:
    """The command of a Chromium of this machine."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


def demo(folder: Path) -> dict[str, str]:
    """Run the demo and the scripted agents below a folder; the environment of who shows it."""
    own = {**os.environ, "TMPDIR": str(folder), "AGENT": "demo", "NO_COLOR": "1"}
    subprocess.run(
        [ROOT / "scripts/demo.sh"],
        env=own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    (made,) = folder.glob("ai-sessions-demo.*")
    shop = made.rename(folder / "demo") / "shop"
    environment = {
        **os.environ,
        "HOME": str(folder),
        "SESSION_DIR": str(folder / "demo/sessions"),
        "API_REPOSITORIES": str(shop),
    }
    scripted_agents.take_in(environment, folder)
    with (
        scripted_agents.model() as url,
        served({**environment, "OPENAI_BASE_URL": url}) as server,
    ):
        scripted_agents.talk(*server)
    return {**environment, "BUDGET_DAY": "0.25", "BUDGET_MONTH": "5"}


@contextmanager
def served(environment: Mapping[str, str]) -> Iterator[Served]:
    """A server on a free port, until the block ends."""
    command = [str(ROOT / "scripts/serve.sh"), "--port", "0"]
    with subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            url = server.stdout.readline().strip() if server.stdout else ""
            token = Path(environment["SESSION_DIR"], ".api/token").read_text().strip()
            yield Served(url, token)
        finally:
            server.terminate()


@contextmanager
def browser() -> Iterator[Any]:
    """A Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield made
        made.close()


def logged_in(browser: Any, server: Served, look: str) -> Any:
    """A page in a window of that look, whose owner has typed the token."""
    colours, width = LOOKS[look]
    size = {"width": width, "height": _HEIGHT}
    page = browser.new_context(color_scheme=colours, viewport=size).new_page()
    page.goto(f"{server.url}/login")
    page.fill("#token", server.token)
    page.press("#token", "Enter")
    page.wait_for_url(f"{server.url}/")
    return page


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    with (
        tempfile.TemporaryDirectory() as folder,
        served(demo(Path(folder).resolve())) as server,
        browser() as window,
    ):
        for look in LOOKS:
            page = logged_in(window, server, look)
            for name, (path, opened, top) in PAGES.items():
                page.goto(server.url + path)
                page.evaluate(_OPEN, [opened, top])
                page.screenshot(path=target / f"{name}-{look}.png")


if __name__ == "__main__":
    main()
