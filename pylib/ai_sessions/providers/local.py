"""A model in this very process: any GGUF file, through llama.cpp (the extra `local`, xllamacpp).

Nothing leaves the machine and nothing is paid. The engine also listens on a loopback port, which
cannot be turned off, so it gets a key that nobody knows. Facts measured on 2026.10.11549: pieces
come in the thread that asked, also while the prompt is read (`return_progress`); a true answer to
a piece ends the call, and so does an exception, which is lost.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from ai_sessions.config import extras
from ai_sessions.errors import ConfigError
from ai_sessions.providers import http, logs, model_files, openai
from ai_sessions.providers.contract import Event, Quirks, Reply, Request, Watch
from ai_sessions.providers.fields import one_line
from ai_sessions.records import Cost, Json, Status, Usage

NAME = "local"
_MAGIC = b"GGUF"
#: Tokens of the prompt between two signs of life.
_BATCH = 256
#: The likeliest words, so that the same question has the same answer. Small models go in circles
#: without the penalty, most of all under a schema.
_SAMPLING = {"temperature": 0.0, "repeat_penalty": 1.1}
_HINTS: dict[Status, str] = {
    "context_too_long": "raise LOCAL_CONTEXT, or ask for less at once",
    "limit": "raise LOCAL_CONTEXT, or ask for less at once",
    "timeout": "raise AI_TIMEOUT, or use a smaller model",
}

Hear = Callable[[Json], bool]


class Engine(Protocol):
    """A loaded model: `xllamacpp.Server`, or what a test gives."""

    def handle_chat_completions(self, body: Json, hear: Hear, /) -> object:
        """Says each piece to `hear` until the answer ends, or `hear` returns True."""
        ...


class Local:
    """`model`: path or name of the one to use when a call names none; `folder`: where named ones
    are; `context` in tokens.
    """

    name = NAME
    quirks = Quirks(keeps_context=False, edits_files=False, takes_schema=True, takes_tools=True)

    def __init__(
        self,
        model: str,
        folder: Path,
        context: int,
        load: Callable[[Path, int], Engine] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._model, self._folder, self._context = model, folder, context
        self._load = load or loaded
        self._clock = clock
        self._engine: tuple[Path, Engine] | None = None

    def window(self, model: str) -> int:  # noqa: ARG002 (one context for all)
        """As `HasWindow` says: every model is loaded with the same context."""
        return self._context

    def models(self, _timeout_s: float = 0) -> list[str]:
        """As `ListsModels` says: those that are here, where the engine is installed."""
        if importlib.util.find_spec("xllamacpp") is None:
            return []
        return list(model_files.here(self._folder))

    def run(self, request: Request, watch: Watch) -> Reply:
        """As the contract says; `ConfigError` without a model, a file or the extra."""
        path = self._file(request.model)
        engine = self._engine_of(path)
        watch(Event("started", path.name))
        answer = Answer(replace(request, model=path.stem), watch)
        with logs.raw(request.log_dir, NAME, "out", keeps_words=request.keeps_words) as raw:
            self._ask(engine, answer, raw)
        return answer.reply()

    def _file(self, model: str) -> Path:
        wanted = model or self._model
        if not wanted:
            raise ConfigError(
                "no model: LOCAL_MODEL_PATH is not set",
                "give --model FILE.gguf, or a name: ai-session.sh models list",
            )
        path = model_files.file_of(wanted, self._folder)
        try:
            with path.open("rb") as file:
                is_gguf = file.read(len(_MAGIC)) == _MAGIC
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}") from error
        if not is_gguf:
            raise ConfigError(f"{path}: not a GGUF file", "models list shows those that are here")
        return path

    def _engine_of(self, path: Path) -> Engine:
        """Loading takes seconds, so the last one is kept."""
        if self._engine is None or self._engine[0] != path:
            self._engine = None  # two at once may not fit
            self._engine = (path, self._load(path, self._context))
        return self._engine[1]

    def _ask(self, engine: Engine, answer: Answer, raw: logs.Raw) -> None:
        """Silence is not watched for: only reading one batch of the prompt is silent."""
        body = {**_SAMPLING, **openai.body_of(answer.request), "return_progress": True}
        deadline = self._clock() + answer.request.timeout_s
        stopped: list[BaseException] = []

        def hear(piece: Json) -> bool:
            try:
                raw.keep("out", json.dumps(piece).encode() + b"\n")
                answer.hear(piece)
                self._mind(answer, deadline)
            except BaseException as error:  # Ctrl-C among them: the engine would swallow it
                stopped.append(error)
            return bool(stopped) or answer.has_failed

        try:
            _complete(engine, body, hear, is_exact=answer.request.is_exact)
        except (ValueError, RuntimeError) as error:
            answer.fail("other", one_line(str(error)))
        if stopped:
            raise stopped[0]
        answer.closed()

    def _mind(self, answer: Answer, deadline: float) -> None:
        """Let an answer fail that was stopped, or takes too long."""
        request = answer.request
        if request.stop and request.stop.is_set():
            answer.fail("interrupted", "it was stopped before it had answered")
        elif self._clock() >= deadline:
            answer.fail("timeout", f"it took longer than {round(request.timeout_s, 1):g} s")


class Answer(openai.Answer):
    """The engine speaks as OpenAI's servers do."""

    def __init__(self, request: Request, watch: Watch) -> None:
        endpoint = http.Endpoint(NAME, "", base="LOCAL_MODEL_PATH", secret="")
        super().__init__(endpoint, request, watch)

    @property
    def has_failed(self) -> bool:
        return self._failure is not None

    def object(self, body: Json) -> None:
        """The model's name is its file's, without the place of it on this machine."""
        super().object({**body, "model": self.request.model})

    def spent(self, text: str) -> tuple[Usage | None, Cost | None]:
        usage, _cost = super().spent(text)
        return usage, Cost(0, NAME)

    def closed(self) -> None:
        """The engine says nothing more. Without a reason it was stopped from outside."""
        if not (self._finish or self.has_failed):
            self.fail("interrupted", "it stopped in the middle of its answer")

    def _hint(self, status: Status) -> str:
        return _HINTS.get(status) or super()._hint(status)


def _complete(engine: Engine, body: dict[str, Any], hear: Hear, *, is_exact: bool) -> None:
    """One call, again without the schema where the engine has no grammar for it, unless it has to
    be kept.
    """
    try:
        engine.handle_chat_completions(body, hear)
    except ValueError:
        if is_exact or body.pop("response_format", None) is None:
            raise
        engine.handle_chat_completions(body, hear)


def loaded(path: Path, context: int) -> Engine:
    """The model in `path`, ready. Raises `ConfigError` when it or the engine cannot be had."""
    try:
        xllamacpp = importlib.import_module("xllamacpp")
    except ImportError as error:
        raise extras.missing(NAME, "a model in this process", error) from error
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = context
    params.n_batch = params.n_ubatch = _BATCH
    params.n_parallel = 1
    params.cache_ram_mib = 0  # one conversation at a time: its own cache is enough
    params.warmup = False
    params.verbosity = 0
    params.api_keys = [secrets.token_hex()]
    params.ui = params.endpoint_slots = False
    try:
        engine: Engine = xllamacpp.Server(params)
    except RuntimeError as error:
        raise ConfigError(
            f"{path}: the engine cannot load it: {one_line(str(error))}",
            "is the file whole, and is there memory for it? a smaller LOCAL_CONTEXT takes less",
        ) from error
    return engine
