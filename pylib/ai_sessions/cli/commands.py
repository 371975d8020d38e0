"""Every command there is: what a user types, where its code lives, one line of help.

The overview is made from this table without importing click or any command.
"""

from ai_sessions import __version__
from ai_sessions.display import columns


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
        return self.script if self.group != SESSIONS else f"{self.script} {self.name}"


WORK = "Work, in this order"
SESSIONS = "Sessions"
TODOS = "Todos"

_WORK = "ai_sessions.cli.work"
_SESSIONS = "ai_sessions.cli.sessions"
_REPORTS = "ai_sessions.cli.reporting"
_ELSEWHERE = {
    "clean": "ai_sessions.cli.cleaning",
    "stats": _REPORTS,
    "import": "ai_sessions.cli.importing",
    "resume": "ai_sessions.cli.resuming",
    "models": "ai_sessions.cli.models",
}
_OURS = "ai-session.sh"


def _session(name: str, arguments: str, summary: str) -> Entry:
    attribute = {
        "list": "list_",
        "help": "help_",
        "import": "import_",
        "config": "config_",
    }.get(name, name)
    module = _ELSEWHERE.get(name, _SESSIONS)
    return Entry(name, f"{module}:{attribute}", SESSIONS, _OURS, arguments, summary)


COMMANDS: tuple[Entry, ...] = (
    Entry("init", f"{_WORK}:init", WORK, "init-session.sh", "FEATURE", "lay out a new feature"),
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
    _session("list", "", "all sessions, one line each"),
    _session("show", "NAME", "one session: cost, last calls, what was said"),
    _session("stats", "[--by day]", "tokens and cost over all of them"),
    _session("resume", "NAME", "go on in the agent's own window"),
    _session("search", '"WORDS"', "find what was said"),
    _session("export", "[NAME...]", "as JSON, CSV or Markdown"),
    _session("import", "FILE | --from AGENT", "bring in an export, or an agent's own logs"),
    _session("clean", "--older-than 30", "remove unused ones"),
    _session("restore", "NAME", "take a removed one back"),
    _session("rename", "NAME NEW", "give one another name"),
    _session("pin", "NAME", "keep one for ever"),
    _session("fork", "NAME NEW", "go on from one in another direction"),
    _session("path", "[NAME]", "where it is kept"),
    _session("doctor", "[NAME]", "agents found; damage, and mend it"),
    _session("models", "list|pull NAME", "model files for the provider local"),
    _session("config", "", "settings in force, and who set them"),
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
)

BY_NAME = {entry.name: entry for entry in COMMANDS}

VERSION = f"ai-sessions {__version__}"

_HEAD = """\
Drive AI coding agents from the shell: proved work, conversations that continue, money accounted.

Usage: ai-session.sh COMMAND [OPTIONS]

  init-session.sh payment-gateway
  plan.sh payment-gateway "Design payment processing"
  implement.sh payment-gateway --task T1.1
"""

_TAIL = (
    """\
Every command takes -h/--help, --json (one object, on failure too), -q/--quiet, --debug and
--version; a feature's or session's name may be cut short as long as only one begins like that.""",
    """\
Settings: SESSION_DIR, USE_SESSIONS, AI_PROVIDER, AI_MODEL and more in docs/settings.md.""",
    """\
Files: ~/.ai-sessions (sessions), ~/.config/ai-sessions/.env (settings), .ai-session/FEATURE in your
repository (plan, evidence).""",
    """\
Exit codes: 0 done, 1 checks failed, 2 usage, 3 setting, 4 not found, 5 not proved, 6 needs you,
7 limit, 8 locked, 9 provider, 10 context lost, 11 storage, 124 timed out (docs/exit-codes.md).""",
)


#: Words of other tools, and what they say here.
SYNONYMS = {
    "ls": ("list",),
    "cost": ("stats",),
    "costs": ("stats",),
    "usage": ("stats",),
    "today": ("stats", "--since", "today"),
}
#: What people look for and there is no command for: what to type instead.
INSTEAD = dict.fromkeys(
    ("rm", "remove", "delete"),
    "ai-session.sh clean --older-than 30 removes unused sessions; "
    'one of them: rm -r "$(ai-session.sh path NAME)"',
)


def overview(cells: int | None = None) -> str:
    """The page that `help` prints: under 60 lines, in the order of the work.

    `cells`: columns of the terminal, where lines are broken that do not fit.
    """
    parts = [_HEAD]
    for group in (WORK, SESSIONS, TODOS):
        lines = [_line(entry, cells) for entry in COMMANDS if entry.group == group]
        parts.append("\n".join([f"{group}:", *lines, ""]))
    return "\n".join([*parts, *(_paragraph(text, cells) for text in _TAIL)])


def _line(entry: Entry, cells: int | None) -> str:
    line = f"  {entry.typed + ' ' + entry.arguments:<46} {entry.summary}"
    if cells is None or len(line) <= cells:
        return line
    return f"  {entry.typed} {entry.arguments}".rstrip() + f"\n      {entry.summary}"


def _paragraph(text: str, cells: int | None) -> str:
    """`text`, filled anew where its lines, which are those of a page of code, are too wide."""
    if cells is None or max(map(len, text.splitlines())) <= cells:
        return text
    return columns.wrapped(text.replace("\n", " "), cells)
