"""OpenRouter for tests: one account with its limits, its models, and its errors as they come.

Chat completions are those of `openai_server`; here is what OpenRouter does beyond. Read 2026-11-29:

- openrouter.ai/docs/api/reference/errors-and-debugging: the error object; an error in the middle of
  a stream (status 200, it stands beside `choices`, `finish_reason` is `error`)
- openrouter.ai/docs/api_reference/limits: free models of one account share 20 requests a minute and
  50 a UTC day, 1000 once 10 credits were bought; failed tries count; headers come with the 429
- openrouter.ai/docs/models, …/cookbook/administration/usage-accounting: lists and counted tokens
- bodies as users posted them: 429 of a day Gitlawb/openclaude#936, of the provider behind
  HacxGPT-Official/HacxGPT-CLI#31 and open-webui/computer#293; 404 OpenHands/OpenHands#11874 and
  chatboxai/chatbox#2743; 402 Gitlawb/openclaude#43 and open-assistant-org/open-assistant#80

As a process: python3 test/servers/openrouter_server.py [--script served.json] [--log seen.jsonl]
where `served.json` is a list of turns for any model, or what `server` takes:
{"models": {"deepseek/deepseek-r1:free": [{"status": 502}]}, "a_day": 50, "keys": ["sk-or-v1-1"]}
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from loopback import Body, Seen, Server, Turn, events, serve
from openai_server import ChatCompletions

KEY = "sk-or-v1-test-not-a-key"
LAST_RESORT = "openrouter/free"
CREDITS_PAGE = "https://openrouter.ai/settings/credits"
#: What a call of a model that is not free costs here.
COST = 0.00014
_PROVIDER = "Chutes"
_NEVER_BOUGHT = (
    "Insufficient credits. This account never purchased credits. Make sure your key is on the "
    f"correct account or org, and if so, purchase more at {CREDITS_PAGE}"
)


def is_free(model: str) -> bool:
    return model.endswith(":free") or model == LAST_RESORT


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Account:
    """What one account may still ask for. All its free models share the two limits."""

    a_day: int = 50
    a_minute: int = 20
    credits: float = 0.0
    """Below 0: free models are refused, too."""
    keys: Sequence[str] = ()
    """Empty: any key is its own."""
    now: Callable[[], datetime] = _now
    taken: Counter[str] = field(default_factory=Counter)
    """Requests to free models by day and minute, those that failed among them."""

    def refusal(self, model: str, key: str) -> Turn | None:
        """Why this request gets no answer; None: it may have one. It is counted either way."""
        if not key:
            return _error(401, "No auth credentials found")
        if self.keys and key not in self.keys:
            return _error(401, "User not found.")
        if self.credits < 0 or (self.credits == 0 and not is_free(model)):
            return _error(402, _NEVER_BOUGHT, limit_source="openrouter_credits")
        return self._one_too_many() if is_free(model) else None

    @property
    def today(self) -> int:
        """Requests to free models since midnight UTC."""
        return self.taken[_day(self.now())]

    def _one_too_many(self) -> Turn | None:
        now = self.now()
        day, minute = _day(now), f"{now:%Y-%m-%dT%H:%M}"
        if self.taken[day] >= self.a_day:
            end = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            return _limit(self._of_the_day(), self.a_day, end, "openrouter_free_tier_daily")
        if self.taken[minute] >= self.a_minute:
            end = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
            source = "openrouter_free_tier_minute"
            return _limit("free-models-per-min. ", self.a_minute, end, source)
        self.taken.update((day, minute))
        return None

    def _of_the_day(self) -> str:
        if self.a_day >= 1000:
            return "free-models-per-day-high-balance. "
        return "free-models-per-day. Add 10 credits to unlock 1000 free model requests per day"


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _limit(which: str, limit: int, end: datetime, source: str) -> Turn:
    """A limit of OpenRouter's own: the headers are in the body as well."""
    headers = {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(end.timestamp() * 1000)),
    }
    turn = _error(429, f"Rate limit exceeded: {which}", headers=headers, limit_source=source)
    return replace(turn, headers=headers)


def _error(status: int, message: str, **metadata: Any) -> Turn:
    error = {"message": message, "code": status} | ({"metadata": metadata} if metadata else {})
    return Turn(status=status, raw=json.dumps({"error": error, "user_id": "user_test"}))


def failed(turn: Turn, model: str) -> Turn:
    """A scripted failure in OpenRouter's words; `turn.error` replaces the message."""
    message, metadata = _ERRORS.get(turn.status, ("failed", {}))
    told = turn.error or message.format(model=model)
    filled = {name: value.format(model=model) for name, value in metadata.items()}
    return replace(turn, raw=_error(turn.status, told, **filled).raw)


_UPSTREAM = (
    "{model} is temporarily rate-limited upstream. Please retry shortly, or add your own key to "
    "accumulate your rate limits: https://openrouter.ai/settings/integrations"
)
_FLAGGED = 'Your chosen model requires moderation and your input was flagged for "violence"'
_NOBODY = "There is no available model provider that meets your routing requirements"
_ERRORS: dict[int, tuple[str, dict[str, str]]] = {
    400: ("Invalid request", {"error_type": "invalid_request"}),
    402: (_NEVER_BOUGHT, {"limit_source": "openrouter_credits"}),
    403: (_FLAGGED, {"provider_name": _PROVIDER, "model_slug": "{model}"}),
    404: ("No endpoints found for {model}.", {}),
    408: ("Request timed out", {"error_type": "timeout"}),
    429: ("Provider returned error", {"raw": _UPSTREAM, "provider_name": _PROVIDER}),
    500: ("Internal Server Error", {"error_type": "server"}),
    502: ("Provider returned error", {"error_type": "provider_unavailable"}),
    503: (_NOBODY, {"error_type": "provider_overloaded"}),
}


class OpenRouter(ChatCompletions):
    """Its answers: every stream opens with a comment, and the counted tokens have a price."""

    def __init__(self, models: Mapping[str, Sequence[Turn]], account: Account) -> None:
        super().__init__(tuple(models))
        self._account = account

    def pieces(self, turn: Turn, seen: Seen) -> tuple[str, list[bytes]]:
        model = seen.body.get("model", "")
        turn = replace(turn, usage=usage_of(model, seen.body) if turn.usage is None else turn.usage)
        seen.body.setdefault("stream_options", {})["include_usage"] = True  # always, by now
        if not seen.body.get("stream"):
            whole = self._whole(turn, seen, dict(turn.usage or {}))
            if turn.stop == "error":
                whole["choices"][0]["error"] = _broken(turn)
            return "application/json", [json.dumps(whole).encode()]
        kind, pieces = super().pieces(turn, seen)
        if turn.stop == "error":
            pieces = [*pieces[:-3], *self._broken_off(turn, seen)]
        return kind, [b": OPENROUTER PROCESSING\n\n", *pieces]

    def aside(self, seen: Seen) -> tuple[int, Body]:
        if seen.path.endswith("/models"):
            return 200, {"data": [listed(model) for model in self._models]}
        if seen.path.endswith("/key"):
            return 200, {"data": key_of(self._account)}
        return 404, {"error": {"message": "Not Found", "code": 404}}

    def _broken_off(self, turn: Turn, seen: Seen) -> list[bytes]:
        """The last event of a stream whose provider failed; nothing follows."""
        choice = {"index": 0, "delta": {"content": ""}, "finish_reason": "error"}
        frame = self._frame(seen, "chat.completion.chunk", [choice])
        return events([("", {**frame, "error": _broken(turn)})])

    def _frame(self, seen: Seen, kind: str, choices: list[Body]) -> Body:
        frame = super()._frame(seen, kind, choices)
        chosen = next((model for model in self._models if model.endswith(":free")), LAST_RESORT)
        if frame["model"] == LAST_RESORT:
            frame["model"] = chosen
        more = {"created": int(self._account.now().timestamp()), "provider": _PROVIDER}
        return {**frame, **more, "id": frame["id"].replace("chatcmpl_", "gen-")}


def _broken(turn: Turn) -> Body:
    code: str | int = turn.kind or 502
    error = {"code": int(code) if str(code).isdecimal() else code}
    return error | {"message": turn.error or "Provider disconnected mid-stream"}


def usage_of(model: str, body: Body) -> Body:
    """What is counted of an answer, and what it cost in credits."""
    said = sum(len(str(message.get("content", ""))) for message in body.get("messages", ()))
    prompt = max(194, said // 3)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": 20,
        "total_tokens": prompt + 20,
        "cost": 0 if is_free(model) else COST,
        "is_byok": False,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "cost_details": {"upstream_inference_cost": None},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def listed(model: str, window: int = 131072) -> Body:
    """One model of `GET /models`."""
    price = "0" if is_free(model) else "0.0000007"
    return {
        "id": model,
        "canonical_slug": model.removesuffix(":free"),
        "name": model.rpartition("/")[2],
        "created": 1737381095,
        "description": "A model.",
        "context_length": window,
        "architecture": {
            "modality": "text->text",
            "input_modalities": ["text"],
            "output_modalities": ["text"],
            "tokenizer": "Other",
            "instruct_type": None,
        },
        "pricing": {"prompt": price, "completion": price, "request": "0", "image": "0"},
        "top_provider": {
            "context_length": window,
            "max_completion_tokens": None,
            "is_moderated": False,
        },
        "per_request_limits": None,
        "supported_parameters": ["max_tokens", "response_format", "tools"],
    }


def key_of(account: Account) -> Body:
    """What `GET /key` tells of the account that owns the key."""
    left = max(0, account.a_day - account.today)
    return {
        "label": "sk-or-v1-tes...key",
        "limit": None,
        "limit_remaining": None,
        "usage": 0,
        "is_free_tier": account.a_day < 1000,
        "free_model_daily_requests": {
            "limit": account.a_day,
            "remaining": left,
            "used": account.today,
        },
    }


class OpenRouterServer(Server):
    """Use as a context manager; `url` + "/api/v1" is what a pool's `url` takes."""

    def __init__(
        self,
        models: Mapping[str, Sequence[Turn]],
        account: Account,
        turns: Sequence[Turn] = (),
        log: Path | None = None,
        port: int = 0,
    ) -> None:
        """Each model plays its own turns, one a request, then those of `turns`, which whoever is
        asked takes on, and then answers `OK`; what is not among `models` has no endpoints.
        """
        super().__init__(OpenRouter(models, account), (), log, port)
        self.account = account
        self._models = {model: list(its) for model, its in models.items()}
        self._turns = list(turns)

    @property
    def asked(self) -> list[str]:
        """The models of all requests, in order."""
        return [str(seen.body.get("model", "")) for seen in self.seen]

    def turn_of(self, number: int, seen: Seen) -> Turn:
        model = str(seen.body.get("model", ""))
        if model not in self._models:
            return failed(Turn(status=404), model)
        key = seen.headers.get("authorization", "").removeprefix("Bearer ")
        if refusal := self.account.refusal(model, key):
            return refusal
        turns = self._models[model] or self._turns
        turn = turns.pop(0) if turns else Turn()
        return failed(turn, model) if turn.status >= 400 and turn.raw is None else turn


def server(
    models: Mapping[str, Sequence[Turn]],
    turns: Sequence[Turn] = (),
    log: Path | None = None,
    port: int = 0,
    **account: Any,
) -> OpenRouterServer:
    """A server of these models, for one account."""
    return OpenRouterServer(models, Account(**account), turns, log, port)


def _of_script(script: Any, log: Path | None) -> Server:
    if isinstance(script, list):
        script = {"models": {LAST_RESORT: script}}
    served = {model: _turns(turns) for model, turns in script.pop("models").items()}
    return server(served, _turns(script.pop("turns", ())), log, **script)


def _turns(script: Sequence[Mapping[str, Any]]) -> list[Turn]:
    return [Turn(**turn) for turn in script]


if __name__ == "__main__":
    serve(_of_script)
