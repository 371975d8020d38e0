"""The nouns: what a session, a message and an interaction are. No I/O, nothing mutable."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal

from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from datetime import datetime

Role = Literal["user", "assistant", "system", "tool"]
Json = Mapping[str, Any]
#: Who counted the tokens of a text: its provider, a tokenizer, or our estimate; empty: nobody.
TokensSource = Literal["", "provider", "tokenizer", "estimate"]
#: Work is what the commands of a workflow do; a chat is any other conversation.
Kind = Literal["work", "chat"]
#: Who wrote a summary: our rules, a model that was asked to, an agent for itself, a person.
SummaryKind = Literal["extractive", "model", "native", "given"]
#: Why a segment ended.
Break = Literal["threshold", "manual", "model_switch", "clear", "compaction"]
#: What a limit of a provider counts. `nusd`: nano-dollars. `percent`: of a subscription, which
#: tells nothing else.
Unit = Literal["requests", "tokens", "nusd", "percent"]
#: How long a window of a limit is. `rolling`: so many seconds.
Period = Literal["minute", "day", "rolling"]

#: Outcome of one call of a model. `ok`, or the class of what went wrong.
Status = Literal[
    "ok",
    "auth",
    "billing",
    "rate_limit",
    "overloaded",
    "server",
    "context_too_long",
    "session_gone",
    "busy",
    "network",
    "timeout",
    "limit",
    "budget",
    "interrupted",
    "denied",
    "model",
    "unreadable",
    "empty",
    "other",
]
#: What happened to the conversation: continued, begun, or begun although it should have continued.
Continuity = Literal["resumed", "new", "lost"]
#: Purpose of a call that is about a conversation and no part of it: it counts for totals, budgets
#: and statistics, but what was said in it is told to nobody who goes on.
SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call.

    `input_tokens` is everything that went in, cache reads and writes included, whatever the tool
    reports. `output_tokens` is everything that came out, reasoning included.
    `cache_write_1h_tokens` is the part of `cache_write_tokens` bought for an hour.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cache_write_1h_tokens: int = 0
    reasoning_tokens: int = 0
    estimated: bool = False

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
            self.cache_write_1h_tokens + other.cache_write_1h_tokens,
            self.reasoning_tokens + other.reasoning_tokens,
            self.estimated or other.estimated,
        )

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call cost, in whole nano-dollars, and who says so. `nusd` None: nobody knows.

    `source`: `client` (the agent said it), `prices:<date of the table>`, `demo`, `refused` (it
    cost nothing), `unknown`.
    """

    nusd: int | None = None
    source: str = "unknown"


#: What a call of a model costs, by its usage, the model's name and the moment.
PriceOf = Callable[[Usage, str, "datetime"], Cost]


@dataclass(frozen=True, slots=True)
class Told:
    """What a server or an agent says of a limit of its own; None: it does not say."""

    unit: Unit
    period: Period
    limit: int | None = None
    used: int | None = None
    """Of this window, as the server counts; of the unit `percent`, 0 to 100."""
    resets_at: "datetime | None" = None
    rolling_s: int = 0
    model: str = ""
    """Of this model alone; empty: of the whole account."""
    origin: str = "header"
    """header, body, event (of an agent's stream), log (of an agent)."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that an assistant asked for. `arguments`: a JSON value; text where it was no JSON."""

    id: str
    name: str
    arguments: Any = None
    signature: str = field(default="", compare=False)
    """What its model wants to see again with it, as Gemini does; not on record."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation. `at`: RFC 3339 UTC, empty until it is stored."""

    role: Role
    text: str
    at: str = ""
    name: str = ""
    """Tool name for role `tool`, otherwise empty."""
    id: str = field(default="", compare=False)
    """`<seq>.<n>`: the entry it is in and its place there, from 0; empty until it is stored."""
    parts: tuple[Json, ...] = ()
    """What it has beside its text (images, files), as its interface has them."""
    tool_calls: tuple[ToolCall, ...] = ()
    """Of role `assistant`."""
    tool_call_id: str = ""
    """Of role `tool`: the call that this is the result of."""
    is_error: bool = False
    """Of role `tool`: the tool failed, and the text says how."""
    tokens: int | None = None
    """None: nobody counted them."""
    tokens_source: TokensSource = ""
    metadata: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resume:
    """What a provider needs to continue a conversation: its own id, and what it must carry over.

    `carry` is opaque to everyone but the provider (running totals to subtract, for example).
    """

    id: str
    model: str = ""
    cwd: str = ""
    carry: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Interaction:
    """One call of a model: what went in, what came out, what it cost."""

    id: str
    at: str
    """RFC 3339 UTC, when the call ended."""
    provider: str
    model: str
    messages: tuple[Message, ...]
    usage: Usage = Usage()
    cost: Cost = Cost()
    status: Status = "ok"
    duration_ms: int = 0
    purpose: str = ""
    """What it was for: `plan`, `red`, `green`, `review`, `verify`, `chat`, `summary`."""
    task: str = ""
    continuity: Continuity = "new"
    resume: Resume | None = None
    """How to continue from here; None when the provider keeps no conversation."""
    client_version: str = ""
    branch: str = ""
    commit: str = ""
    by_model: Mapping[str, Usage] = field(default_factory=dict)
    """Usage per model when the agent used several; empty means all of it was `model`."""
    cost_by_model: Mapping[str, int] = field(default_factory=dict)
    """What each of them cost, in nano-dollars, where that is known; it adds up to `cost`."""
    detail: Json = field(default_factory=dict)
    """What else is worth keeping: denied tools, todos, error text, exit code, turns."""
    seq: int = -1
    """Position in the session's journal; -1 until stored."""


@dataclass(frozen=True, slots=True)
class Change:
    """A new value of one of the session's own facts (`status`, `tags`, `pinned`, …)."""

    key: str
    value: Any
    at: str = ""
    seq: int = -1
    id: str = ""
    """Made when it is stored; give one to make a repeat harmless."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message that came without a call of a model."""

    message: Message
    id: str = ""
    seq: int = -1


@dataclass(frozen=True, slots=True)
class Summary:
    """A view over entries `covers_from` to `covers_to` (numbers, inclusive), never in their place.

    `based_on`: number of the summary that this one continues; -1: none.
    """

    text: str
    covers_to: int
    covers_from: int = 0
    kind: SummaryKind = "extractive"
    model: str = ""
    tokens: int | None = None
    tokens_source: TokensSource = ""
    items: tuple[Json, ...] = ()
    """What it is made of, each with the ids of the messages that it comes from."""
    based_on: int = -1
    detail: Json = field(default_factory=dict)
    at: str = ""
    seq: int = -1
    id: str = ""
    """As that of `Change`."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A break in the log: what a model is told begins after it."""

    reason: Break
    detail: Json = field(default_factory=dict)
    at: str = ""
    seq: int = -1
    id: str = ""
    """As that of `Change`."""


@dataclass(frozen=True, slots=True)
class Pin:
    """Words that every model is told verbatim. `text` None takes the pin of that `key` away."""

    key: str
    text: str | None
    message: str = ""
    """Id of the message they are from; empty: of none."""
    reason: str = ""
    at: str = ""
    seq: int = -1
    id: str = ""
    """As that of `Change`."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth remembering beside the conversation: a lost context, a repair, a todo."""

    topic: str
    body: Json
    at: str = ""
    seq: int = -1
    id: str = ""
    """As that of `Change`."""
    words: tuple[str, ...] = ()
    """Keys of `body` with what was said, which are not written where no words are kept."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """An entry of a kind that this version does not know, as it is stored."""

    kind: str
    plain: Json
    id: str = ""
    seq: int = -1


Entry = Interaction | Change | Said | Summary | Segment | Pin | Note | Unknown


@dataclass(frozen=True, slots=True)
class Parent:
    """The session that another one comes from.

    `seq` None: a child, such as the conversation that follows an expired one. Otherwise a fork: all
    entries of the parent up to that number, inclusive, are its past, too; of the last one only
    messages up to `number`, inclusive (None: all of them).
    """

    name: str
    uid: str
    seq: int | None = None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What a session is when it begins. `command` empty: a chat with a free name."""

    command: str = ""
    feature: str = ""
    project: str = ""
    """Absolute path of the repository, or empty."""
    git_folder: str = ""
    """The `.git` folder that all its working trees share; empty until it is recorded."""
    root_commit: str = ""
    """Its first commit; empty until it is recorded, and where there is none that stays."""
    uid: str = ""
    """Its own id, when it is brought in from elsewhere; made when empty."""
    kind: Kind | Literal[""] = ""
    """Empty: by `command`."""
    interface: str = ""
    """Where a person talks in it: `api`, `telegram`, `discord`; empty: on the command line."""
    conversation_id: str = ""
    """What the interface calls the conversation."""
    external_user_id: str = ""
    external_chat_id: str = ""
    title: str = ""
    token_limit: int | None = None
    """Tokens that a model may be told at once; None: the window of the model."""
    expires_in_ms: int | None = None
    """Milliseconds after its last use when it ends; None: never."""
    parent: Parent | None = None
    imported: bool = False
    """Brought in from elsewhere. Of a session that is there nobody is told, but its log says so."""

    def has_path_of(self, other: "About") -> bool:
        """Whether both name the same folder: the plainest meaning of "the same project"."""
        return self.project == other.project


@dataclass(frozen=True, slots=True)
class ModelTotals:
    """Sums over the interactions of one model."""

    interactions: int = 0
    usage: Usage = Usage()
    cost_nusd: int = 0
    unknown_costs: int = 0


@dataclass(frozen=True, slots=True)
class Totals(ModelTotals):
    """Sums over a session. `unknown_costs`: calls whose price nobody knows."""

    errors: int = 0
    messages: int = 0
    tool_calls: int = 0
    tool_errors: int = 0
    system_texts: int = 0
    """Messages of role `system`."""
    user_messages: int = 0
    answers: int = 0
    """Messages of assistants that call no tool. Earlier versions counted neither."""
    spoken_tokens: int = 0
    """Tokens of all that was said, as a model is told it: each text once."""
    said_input_tokens: int = 0
    """Tokens of messages of users, systems and tools that came without a call of a model."""
    said_output_tokens: int = 0
    """The same of assistants."""
    estimated_tokens: int = 0
    """How many of all these tokens nobody counted: those of calls and of messages."""
    covered_tokens: int = 0
    """How many of `said_input_tokens` are part of a later call's input."""
    by_model: Mapping[str, ModelTotals] = field(default_factory=dict)

    @property
    def input_tokens(self) -> int:
        """Of calls of models, and of messages that none of them had in its input."""
        return self.usage.input_tokens + max(0, self.said_input_tokens - self.covered_tokens)

    @property
    def output_tokens(self) -> int:
        """Of calls of models, and of messages that came without one."""
        return self.usage.output_tokens + self.said_output_tokens


@dataclass(frozen=True, slots=True)
class Session:
    """A session as its checkpoint tells it: facts and totals, without the conversation."""

    name: str
    uid: str
    about: About
    created_at: str
    last_used: str
    status: str = "active"
    totals: Totals = Totals()
    resume: Mapping[str, Resume] = field(default_factory=dict)
    """How to continue, by provider name."""
    tags: tuple[str, ...] = ()
    pinned: bool = False
    calling: Json = field(default_factory=dict)
    """The call that was begun and has no answer yet; empty when there is none."""
    description: str = ""
    state: Json = field(default_factory=dict)
    """Variables of the conversation, by key."""
    pins: Mapping[str, Pin] = field(default_factory=dict)
    """What is told verbatim, by key."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Sessions that are related to this one: their names as they were, by uid."""
    open_calls: Mapping[str, str] = field(default_factory=dict)
    """Tool calls of its messages that have no result yet: names of the tools, by id of the call."""
    windows: Mapping[str, Json] = field(default_factory=dict)
    """Tokens that a model holds by the word of its server, and when that was said: `tokens`, `at`
    by `provider model`."""
    summary_seq: int = -1
    """Number of the newest summary; -1: there is none."""
    segment_seq: int = -1
    """Number of the newest break; -1: there is none."""
    last_seq: int = -1
    """Number of the last entry."""
    bad_lines: int = 0
    notices: tuple[str, ...] = ()
    """What a reader should be told: history missing, old layout, newer format."""

    @property
    def kind(self) -> Kind:
        return self.about.kind or ("work" if self.about.command else "chat")

    @property
    def expires_at(self) -> str:
        """When it ends unless it is used before, RFC 3339 UTC; empty: never."""
        from datetime import datetime, timedelta

        after_ms = self.about.expires_in_ms
        if after_ms is None:
            return ""
        try:
            return stamp(datetime.fromisoformat(self.last_used) + timedelta(milliseconds=after_ms))
        except (ValueError, OverflowError):  # a time that was edited, a life without end
            return ""

    def is_over(self, now: str) -> bool:
        """Whether it takes no further message: ended by somebody, or expired at that time."""
        return self.status != "active" or bool(self.expires_at and self.expires_at <= now)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sessions. None and empty want all; times are RFC 3339 UTC."""

    command: str | None = None
    feature: str | None = None
    project: str | None = None
    used_since: str = ""
    interface: str | None = None
    conversation_id: str | None = None
    status: str | None = None
    kind: Kind | None = None

    def fits(self, session: Session) -> bool:
        about = session.about
        pairs = (
            (self.command, about.command),
            (self.feature, about.feature),
            (self.project, about.project),
            (self.interface, about.interface),
            (self.conversation_id, about.conversation_id),
            (self.status, session.status),
            (self.kind, session.kind),
        )
        return session.last_used >= self.used_since and all(
            wanted in (None, found) for wanted, found in pairs
        )


#: All sessions.
EVERY = Wanted()


#: Characters of a moment without its zone.
_TO_MILLISECONDS = len("2026-01-02T03:04:05.678")


def stamp(moment: "datetime") -> str:
    """A moment in UTC as RFC 3339 with milliseconds, the form of every `at` and `ts`."""
    return moment.isoformat("T", "milliseconds")[:_TO_MILLISECONDS] + "Z"
