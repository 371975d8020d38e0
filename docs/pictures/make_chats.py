"""Take pictures of a conversation with the bots: real bots over stand-ins of the services.

    python docs/pictures/make_chats.py [FOLDER [RECORD.json]]

Needs Chromium, the package `playwright`, and the extras `telegram` and `discord`. What was said is
in `played_chats.py`; this draws it, in two phones side by side. The look is of no service.
RECORD.json, when it is named, gets what was played, without the photo.
"""

import json
import re
import sys
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import played_chats
from make_pages import browser
from played_chats import Said, Screen

OUTPUT = Path(__file__).parent
#: Name of a look -> colours: page, phone, bubble of the bot, of the person, text, faint text, code.
LOOKS = {
    "light": ("#ffffff", "#eef1f5", "#ffffff", "#d5e6fb", "#1b1f24", "#59636e", "#eef1f5"),
    "dark": ("#0d1117", "#161b22", "#262c36", "#1c3d63", "#e6edf3", "#9198a1", "#161b22"),
}
_WIDTH, _GAP = 390, 20
_STYLE = """
* { box-sizing: border-box; margin: 0 }
body { background: %s; color: %s; padding: 0; font: 15px/1.4 system-ui, sans-serif;
  display: flex; gap: %dpx; align-items: flex-start; width: max-content }
main { width: %dpx; background: %s; border-radius: 18px; padding: 14px 12px; display: flex;
  flex-direction: column; gap: 8px }
h1 { font-size: 13px; font-weight: 600; color: %s; text-align: center; padding-bottom: 4px }
article { max-width: 92%%; border-radius: 14px; padding: 8px 12px; white-space: pre-wrap;
  overflow-wrap: anywhere }
.bot { background: %s; align-self: flex-start; border-bottom-left-radius: 4px }
.person { background: %s; align-self: flex-end; border-bottom-right-radius: 4px }
pre, code { font: 12.5px/1.45 ui-monospace, 'DejaVu Sans Mono', monospace; background: %s;
  border-radius: 5px; padding: 1px 4px }
pre code { padding: 0 }
pre { padding: 8px 10px; margin: 4px 0; white-space: pre-wrap }
img { display: block; width: 312px; height: 190px; object-fit: cover; object-position: 0 -307px;
  border-radius: 8px; margin-bottom: 6px }
nav { align-self: flex-start; width: 92%%; display: flex; flex-wrap: wrap; gap: 6px }
nav span { flex: 1 0 auto; text-align: center; font-size: 13.5px; font-weight: 600;
  padding: 7px 10px; border-radius: 10px; border: 1px solid %s; color: %s }
"""


def page(title: str, screens: Sequence[Screen], look: str) -> str:
    """HTML without script or anything from elsewhere."""
    ground, phone, bot, person, text, faint, code = LOOKS[look]
    values = (ground, text, _GAP, _WIDTH, phone, faint, bot, person, code, faint, text)
    mains = "".join(_phone(title, screen) for screen in screens)
    style = _STYLE % values
    return f'<!doctype html><meta charset="utf-8"><style>{style}</style><body>{mains}</body>'


def _phone(title: str, screen: Screen) -> str:
    return f"<main><h1>{escape(title)}</h1>{''.join(map(_bubble, screen))}</main>"


def _bubble(said: Said) -> str:
    photo = f'<img src="{said.photo}" alt="">' if said.photo else ""
    labels = "".join(f"<span>{escape(one)}</span>" for one in said.buttons)
    below = f"<nav>{labels}</nav>" if labels else ""
    text = re.sub(r"\n*(</?pre>)\n*", r"\1", said.html)  # a block has lines of its own
    return f'<article class="{said.by}">{photo}{text}</article>{below}'


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else OUTPUT
    record: dict[str, list[list[Any]]] = {}
    with tempfile.TemporaryDirectory() as folder, browser() as window:

        def taken(service: str, screens: list[Screen]) -> None:
            for look in LOOKS:
                size = {"width": 2 * _WIDTH + _GAP, "height": 400}
                shown = window.new_context(viewport=size).new_page()
                shown.set_content(page(service.capitalize(), screens, look))
                shown.screenshot(path=target / f"{service}-{look}.png", full_page=True)
            record[service] = [[_told(said) for said in screen] for screen in screens]

        played_chats.each(Path(folder).resolve(), taken)
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_text(f"{json.dumps(record, indent=1)}\n")


def _told(said: Said) -> dict[str, Any]:
    return said._asdict() | {"photo": said.photo and "data:,"}


if __name__ == "__main__":
    main()
