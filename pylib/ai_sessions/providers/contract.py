"""What every provider promises, and the words it does so in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.records import (
    Cost,
    Json,
    Message,
    PriceOf,
    Resume,
    Status,
    Told,
    ToolCall,
    Usage,
)
from ai_sessions.stopping import Stop


@dataclass(frozen=True, slots=True)
class Quirks:
    """What a provider can and cannot do, as data the rest of the program branches on."""

    keeps_context: bool
    """It remembers the conversation itself; without it we send the earlier messages."""
    edits_files: bool
    """It works on the files of `cwd`; without it the file protocol is used."""
    chooses_id: bool = False
    """The conversation's id may be ours (`Request.new_id`)."""
    takes_budget: bool = False
    takes_schema: bool = False
    takes_tools: bool = False
    """It passes functions of the client on to the model, and says which ones that asks for."""
    ignores: tuple[str, ...] = ()
    """Options that it has no word for. One that keeps the context knows none at all."""
    parts: tuple[str, ...] = ()
    """Kinds of `media.kind` that it shows to the model; of others it tells in words."""
    may_begin_again: bool = False
    """An answer that has begun may be left for another model's."""
    note: str = ""
    """Said to the user with every answer, e.g. "recorded agent, no AI was called"."""


Choice = Literal["none", "auto", "required", "function"]


@dataclass(frozen=True, slots=True)
class Tool:
    """One function. `parameters`: JSON schema of its arguments; None: it takes none."""

    name: str
    description: str = ""
    parameters: Json | None = None
    strict: bool | None = None
    """Whether the arguments have to fit exactly; None: as the server does by itself."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The functions of a request. Of none: earlier calls and results are told as such all the same.

    `choice`: whether one has to be asked for; `function`: the one called `name`. `is_parallel`:
    whether several may be asked for at once; None: as the server does by itself.
    """

    tools: tuple[Tool, ...] = ()
    choice: Choice = "auto"
    name: str = ""
    is_parallel: bool | None = None

    @property
    def may_be_called(self) -> bool:
        return bool(self.tools) and self.choice != "none"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Request:
    """One call to make."""

    prompt: str
    cwd: Path
    model: str = ""
    """Empty: the provider's own default."""
    access: Literal["read", "edit"] = "read"
    resume: Resume | None = None
    new_id: str = ""
    """UUID to begin a conversation under, where the provider lets us choose."""
    title: str = ""
    """The session's name, for the provider's own lists."""
    ephemeral: bool = False
    """Nobody will continue this conversation: the provider keeps nothing of it."""
    history: tuple[Message, ...] = ()
    """Earlier messages, for a provider that keeps no context."""
    schema: Json | None = None
    """JSON schema the answer must fit, or None for free text."""
    parts: tuple[Json, ...] = ()
    """Images and files that go with the prompt, of kinds in `Quirks.parts`."""
    options: Json = field(default_factory=dict)
    """How the model is to answer, as `options.checked` has it. Agents know nothing of these."""
    tools: Offer | None = None
    """Functions that the model may ask for. With these, calls and results in `history` are told as
    such; None: in words."""
    is_exact: bool = False
    """The schema is not left out for a server that refuses it."""
    timeout_s: float = 1800.0
    silence_s: float = 600.0
    budget_nusd: int | None = None
    price_of: PriceOf | None = None
    """What a model's tokens cost, for who must tell a call's cost before its end; None: by the
    price table."""
    log_dir: Path | None = None
    """Where raw output is kept; None keeps nothing."""
    keeps_words: bool = True
    """False: the files there stay empty, and only show when there was output last."""
    stop: Stop | None = None
    """Ends the call and all that it started, from another thread; what was said by then comes back
    as a reply with the failure `interrupted`."""
    streams: bool = False
    """Somebody reads along: the answer is wanted in as small pieces as the provider has."""
    now: Callable[[], datetime] = _now
    purpose: str = ""
    feature: str = ""
    task: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a call does not count as answered: its class, one line, what to do."""

    status: Status
    message: str
    hint: str = ""
    told: str = ""
    """All of its words, where the message is cut short: when a limit ends may stand there."""
    until: datetime | None = None
    """When calls are taken again, where that is told as a figure and not in words."""
    http: int = 0
    """Status code of the answer, also where an error in the middle of a stream names one; 0: there
    was none."""
    window: str = ""
    """Which limit it is, where that is told: `five_hour`, `seven_day`."""
    refused: bool = False
    """It was turned down before a model began: no connection, or an error in place of a stream."""
    limit_tokens: int | None = None
    """Of a prompt that was too long: most tokens that the model takes, where that is told."""
    sent_tokens: int | None = None
    """How many the provider counted in that prompt, where it tells."""


@dataclass(frozen=True, slots=True)
class Ran:
    """Something an agent ran that may have written anywhere: a command, a tool we do not know.

    Times in seconds since 1970; `ended_s` is infinite for what may have gone on until the end.
    """

    text: str
    began_s: float
    ended_s: float


@dataclass(frozen=True, slots=True)
class Edits:
    """What an agent's own tools did to files."""

    written: tuple[str, ...] = ()
    """Files its tools wrote, as it named them: absolute, or relative to `cwd`."""
    ran: tuple[Ran, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. A failed call may have been paid for, so it is a Reply too."""

    text: str
    model: str
    usage: Usage = Usage()
    by_model: Mapping[str, Usage] = field(default_factory=dict)
    cost: Cost | None = None
    """The client's own figure; None: price it from the table."""
    cost_by_model: Mapping[str, int] = field(default_factory=dict)
    """The client's own figure per model, in nano-dollars, when it used several."""
    resume: Resume | None = None
    """How to continue; None: this provider keeps no conversation."""
    failure: Failure | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    """Functions of the client that the model asks for. Of a failed call: what had begun."""
    denied: tuple[str, ...] = ()
    """Tools the agent wanted and was not allowed to use."""
    compacted: bool = False
    """The agent has cut its own memory of the conversation short during this call."""
    compaction: Json = field(default_factory=dict)
    """What it tells of that, as `trigger`, `before_tokens`, `after_tokens`."""
    summary: str = ""
    """What it has put in place of the conversation, where it says so."""
    todos: tuple[Json, ...] = ()
    """The agent's own to-do list at the end, as `{"text": …, "status": …}`."""
    edits: Edits | None = None
    """None: it tells nothing of its tools, so whatever changed may be its work."""
    client_version: str = ""
    turns: int = 0
    told: tuple[Told, ...] = ()
    """What was said of limits on the way, of whichever outcome."""
    detail: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallPiece:
    """A piece of a tool call. `index`: which of the answer's calls it is. `id` and `name` come with
    its first piece.
    """

    index: int
    arguments: str
    id: str = ""
    name: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something seen while the provider works, for the progress line."""

    kind: Literal[
        "phase",
        "started",
        "conversation",
        "text",
        "call",
        "tool",
        "note",
        "usage",
        "retry",
        "switch",
    ]
    """`phase`: the line begins a call (`T1.1 red`). `retry`: the provider repeats a request, or the
    line a call. `switch`: another model is asked. The others come from the provider; `conversation`
    is the id of that it works in, `note` a warning of its own, `call` a piece of what it asks the
    client to do, `tool` what an agent does itself.
    """
    text: str = ""
    begins: bool = False
    """Of a `text`: it is the first piece of another message; what was said before was no answer
    yet."""
    usage: Usage | None = None
    cost_nusd: int | None = None
    call: CallPiece | None = None


Watch = Callable[[Event], None]


class Provider(Protocol):
    """One kind of answerer."""

    @property
    def name(self) -> str: ...

    @property
    def quirks(self) -> Quirks: ...

    def run(self, request: Request, watch: Watch) -> Reply:
        """Make the call. Raises `ProviderError` only when nothing was called (not installed, …)."""
        ...


@runtime_checkable
class HasAccount(Protocol):
    """A provider that several accounts may be used with."""

    @property
    def account(self) -> str:
        """A short mark of the account, the same whenever it is used; empty: the usual login. It
        tells nothing of a key.
        """
        ...


@runtime_checkable
class HasWindow(Protocol):
    """A provider that knows itself how much its models hold."""

    def window(self, model: str) -> int | None:
        """Tokens of a request and its answer together; None: it is not known of that model."""
        ...


@runtime_checkable
class ListsModels(Protocol):
    """A provider that says which models it has."""

    def models(self, timeout_s: float = 10.0) -> Sequence[str]:
        """Names of those that chat. Raises `ConfigError` when it does not say."""
        ...


@runtime_checkable
class NamesModel(Protocol):
    """A provider whose every call has to name a model."""

    def default_model(self) -> str:
        """The model to use when nobody named one. Raises `ConfigError` when that is for the user
        to decide, or cannot be found out.
        """
        ...
