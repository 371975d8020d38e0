"""Write the reference pages that repeat what the code says: commands, settings, exit codes.

    python pylib/tools/write_docs.py            write them
    python pylib/tools/write_docs.py --check    only say which are out of date, exit 1 if any is

Also `.env.template` and the help in the header of scripts/ai-session.sh.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click

from ai_sessions import config, errors
from ai_sessions.api.routes import Route
from ai_sessions.api.table import ROUTES
from ai_sessions.cli import commands, main, overview
from ai_sessions.config import novasystem

ROOT = Path(__file__).resolve().parents[2]
_MARK = "<!-- written by `make docs`; edit the code instead -->"
_SCRIPT = "scripts/ai-session.sh"


def pages() -> dict[str, str]:
    """Content of every generated file, by its path below the root."""
    return {
        "docs/commands.md": commands_page(),
        "docs/settings.md": settings_page(),
        "docs/exit-codes.md": exit_codes_page(),
        "docs/requests.md": requests_page(),
        ".env.template": env_template(),
        _SCRIPT: with_help((ROOT / _SCRIPT).read_text()),
    }


def out_of_date() -> list[str]:
    """Paths whose file is missing or says something else than the code."""
    return [path for path, text in pages().items() if _there(path) != text]


def commands_page() -> str:
    parts = ["# Commands", _MARK, "Each is a script in `scripts/`; `-h` shows the same text."]
    for entry in commands.COMMANDS:
        command = main.loaded(entry.name)
        if command is None:
            raise LookupError(entry.name)
        parts += [f"## {entry.typed}", *_described(command, entry.typed)]
    return _joined(parts)


def _described(command: click.Command, typed: str) -> Iterator[str]:
    context = command.make_context(typed, [], resilient_parsing=True, terminal_width=88)
    yield f"```text\n{command.get_help(context)}\n```"
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield f"### {typed} {name}"
            yield from _described(below, f"{typed} {name}")


def settings_page() -> str:
    parts = [
        "# Settings",
        _MARK,
        "A setting is a variable. The strongest place that says something wins:",
        _numbered(_PLACES),
        "Of budgets the lowest one counts, whoever sets it: a project may lower what you allow, "
        "never raise it. `ai-session.sh config --show-origin` shows each value with its place, a "
        "file with the line.",
        "```yaml\n# .ai-session/config.yaml\nsettings:\n  AI_MODEL: sonnet\n  ATTEMPTS: 5\n```",
        '```json\n{"AI_MODEL": "sonnet", "ATTEMPTS": 5, "BUDGET_DAY": 2.50}\n```',
        "A wrong value, an unknown name or a line that cannot be read is an error that names the "
        "file and the line, never a silent default. Yes or no is `true/false`, `yes/no`, `on/off` "
        "or `1/0`. Those marked *yours* are not taken from a project's files: a cloned repository "
        "must not decide where your sessions go or which server gets your key.",
        "One command changes a value, for you in `config.json`, or with `--project` in "
        "`config.yaml`, whose comments stay. It refuses what would be wrong, and says what counts "
        "instead where a stronger place has the setting, too. A key is asked for, or comes on "
        "stdin, never from the command line.",
        _block(
            "ai-session.sh config set AI_MODEL sonnet",
            "ai-session.sh config set ATTEMPTS 5 --project",
            "ai-session.sh config AI_MODEL",
            "ai-session.sh config unset AI_MODEL",
            "ai-session.sh config --show-origin",
        ),
        "Without `SESSION_DIR`, and without a `~/.ai-sessions`, `$XDG_STATE_HOME/ai-sessions` is "
        "used where that variable is set.",
    ]
    for group in _groups():
        rows = [_setting_row(setting) for setting in config.SETTINGS if setting.group == group]
        head = ["| variable | default | what it is for |", "| --- | --- | --- |"]
        parts += [f"## {group}", "\n".join([*head, *rows])]
    return _joined([*parts, "## From NovaSystem", *_from_novasystem()])


#: Where settings come from, the strongest first.
_PLACES = (
    "a flag of the command",
    "the environment",
    "`settings:` in the project's `.ai-session/config.yaml`",
    "the project's `config/ai-sessions.json`, in the top folder of the repository; outside of a "
    "repository that of the working folder",
    "your `~/.config/ai-sessions/config.json`, or below `$XDG_CONFIG_HOME`; "
    f"`{config.USER_FILE}` names another file in its place",
    "your `~/.config/ai-sessions/.env`",
    "the `.env` beside this toolkit's README",
    "the default",
)


def _block(*commands: str) -> str:
    return "\n".join(["```bash", *commands, "```"])


def _numbered(lines: Iterable[str]) -> str:
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def _from_novasystem() -> Iterator[str]:
    yield (
        "Its variables count where ours are not set, right behind the environment; a line on "
        "stderr says which to set instead. Its `config/novasystem.json` is not read: put what it "
        "says into your `config.json` under our names."
    )
    rows = [
        f"| `{theirs}` | `{key}` | `{ours}` |"
        for theirs, (ours, key) in novasystem.COUNTERPARTS.items()
    ]
    rows += [f"|  | `{key}` | `{ours}` |" for key, ours in novasystem.ONLY_IN_FILES.items()]
    yield "\n".join(["| variable | in its file | here |", "| --- | --- | --- |", *rows])


def _setting_row(setting: config.Setting) -> str:
    default = f"`{setting.default}`" if setting.default else ""
    yours = " *yours*" if setting.personal else ""
    return f"| `{setting.name}` | {default} | {setting.meaning}{yours} |"


def requests_page() -> str:
    """What the server takes, but for its pages; details are in its OpenAPI document."""
    by_group: dict[str, list[Route]] = {}
    for route in ROUTES:
        if route.group != "Pages":
            by_group.setdefault(route.group, []).append(route)
    parts = [
        "# Requests",
        _MARK,
        "What the [server](api.md) takes. Bodies, answers and failures are in its OpenAPI "
        "document, `/openapi.json`.",
    ]
    for group, routes in by_group.items():
        head = ["| request | scope | parameters | what it does |", "| --- | --- | --- | --- |"]
        parts += [f"## {group}", "\n".join([*head, *map(_request_row, routes)])]
    return _joined(parts)


def _request_row(route: Route) -> str:
    path = route.path.replace(":path}", "}")
    parameters = ", ".join(f"`{one.name}`" for one in route.query)
    return f"| `{route.method} {path}` | {route.scope or 'none'} | {parameters} | {route.summary} |"


def exit_codes_page() -> str:
    rows = [f"| {code} | {meaning} |" for code, meaning in errors.EXIT_CODES.items()]
    kinds = [
        f"| `{kind.kind}` | {kind.exit_code} | {(kind.__doc__ or '').splitlines()[0]} |"
        for kind in errors.AiSessionsError.__subclasses__()
        if kind.__module__ == errors.__name__
    ]
    parts = [
        "# Exit codes",
        _MARK,
        "One table for every script. An error is one line on stderr, `error: …`, usually followed "
        "by `hint: …`, what to type next.",
        "\n".join(["| code | meaning |", "| --- | --- |", *rows]),
        "With `--json` a failure prints one object on stdout as well:",
        '```json\n{"schema": 1, "ok": false, "code": 4, "error": '
        '{"kind": "not_found", "message": "no session \'pln\'", "hint": '
        '"did you mean plan-x?"}}\n```',
        "\n".join(["| kind | code | when |", "| --- | --- | --- |", *kinds]),
        "`bug` (code 1) is an error in the toolkit itself; `--debug` or `DEBUG=true` shows where.",
    ]
    return _joined(parts)


def env_template() -> str:
    place = "~/.config/ai-sessions/.env"
    lines = [f"# Copy to {place} and change what you need, or: ai-session.sh config set", ""]
    for group in _groups():
        lines += [f"# --- {group}", ""]
        for setting in config.SETTINGS:
            if setting.group == group:
                lines += [f"# {setting.meaning}", f"#{setting.name}={setting.default}", ""]
    return "\n".join(lines)


def with_help(script: str) -> str:
    """The script with the overview as its header comment, which Bash prints without Python."""
    first, _, rest = script.partition("\n")
    body = rest.split("\n")
    while body and body[0].startswith("#"):
        body.pop(0)
    header = [f"# {line}".rstrip() for line in overview.page().splitlines()]
    return "\n".join([first, *header, *body])


def _groups() -> list[str]:
    return list(dict.fromkeys(setting.group for setting in config.SETTINGS))


def _joined(parts: list[str]) -> str:
    return "\n\n".join(parts) + "\n"


def _there(path: str) -> str:
    file = ROOT / path
    return file.read_text() if file.exists() else ""


def write(check: bool) -> int:
    stale = out_of_date()
    for path in stale:
        click.echo(f"{'out of date' if check else 'written'}: {path}", err=True)
        if not check:
            (ROOT / path).parent.mkdir(exist_ok=True)
            (ROOT / path).write_text(pages()[path])
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(write("--check" in sys.argv[1:]))
