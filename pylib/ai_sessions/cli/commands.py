"""Every command there is: what a user types, where its code lives, one line of help.

The overview is made from this table without importing click or any command.
"""

from ai_sessions import __version__


class Entry:
    """One command. `target`: `module:attribute`; `script`: what a user types in front of it."""

    __slots__ = ("arguments", "group", "name", "script", "summary", "target")

    def __init__(
        self, name: str, target: str, group: str, script: str, arguments: str, summary: str
    ) -> None:
        self.name = name
        self.target = target
        self.group = group
        self.script = script
        self.arguments = arguments
        self.summary = summary

    @property
    def typed(self) -> str:
        """How the command begins: `plan.sh`, `ai-session.sh list`, `track-session-todo.sh`."""
        return self.script if self.script != _OURS else f"{self.script} {self.name}"


_OURS = "ai-session.sh"
TRIAL = "To look around"
WORK = "Work, in this order"
SESSIONS = "Sessions"
CONVERSATIONS = "Conversations"
TODOS = "Todos"
SERVER = "Server"

_WORK = "ai_sessions.cli.work"
_SESSIONS = "ai_sessions.cli.sessions"
_REPORTS = "ai_sessions.cli.reporting"
_ELSEWHERE = {
    "adopt": "ai_sessions.cli.adopting",
    "chat": "ai_sessions.cli.chat.command",
    "say": "ai_sessions.cli.saying",
    "clean": "ai_sessions.cli.cleaning",
    "clear": "ai_sessions.cli.clearing",
    "context": "ai_sessions.cli.context",
    "config": "ai_sessions.cli.configuring",
    "create": "ai_sessions.cli.creating",
    "deactivate": "ai_sessions.cli.clearing",
    "doctor": "ai_sessions.cli.diagnosing",
    "stats": _REPORTS,
    "import": "ai_sessions.cli.importing",
    "index": "ai_sessions.cli.indexing",
    "link": "ai_sessions.cli.relating",
    "resume": "ai_sessions.cli.resuming",
    "models": "ai_sessions.cli.models",
    "redact": "ai_sessions.cli.redacting",
    "remember": "ai_sessions.cli.remembering",
    "forget": "ai_sessions.cli.remembering",
    "state": "ai_sessions.cli.remembering",
    "tag": "ai_sessions.cli.labelling",
    "describe": "ai_sessions.cli.labelling",
    "remove": "ai_sessions.cli.removing",
    "render": "ai_sessions.cli.rendering",
    "show": "ai_sessions.cli.showing",
    "summarize": "ai_sessions.cli.context",
    "tree": "ai_sessions.cli.relating",
}


def _session(name: str, arguments: str, summary: str, group: str = SESSIONS) -> Entry:
    attribute = {
        "list": "list_",
        "help": "help_",
        "import": "import_",
        "config": "config_",
    }.get(name, name)
    module = _ELSEWHERE.get(name, _SESSIONS)
    return Entry(name, f"{module}:{attribute}", group, _OURS, arguments, summary)


def _talk(name: str, arguments: str, summary: str) -> Entry:
    return _session(name, arguments, summary, CONVERSATIONS)


COMMANDS: tuple[Entry, ...] = (
    Entry(
        "init",
        "ai_sessions.cli.laying_out:init",
        WORK,
        "init-session.sh",
        "FEATURE",
        "lay out a new feature",
    ),
    Entry("plan", f"{_WORK}:plan", WORK, "plan.sh", 'FEATURE "PROMPT"', "plan it, task by task"),
    Entry(
        "implement",
        f"{_WORK}:implement",
        WORK,
        "implement.sh",
        "FEATURE --task T1.1",
        "do one task, test first, proved",
    ),
    Entry("review", f"{_WORK}:review", WORK, "review.sh", "FEATURE", "review the changes"),
    Entry("verify", f"{_WORK}:verify", WORK, "verify.sh", "FEATURE", "check all with fresh eyes"),
    Entry(
        "status", f"{_WORK}:status", WORK, "status.sh", "[FEATURE]", "how far it is, what is next"
    ),
    Entry(
        "demo",
        "ai_sessions.cli.demo:demo",
        TRIAL,
        "demo.sh",
        "",
        "a feature from plan to GO, with a recorded agent",
    ),
    Entry(
        "assistant",
        "ai_sessions.cli.assistant.command:assistant",
        CONVERSATIONS,
        "assistant.sh",
        '[ask "TEXT" | chat]',
        "one that remembers you; the best model answers",
    ),
    _talk("create", "NAME [--template FILE]", "begin one with system text, pins, state"),
    _talk("chat", 'NAME ["TEXT"]', "talk with a model or an agent"),
    _talk("say", "NAME --role R [TEXT]", "add a message without calling a model"),
    _talk("remember", "NAME TEXT [--key K]", "what every model is told, word for word"),
    _talk("forget", "NAME KEY", "take a pin away"),
    _talk("state", "NAME [KEY[=VALUE]]", "its variables: show them, set them"),
    _talk("context", "NAME [QUESTION]", "what a model would be told, part by part"),
    _talk("summarize", "NAME", "a summary in place of older messages, now"),
    _talk("clear", "NAME", "let the next model begin afresh; the log stays"),
    _talk("deactivate", "NAME", "end it; the next message begins a new one"),
    _talk("tree", "NAME", "where it comes from, and what comes from it"),
    _talk("tag", "NAME +TAG -TAG", "give it tags, take others away"),
    _talk("describe", "NAME TEXT [--title T]", "say what it is for, and what it is called"),
    _talk("link", "NAME OTHER", "note in both that they are related"),
    _session("list", "", "all sessions, one line each"),
    _session("show", "NAME", "one session: cost, last calls, what was said"),
    _session("stats", "[--by day]", "tokens and cost over all of them"),
    _session("resume", "NAME", "go on in the agent's own window"),
    _session("search", '"WORDS"', "find what was said"),
    _session("index", "", "prepare all of it for search by meaning"),
    _session("export", "[NAME...]", "as JSON, CSV or Markdown"),
    _session("render", "NAME", "as one page: Markdown, HTML or JSON"),
    _session("import", "FILE | --from AGENT", "bring in an export, or an agent's own logs"),
    _session("redact", "NAME ID", "forget what was said in one entry"),
    _session("remove", "NAME...", "remove these"),
    _session("clean", "--older-than 30", "remove unused ones"),
    _session("restore", "NAME", "take a removed one back"),
    _session("rename", "NAME NEW", "give one another name"),
    _session("pin", "NAME", "keep one for ever"),
    _session("fork", "NAME NEW", "go on from one in another direction"),
    _session("adopt", "NAME", "give one to this repository"),
    _session("path", "[NAME]", "where it is kept"),
    _session("doctor", "[NAME]", "what is missing here; damage, and mend it"),
    _session("models", "list|pull NAME", "models that can be asked, and model files"),
    _session("config", "[KEY]|set|unset", "settings in force, who set them; set one"),
    _session("completion", "bash|zsh|fish", "complete commands and names with Tab"),
    _session("help", "[COMMAND]", "this page, or a command's"),
    Entry(
        "todo",
        "ai_sessions.cli.todo:todo",
        TODOS,
        "track-session-todo.sh",
        "start|end|error|report",
        "who did what, when, at what cost",
    ),
    Entry(
        "serve",
        "ai_sessions.cli.serving:serve",
        SERVER,
        "serve.sh",
        "[--port PORT] [token show]",
        "sessions over HTTP: an API, and pages for a browser",
    ),
    Entry(
        "bot",
        "ai_sessions.cli.botting:bot",
        SERVER,
        "bot.sh",
        "telegram|discord",
        "the same sessions from a chat on your phone",
    ),
)

BY_NAME = {entry.name: entry for entry in COMMANDS}
#: What stands for a script in the installed word: `plan.sh` is `ai-sessions plan`.
WORDS = {entry.script: entry.name for entry in COMMANDS if entry.script != _OURS} | {_OURS: ""}

VERSION = f"ai-sessions {__version__}"

#: Words of other tools, and what they say here.
SYNONYMS = {
    "ls": ("list",),
    "cost": ("stats",),
    "costs": ("stats",),
    "usage": ("stats",),
    "today": ("stats", "--since", "today"),
    "rm": ("remove",),
    "delete": ("remove",),
}
