"""What the line is asked to do, what it works with, and what comes out of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from ai_sessions.accounting.budgets import Limit, Reserved
from ai_sessions.conversations.memory import Memory
from ai_sessions.errors import AiSessionsError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.providers.contract import Edits, Offer, Provider, Reply, Watch
from ai_sessions.records import (
    About,
    Continuity,
    Interaction,
    Json,
    Message,
    PriceOf,
    Session,
    ToolCall,
)
from ai_sessions.rotation.records import Need, Place
from ai_sessions.sessions import cut_off
from ai_sessions.stopping import Stop
from ai_sessions.store.contract import Store

#: Something to do after the reply is safe; what it raises becomes a warning.
Step = Callable[[Interaction, Session], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One call to make, as a door or a workflow step asks for it."""

    session: str
    about: About
    prompt: str
    cwd: Path
    purpose: str
    task: str = ""
    model: str = ""
    access: Literal["read", "edit"] = "read"
    schema: Json | None = None
    options: Json = field(default_factory=dict)
    """As those of `Request`."""
    tools: Offer | None = None
    """The same."""
    is_exact: bool = False
    """What asks for this wants all of it or nothing: a provider that would leave out options, the
    schema, images or files is not called."""
    timeout_s: float = 1800.0
    silence_s: float = 600.0
    lock_wait_s: float = 60.0
    budget_nusd: int | None = None
    limits: tuple[Limit, ...] = ()
    """Limits of the work itself, beside the user's own: those of a plan and of its tasks."""
    require_resume: bool = False
    ephemeral: bool = False
    """Nobody will continue the conversation, so that the agent need not keep it."""
    branch: str = ""
    commit: str = ""
    id: str = ""
    """Of the call, for who keeps a note of it before it is made; empty: a new one."""
    stop: Stop | None = None
    """Ends the call from outside; what was said by then is kept, with the status `interrupted`."""
    streams: bool = False
    """Somebody reads along: `Kit.watch` is told the answer in small pieces."""
    one_answer: bool = False
    """Who reads along cannot take back what was said: an answer that broke off is not followed by
    that of another model."""
    alone: bool = False
    """The model is told the prompt and nothing of the conversation, which the call is about."""
    kept: str = ""
    """What the log has in place of the prompt; empty: the prompt."""
    parts: tuple[Json, ...] = ()
    """Images and files of the question. The log has what they are, without their content."""
    history: tuple[Message, ...] | None = None
    """What the model is told before the prompt, in place of the session's own memory; with an empty
    prompt the question is its last message. Of these the log gets what it does not have yet. None:
    by memory."""
    unsaid: tuple[Message, ...] = ()
    """Of a job with a history of its own: the messages that the log does not have; the line looks
    for them."""
    brief: Callable[[], str] = lambda: ""
    """How the work stands, for an agent that takes a conversation over from another."""
    place: Place | None = None
    """Where rotation has it asked, whose quotas it must keep; None: as the user named it."""
    need: Need = field(default_factory=Need)
    """What it takes of those quotas."""
    is_sole: bool = False
    """No other model that rotation may ask could hold it."""
    request: str = ""
    """Id of the first call of the same request, where another model was asked before."""
    detail: Json = field(default_factory=dict)
    """What the record of the call says beside what its provider tells."""


#: Room under the user's budgets, held for the call of an id while it is under way. Raises
#: `LimitReached`.
Reserve = Callable[[Job, Provider, str], AbstractContextManager[Reserved]]


@dataclass(frozen=True, slots=True)
class Kit:
    """What `run` works with; doors get one from `assemble`."""

    store: Store
    price_of: PriceOf
    now: Callable[[], datetime]
    watch: Watch = lambda _event: None
    steps: tuple[Step, ...] = ()
    on_recorded: Callable[[str], None] = lambda _session: None
    """Told the name of a session that has another call on record, however that ended."""
    log_dir: Callable[[str], Path | None] = lambda _session: None
    """Where a session's raw provider output goes; None keeps nothing."""
    keeps_words: bool = True
    """False: these files stay empty, as signs of life."""
    limits: Callable[[Interaction, Session, str], None] = lambda _call, _session, _account: None
    """A step that is told the account, too: it keeps the limits that providers name."""
    logged: cut_off.Logged = cut_off.nothing_logged
    """What agents' own logs tell of a call that did not come to its end."""
    cost_of: Callable[[str], int | None] = lambda _id: None
    """What a call of that id cost, which no session that is here may have; None: nobody knows."""
    reserve: Reserve = lambda _job, _provider, _id: nullcontext(Reserved())
    memory: Memory = field(default_factory=Memory)
    """What a model is told that keeps no conversation itself, and when it is summarized."""
    window_of: Callable[[Provider, str], int | None] = lambda _provider, _model: None
    """Tokens that a model holds at once, its answer included; None: nobody knows."""
    learn: Callable[[Job, Provider, Interaction, Reply], None] = lambda _job, _by, _call, _reply: (
        None
    )
    """A step that is told all that came back: quotas and rotation learn from it."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came out of the line."""

    text: str
    interaction: Interaction
    session: Session
    continuity: Continuity
    warnings: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    todos: tuple[Json, ...] = field(default=())
    edits: Edits | None = None
    """What the agent's tools did to files; None: nobody knows."""
    error: AiSessionsError | None = None
    """Why a call that was made and saved is no answer."""
    before: tuple[Interaction, ...] = ()
    """Tries that were made before: of a conversation that was gone, of one that told the model more
    than it holds, of models that were passed over.
    """
    reply: Reply | None = None
    """As the provider gave it."""

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """What the model asks the client to do: of an answer that came to its end."""
        return self.reply.tool_calls if self.reply and not self.reply.failure else ()


#: `run.attempt` with the provider that is asked in the end.
Once = Callable[[Job, Provider, Kit], Result]


@runtime_checkable
class Rotates(Protocol):
    """A provider that stands for several, of which each call asks the best."""

    def attempt(self, job: Job, kit: Kit, once: Once) -> Result:
        """As `run.attempt`; `once` makes a call of one of them."""
        ...
