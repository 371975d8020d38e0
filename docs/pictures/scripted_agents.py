"""Scripted agents for the pictures: logs of three weeks, and a conversation with two models.

No AI is called. The figures are those of a script, in the form of the agents and servers they stand
for; what they cost is reckoned by our price list, as for anybody's calls.
"""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DAYS = 24
#: Project -> the models that are asked in it, the most asked first.
_PROJECTS = {
    "shop": ("claude-sonnet-5-5", "claude-opus-5", "claude-haiku-5-5"),
    "billing": ("claude-opus-5", "claude-sonnet-5-5"),
}
_LARGE, _SMALL = "gpt-5.4", "gpt-5.4-mini"
#: Model, question, answer, tokens in, of these from the cache, tokens out.
TALK = (
    (
        _LARGE,
        "A customer was charged twice for order 1042. What do we know?",
        "Two charges, 38 seconds apart, with different idempotency keys:\n\n"
        "- `ch_81`, key `a7…`, 10:02:11\n- `ch_82`, key `c3…`, 10:02:49\n\n"
        "So the client made a new key for its retry.",
        (41_200, 0, 620),
    ),
    (
        _LARGE,
        "Where does the client make the key?",
        "In `checkout.py`, once per attempt instead of once per order:\n\n"
        "```python\ndef pay(order):\n    key = uuid4().hex  # anew for each retry\n"
        "    return gateway.charge(order.total, key)\n```",
        (43_900, 40_960, 410),
    ),
    (
        _SMALL,
        "Write the customer two sentences.",
        "We have charged you twice and have sent one"
        " charge back; it reaches you within three days. We are sorry for the trouble.",
        (44_700, 0, 64),
    ),
    (
        _LARGE,
        "How do we keep it from happening again?",
        '1. Make the key from the order: `key = f"order-{order.id}"`\n'
        "2. Test that a retry charges once\n3. Refund what was charged twice since May",
        (45_300, 43_008, 980),
    ),
    (
        _SMALL,
        "Shorten that to one line for the ticket.",
        "Key per order, a test for retries, refunds since May.",
        (46_100, 44_032, 22),
    ),
)


def write_logs(home: Path, now: datetime) -> None:
    """Transcripts of Claude Code in the last weeks, one a day and project."""
    for number, (project, models) in enumerate(_PROJECTS.items()):
        folder = home / ".claude/projects" / f"-src-{project}"
        folder.mkdir(parents=True)
        for day in range(DAYS):
            at = now - timedelta(days=day, hours=1 + number)
            lines = list(_conversation(project, models, day, at)) if at.weekday() < 6 else []
            if lines:
                text = "".join(f"{json.dumps(one)}\n" for one in lines)
                (folder / f"{project}-{day:02d}.jsonl").write_text(text)


def _conversation(
    project: str, models: tuple[str, ...], day: int, at: datetime
) -> Iterator[Mapping[str, Any]]:
    """More calls on some days than on others, and a cache that grows with each."""
    count = 4 + (day * 7 + len(project)) % 9
    for number in range(count):
        model = models[(day + number) // 3 % len(models)]
        name = f"{project}-{day}-{number}"
        grown = 9_000 * number
        usage = {
            "input_tokens": 2_400 + 37 * day,
            "cache_creation_input_tokens": 9_000,
            "cache_read_input_tokens": 18_000 + grown,
            "output_tokens": 1_100 + 90 * ((day + number) % 11),
        }
        stamp = (at - timedelta(minutes=2 * (count - number))).isoformat(timespec="milliseconds")
        yield {
            "type": "assistant",
            "uuid": name,
            "requestId": f"req_{name}",
            "sessionId": f"{project}-{day}",
            "timestamp": stamp.replace("+00:00", "Z"),
            "cwd": f"/src/{project}",
            "version": "2.1.329",
            "message": {
                "id": f"msg_{name}",
                "role": "assistant",
                "model": model,
                "content": [],
                "stop_reason": "end_turn",
                "usage": usage,
            },
        }


def take_in(environment: Mapping[str, str], home: Path) -> None:
    """Import those logs by the command that people use."""
    write_logs(home, datetime.now(UTC))
    command = [ROOT / "scripts/ai-session.sh", "import", "--from", "claude", "--quiet"]
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=True)


@contextmanager
def model() -> Iterator[str]:
    """A server of OpenAI's API that says its part of the talk; its base URL."""
    sys.path.insert(0, str(ROOT / "test/servers"))
    try:
        import openai_server
        from loopback import Turn
    finally:
        sys.path.pop(0)
    turns = [Turn(answer, usage=_usage(*tokens)) for _model, _asked, answer, tokens in TALK]
    with openai_server.server(turns, models=(_LARGE, _SMALL)) as server:
        yield f"{server.url}/v1"


def _usage(put_in: int, cached: int, out: int) -> dict[str, Any]:
    return {
        "prompt_tokens": put_in,
        "completion_tokens": out,
        "total_tokens": put_in + out,
        "prompt_tokens_details": {"cached_tokens": cached},
    }


def talk(url: str, token: str) -> None:
    """The conversation, over our API: with a title, tags, state, pin, summary and a fork."""

    def ask(method: str, path: str, body: object = None) -> Any:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(url + path, data, headers, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 (loopback)
            return json.load(answer)

    about = {"name": "order-1042", "title": "Order 1042 was charged twice", "tags": ["support"]}
    ask("POST", "/v1/sessions", about)
    here = "/v1/sessions/order-1042"
    ask("PUT", f"{here}/pins", {"key": "tone", "text": "Be brief and friendly."})
    ask("PATCH", f"{here}/state", {"order": 1042, "refunded": True})
    for number, (name, question, *_rest) in enumerate(TALK):
        if number == 3:
            ask(
                "POST",
                f"{here}/summaries",
                {
                    "text": "Order 1042 was charged twice: the client"
                    " makes a new key for each retry. The customer has been told."
                },
            )
        ask("POST", f"{here}/chat", {"text": question, "provider": "openai", "model": name})
    ask("POST", f"{here}/fork", {"name": "order-1042-letter"})
