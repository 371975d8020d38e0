"""What to do about a failure, as a client does it: a request where the command line has a command.

Commands without a request, such as `ai-session.sh doctor`, stay: who runs the server types them.
"""

from __future__ import annotations

import re

_ENDS = r"[^,;]*"
#: What a hint says to who types commands, and what it says here; the first that fits is taken.
_INSTEAD = tuple(
    (re.compile(command), request)
    for command, request in (
        (rf": ai-session\.sh remove {_ENDS}", ", or ask with cascade=true"),
        (r"^ai-session\.sh search .*", "give a word that may have been said"),
        (rf"ai-session\.sh forget {_ENDS}", "DELETE its /pins?key=KEY"),
        (rf"ai-session\.sh state {_ENDS}", 'PATCH its /state with {"KEY": null}'),
        (rf"ai-session\.sh describe NAME --limit {_ENDS}", "PATCH it with token_limit"),
        (rf"ai-session\.sh create OTHER --system {_ENDS}", "POST /v1/sessions with system"),
        (rf"ai-session\.sh context {_ENDS}", "POST its /context"),
        (rf"ai-session\.sh show {_ENDS}", "GET its /messages"),
        (rf"ai-session\.sh list\b{_ENDS}", "GET /v1/sessions"),
        (r"^plan\.sh (\S+) --check$", "correct plan.yaml: errors lists what is wrong"),
        (r"run the same command again then", "ask again then"),
        (r", or let it wait: --retry.*", ""),
        (r": --model$", ""),
        (r"--(model|provider)\b", r"\1"),
    )
)


def over_http(hint: str) -> str:
    """A hint with requests in place of commands and options."""
    for command, request in _INSTEAD:
        hint = command.sub(request, hint)
    return hint
