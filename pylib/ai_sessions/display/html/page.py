"""The frame of a page: one self-contained document without scripts, for any width, dark or light.

Its own policy forbids everything but the style in it: nothing is run, nothing is loaded, no form is
sent, and no server hears of what is read.
"""

from __future__ import annotations

import base64
import hashlib

from ai_sessions.display.html.escaping import text

#: The style of all pages.
STYLE = """
:root { color-scheme: light dark;
  --back: #fcfcfb; --card: #fff; --ink: #1c1e21; --soft: #5c636c; --line: #dcdfe3; --code: #f2f3f5;
  --user: #1d5fb8; --assistant: #1f7a45; --other: #8a4b12; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root {
  --back: #15171a; --card: #1c1f23; --ink: #e4e6e9; --soft: #9aa2ab; --line: #343a41;
  --code: #24282d; --user: #7fb2f5; --assistant: #6fcf97; --other: #e0a46c; --bad: #ff8a80; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--back); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
header, main, footer { max-width: 56rem; margin: 0 auto; padding: 0 1rem; }
header { padding-top: 1.5rem; }
footer { padding-bottom: 3rem; color: var(--soft); }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 1rem; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 0; display: flex; flex-wrap: wrap; gap: 0 .6rem;
  align-items: baseline; }
a { color: inherit; }
:focus-visible { outline: 2px solid var(--user); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .25rem .5rem; }
time, .soft { color: var(--soft); font-size: .875rem; font-weight: normal; }
dl { margin: 0 0 1rem; display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
dt { color: var(--soft); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; margin: 0 0 1rem; position: relative; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; overflow-wrap: anywhere; min-width: 7rem; }
.words { text-align: left; }
tbody th { font-weight: normal; }
caption, .away { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
article { background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  border-left: 4px solid var(--other); padding: .75rem 1rem; margin: 0 0 .75rem;
  content-visibility: auto; contain-intrinsic-size: auto 9rem; }
article.user { border-left-color: var(--user); }
article.assistant { border-left-color: var(--assistant); }
article:target { outline: 2px solid var(--user); }
.user h2 > span { color: var(--user); } .assistant h2 > span { color: var(--assistant); }
.text { margin: .5rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; }
pre, code { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { background: var(--code); border-radius: 3px; padding: .1em .25em; }
pre { background: var(--code); border-radius: 6px; padding: .6rem .75rem; margin: .5rem 0 0;
  white-space: pre-wrap; overflow-wrap: anywhere; }
p.soft { margin: .5rem 0 -.4rem; overflow-wrap: anywhere; }
pre code { padding: 0; font-size: 1em; }
details { margin: .5rem 0 0; }
summary { cursor: pointer; overflow-wrap: anywhere; }
details dl { margin: .5rem 0 0; display: block; }
.call { display: flex; flex-wrap: wrap; gap: 0 1.25rem; margin: -.25rem 0 1.5rem 1rem;
  font-size: .875rem; }
.call div { display: flex; gap: .35rem; min-width: 0; }
.mark { margin: 0 0 .75rem 1rem; color: var(--soft); font-size: .875rem; overflow-wrap: anywhere; }
.bad { color: var(--bad); } .good { color: var(--assistant); }
@media print { article { break-inside: avoid; content-visibility: visible; } }
"""
END = "</body>\n</html>\n"


def policy(style: str) -> str:
    """What a browser may do with a page that has this style."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def begin(title: str, more: str = "") -> str:
    """Everything up to the body's content. `more`: style beside that of all pages."""
    style = STYLE + more
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{text(policy(style))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{text(title)}</title>
<style>{style}</style>
</head>
<body>
"""
