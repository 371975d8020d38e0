"""Every command of every page runs as it stands there, in the order of the page.

A page becomes one Bash script, line for line: everything but its ```bash blocks is blanked, so that
a failure names the line of the page. It runs with `set -e` in a home folder of its own, where the
agent is a stand-in and `git clone` of the toolkit gives this checkout.
"""

import contextlib
import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

import openrouter_server
from ai_sessions.catalog.rotation import ModelEntry
from ai_sessions.records import About, Cost, Interaction, Message, Usage
from ai_sessions.rotation.records import Candidate, Need
from ai_sessions.store.files import FileStore
from loopback import Turn

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "test/fixtures"
PAGES = {
    str(path.relative_to(ROOT)): path for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))
}
URL = "https://github.com/OWNER/ai-sessions"
#: Kept off PATH: a real one would be called, and paid.
AGENTS = {"claude", "codex", "gemini", "opencode"}
#: What was done before a page begins, and the folder of the reader; else `planned`, in the project.
STATES = {
    "README.md": ("nothing", "my code"),
    "CONTRIBUTING.md": ("clone", "ai-sessions"),
    "docs/quick-start.md": ("clone", "my-project"),
    "docs/commands.md": ("clone", "my-project"),
    "docs/workflow.md": ("clone", "my-project"),
    "docs/sessions.md": ("done", "my-project"),
    "docs/ci.md": ("done", "."),
    "docs/library.md": ("clone", "."),
}
#: Commands that cannot run in a test, and why.
NOT_HERE = {
    "ai-session.sh stats --by day --watch": "ends with Ctrl-C",
    "review.sh payment-gateway --task T1.1 --with codex": "needs a second agent",
    "ai-session.sh completion fish | source": "is for fish",
    "ai-session.sh chat notes": "asks on a terminal",
    "ai-session.sh config set OPENAI_API_KEY": "the same",
    "ai-session.sh config set OPENAI_API_KEY - < key.txt": "needs a key",
    "assistant.sh --init": "asks on a terminal",
    "assistant.sh chat": "the same",
    'ai-session.sh say support --role tool --tool-call-id call_1 "42"': "needs an open call",
    "test/run.sh": "runs this very test",
    "./test/run.sh": "runs this very test",
    "ai-session.sh show --session-id 01a22a43": "an id of somebody's",
    "serve.sh": "serves until it is told to end; test/bats runs it",
    "serve.sh --open": "the same",
    "serve.sh --public-url https://sessions.example.org": "the same",
    "bot.sh telegram --check": "needs a token; test/py/bots asks stand-ins of the services",
    "bot.sh telegram": "the same",
    "bot.sh telegram --webhook https://bot.example/telegram --port 8766": "the same",
    "bot.sh discord --check": "the same",
    "bot.sh discord": "the same",
    "bot.sh discord --webhook https://bot.example/discord --port 8766": "the same",
    'ask "$server/v1/events" -N': "ends with Ctrl-C",
    'run=$(ask "$server/v1/features/payment-gateway/tasks/T1.1" -X POST | jq -r .id)': (
        "takes long; test/bats runs it"
    ),
    'ask "$server/v1/runs/$run/events" -N': "the same",
    """ask "$server/v1/runs/$run" | jq '.state, .code, .result.task.commit, .result.cost.cost'""": (
        "the same"
    ),
    "systemctl --user enable --now ai-sessions": "starts a service of this machine",
    "systemctl --user enable --now ai-sessions-bot": "the same",
    "loginctl enable-linger": "the same",
    "ssh -N -L 8765:127.0.0.1:8765 you@machine": "needs another machine",
    "test/check.sh": "takes long; .ci/run runs it",
    "python3 -I ~/ai-sessions/pylib/bootstrap.py --local": "downloads 100 MB",
    "ai-session.sh models pull qwen2.5-coder-1.5b": "downloads 1 GB",
    "ai-session.sh index": "needs the extra semantic, 170 MB",
    'ai-session.sh search "why did we give up on the queue" --by meaning': "the same",
    "ai-session.sh models pull https://models.example/some-model.gguf --sha256 0123…": "an example",
    'ai-session.sh chat notes "What is a heron?" --provider openrouter': "needs a key",
    'ai-session.sh chat notes "And an owl?" --provider groq --model openai/gpt-oss-20b': "the same",
    "AI_PROVIDER=local AI_MODEL=qwen2.5-coder-1.5b review.sh payment-gateway": "needs the model",
    "AI_PROVIDER=local AI_MODEL=~/models/any.gguf review.sh payment-gateway": "needs a model",
    "systemctl --user enable --now ai-sessions-clean.timer": "starts a timer of this machine",
    "test/run.sh py": "runs this very test",
    "test/run.sh bats": "takes long; .ci/run runs it",
    "test/mutants": "a clone has no packages of developers",
    "test/mutants 40 --seed 7 --only gate/red": "the same",
    ".venv/bin/python -m pytest test/py/test_names.py": "a clone has no packages of developers",
    ".venv/bin/python -m pytest test/py/providers/test_contract.py": "the same",
}
#: Pages whose commands other tests run: test_wheel.py and test_real_install.py, with a registry.
ELSEWHERE = {"docs/install.md"}
#: How the other shells are told to run a block and to fail where it fails.
SHELLS = {
    "zsh": ["zsh", "-fc", 'autoload -Uz compinit && compinit -D && set -e && eval "$1"', "zsh"],
    "fish": ["fish", "--no-config", "-c", "eval $argv[1]; or exit 1"],
}
#: What is done with a block of each language; another language is a mistake.
LANGUAGES = {
    *("bash", "text", "yaml", "json", "python", "cron", "ini", "dotenv", "zsh", "fish", "toml")
}
#: Pages whose commands ask models behind HTTP: these, whose first answer is that of a limit.
SERVED = {
    "docs/rotation.md": {
        "models": dict.fromkeys(("openai/gpt-oss-20b:free", "openrouter/free"), ()),
        "turns": [Turn(status=429), Turn("A quota is a share of something that is limited.")],
    }
}
#: Pages whose commands ask `serve.sh`, which is at work meanwhile, and its address as they have it.
LISTENING = {"docs/api.md": "http://127.0.0.1:8765"}


class Block:
    """A fenced block of a page. `line`: that of its opening fence, from 1."""

    def __init__(self, line: int, language: str, lines: list[str]):
        self.line, self.language, self.lines = line, language, lines

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def end(self) -> int:
        return self.line + len(self.lines) + 1


def blocks(page: Path, language: str = "") -> list[Block]:
    """All fenced blocks of a page, or those of one language."""
    found, opened = [], None
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if not line.startswith("```"):
            if opened:
                opened.lines.append(line)
        elif opened:
            found.append(opened)
            opened = None
        else:
            opened = Block(number, line.removeprefix("```").strip(), [])
    assert opened is None, f"{page.name}: a block is not closed"
    return [each for each in found if language in ("", each.language)]


def command(line: str) -> str:
    """A line of Bash without the comment at its end."""
    return re.split(r"\s+#", line, maxsplit=1)[0].strip()


def as_script(page: Path) -> str:
    """The page as Bash, line for line; what a block prints goes to a file named after its line."""
    lines = [""] * len(page.read_text().splitlines())
    for number, line in examples(page):
        lines[number] = ":" if command(line) in NOT_HERE else line
    for block in blocks(page, "bash"):
        lines[block.line - 1] = f'exec >"$PAGE_OUTPUT/{block.line}.out" 2>&1'
        for number, line in enumerate(block.lines, block.line):
            lines[number] = ":" if command(line) in NOT_HERE else line
    return "\n".join([*lines, ""])


def examples(page: Path) -> Iterator[tuple[int, str]]:
    """The commands in the help pages that docs/commands.md repeats, with their place."""
    if page.name == "commands.md":
        for number, line in enumerate(page.read_text().splitlines()):
            if found := re.fullmatch(r"    ([a-z-]+\.sh .*)", line):
                yield number, found[1]


#: Read by the Bash of a page before its first line, and not by the scripts that it calls.
PROLOGUE = r"""
unset BASH_ENV
set -eE -o pipefail
trap 'printf "%s:%s: exit code %s: %s\n" "${0##*/}" "$LINENO" "$?" "$BASH_COMMAND" \
  >"$PAGE_OUTPUT/failed"' ERR
"""


class World:
    """A home folder with a project in it, and a PATH without any real agent."""

    def __init__(self, folder: Path, origin: Path):
        self.home, self.output = folder / "a home", folder / "output"
        self.addresses: dict[str, str] = {}
        """What stands in a page, and what takes its place."""
        self.project, self.toolkit = self.home / "my-project", self.home / "ai-sessions"
        for made in (self.home, self.output, self.project, folder / "temp"):
            made.mkdir()
        (folder / "prologue").write_text(PROLOGUE)
        path = [ROOT / "test/bin/pages", ROOT / "test/bin/agents", tools(folder / "tools")]
        self.environment = {
            **{"HOME": str(self.home), "TMPDIR": str(folder / "temp"), "LANG": "C.UTF-8"},
            **{"GIT_CONFIG_NOSYSTEM": "1", "SESSION_FSYNC": "none", "ORIGIN": str(origin)},
            **{"REAL_GIT": str(shutil.which("git")), "TOOLKIT": str(ROOT)},
            **{"PAGE_OUTPUT": str(self.output), "PROLOGUE": str(folder / "prologue")},
            "PATH": os.pathsep.join(map(str, path)),
        }

    def put_scripts_on_path(self) -> None:
        self.environment["PATH"] = f"{self.toolkit / 'scripts'}:{self.environment['PATH']}"

    def do(self, text: str) -> None:
        """Run lines that are no page's; a failure is the test's."""
        done = self._run("-ec", text)
        assert done.returncode == 0, f"{text}\n{done.stdout}"
        assert not errors(done.stdout), text

    def run(self, page: Path, folder: Path) -> None:
        """Run a page; fails with the line that failed and what its block printed."""
        script = self.output / page.name
        text = as_script(page)
        for shown, address in self.addresses.items():
            text = text.replace(shown, address)
        script.write_text(text)
        done = self._run(str(script), folder=folder, BASH_ENV=self.environment["PROLOGUE"])
        assert done.returncode == 0, f"{self._failure()}{done.stdout}"
        printed = "".join(path.read_text() for path in self.output.glob("*.out"))
        assert not errors(done.stdout + printed), page.name

    def printed(self, block: Block) -> str:
        return (self.output / f"{block.line}.out").read_text()

    def _failure(self) -> str:
        outputs = sorted(self.output.glob("*.out"), key=lambda path: int(path.stem))
        files = [self.output / "failed", *outputs[-1:]]
        return "".join(path.read_text() for path in files if path.exists())

    def _run(self, *words: str, folder: Path | None = None, **more: str):
        return subprocess.run(
            ["bash", *words],
            cwd=folder or self.project,
            env={**self.environment, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=600,
        )


def errors(printed: str) -> list[str]:
    """Errors that no exit code told of, as in `eval "$(a command that fails)"`."""
    return re.findall(r"^error: .*|^.*command not found.*", printed, re.MULTILINE)


def tools(folder: Path) -> Path:
    """A folder with all commands of this machine but agents and git."""
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for path in Path(place).iterdir() if Path(place).is_dir() else ():
            link = folder / path.name
            if path.name not in AGENTS | {"git"} and not link.is_symlink():
                link.symlink_to(path)
    return folder


#: A person's home: git knows who they are, a project, logs of an agent used without us.
HOME = f"""
git config --global user.name 'A Person'
git config --global user.email person@example.com
git config --global init.defaultBranch main
git config --global url."$ORIGIN".insteadOf {URL}
git init -q . && printf '# Shop\\n' >README.md && printf '__pycache__/\\n' >.gitignore
git add . && git commit -qm 'Start the shop'
mkdir -p ~/.claude/projects/-src-shop ~/backup
cp '{FIXTURES}/claude-transcript.jsonl' ~/.claude/projects/-src-shop/
cp '{FIXTURES}/claude-transcript.jsonl' ~/backup/
printf '%s\\n' '# Session: Plan' '**Session ID:** 0d9f' '**Created:** 2025-09-26 13:30:00' \\
  '**Updated:** 2025-09-26 13:50:00' >~/session_20250926.md
"""
CLONE = f"cd ~ && git clone -q {URL}"
PLAN = "init-session.sh payment-gateway; plan.sh payment-gateway 'Take payments'"
WORK = """
implement.sh payment-gateway --task T1.1
implement.sh payment-gateway --task T1.2
review.sh payment-gateway
"""


@pytest.fixture(scope="session")
def origin(tmp_path_factory):
    """A repository of this checkout as it is now, to be cloned."""
    folder = tmp_path_factory.mktemp("origin")
    git = ["git", "-C", str(folder)]
    subprocess.run([*git, "init", "-q", "-b", "main", "."], check=True)
    tree = [*git, f"--work-tree={ROOT}"]
    subprocess.run([*tree, "add", "-A", str(ROOT)], check=True)
    who = ["-c", "user.name=T", "-c", "user.email=t@example.com"]
    subprocess.run([*tree, *who, "commit", "-qm", "All"], check=True)
    return folder


@pytest.fixture
def world(tmp_path, origin):
    made = World(tmp_path, origin)
    made.do(HOME)
    return made


def test_every_block_says_what_it_is():
    unknown = [
        f"{name}:{block.line}: {block.language!r}"
        for name, page in PAGES.items()
        for block in blocks(page)
        if block.language not in LANGUAGES
    ]

    assert unknown == []


def test_what_is_not_run_stands_in_a_page():
    there = {
        command(line)
        for page in PAGES.values()
        for line in (
            *(line for block in blocks(page, "bash") for line in block.lines),
            *(line for _, line in examples(page)),
        )
    }

    assert set(NOT_HERE) <= there


@pytest.mark.parametrize(
    "name", sorted({name for name, page in PAGES.items() if as_script(page).split()} - ELSEWHERE)
)
def test_the_commands_of_a_page_run(name, world):
    page = PAGES[name]
    script = as_script(page)
    for tool in ("jq", "curl"):
        if re.search(rf"\b{tool} ", script) and not shutil.which(tool):
            pytest.skip(f"{tool} is not installed")
    folder = begin(world, *STATES.get(name, ("planned", "my-project")))
    with served(world, SERVED.get(name)), listening(world, LISTENING.get(name)):
        world.run(page, folder)

    for block, shown in outputs(page):
        assert missing(shown, world.printed(block)) == [], f"{name}:{block.line}"


@pytest.mark.parametrize(
    ("name", "block"),
    [
        pytest.param(name, block, id=f"{name}:{block.line}")
        for name, page in PAGES.items()
        for block in blocks(page)
        if block.language in SHELLS
    ],
)
def test_the_lines_for_other_shells_run(name, block, world):
    if not shutil.which(block.language):
        pytest.skip(f"{block.language} is not installed")
    words = [*SHELLS[block.language], block.text]
    begin(world, "clone", ".")
    world.do(" ".join(map(shlex.quote, words)))


@contextlib.contextmanager
def served(world: World, models: Mapping[str, Any] | None) -> Iterator[None]:
    """OpenRouter on loopback with these models, whose key the reader has; None: there is none."""
    if models is None:
        yield
        return
    with openrouter_server.server(**models) as server:
        file = world.home.parent / "models.json"
        file.write_text(json.dumps({"pools": {"openrouter": {"url": f"{server.url}/api/v1"}}}))
        mine = {"AI_MODELS_FILE": str(file), "OPENROUTER_API_KEY": openrouter_server.KEY}
        world.environment |= mine
        yield


@contextlib.contextmanager
def listening(world: World, address: str | None) -> Iterator[None]:
    """The reader's server, at a port that is free, in place of `address`; None: there is none."""
    if address is None:
        yield
        return
    with subprocess.Popen(
        ["serve.sh", "--port", "0"],
        cwd=world.home,
        env=world.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            assert server.stdout and server.stderr
            world.addresses[address] = server.stdout.readline().strip()
            assert world.addresses[address], server.stderr.read()
            yield
        finally:
            server.terminate()


def begin(world: World, state: str, folder: str) -> Path:
    """Bring the world to where a page begins; the folder of its reader."""
    if state != "nothing":
        world.do(CLONE)
        world.put_scripts_on_path()
        old_session(world)
    if state in ("planned", "done"):
        world.do(PLAN)
    if state == "done":
        world.do(WORK)
    (world.home / folder).mkdir(exist_ok=True)
    return world.home / folder


def old_session(world: World) -> None:
    """A conversation that nobody went on with for 60 days."""
    then = datetime.now(UTC) - timedelta(days=60)
    store = FileStore(world.home / ".ai-sessions", fsync="none", now=lambda: then)
    store.ensure("plan-search", About("plan", "search", str(world.project)))
    call = Interaction(
        id="plan-search-1",
        at=then.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        provider="claude",
        model="claude-sonnet-5-5",
        messages=(Message("user", "Plan the search."), Message("assistant", "Two tasks.")),
        usage=Usage(1000, 200, 0),
        cost=Cost(6_000_000, "client"),
    )
    store.append("plan-search", [call])


def outputs(page: Path) -> list[tuple[Block, Block]]:
    """Blocks of commands with the block of text right behind them: what they print."""
    lines, found = page.read_text().splitlines(), blocks(page)
    return [
        (block, shown)
        for block, shown in itertools.pairwise(found)
        if (block.language, shown.language) == ("bash", "text")
        and not any(lines[block.end : shown.line - 1])
    ]


def missing(shown: Block, printed: str) -> list[str]:
    """Lines that a page shows and its commands did not print in that order; `…` is any text."""
    there, wanted = iter(printed.splitlines()), []
    for line in shown.lines:
        pattern = re.compile(".*".join(map(re.escape, line.split("…"))))
        if not any(pattern.fullmatch(each) for each in there):
            wanted.append(line)
            there = iter(printed.splitlines())
    return wanted


@pytest.mark.parametrize(
    ("name", "block"),
    [
        pytest.param(name, block, id=f"{name}:{block.line}")
        for name, page in PAGES.items()
        for block in blocks(page, "yaml")
        if name != "docs/ci.md"  # test_ci_page.py runs it
    ],
)
def test_the_yaml_of_a_page_is_a_whole_plan_or_a_project_s_settings(name, block, world):
    world.do(CLONE)
    world.put_scripts_on_path()
    world.do("init-session.sh payment-gateway")
    holds = yaml.safe_load(block.text)
    if "phases" in holds:
        (world.project / ".ai-session/payment-gateway/plan.yaml").write_text(block.text)
        world.do("plan.sh payment-gateway --check")
    else:
        (world.project / ".ai-session/config.yaml").write_text(block.text)
        world.do("status.sh payment-gateway; ai-session.sh config")


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if blocks(page, "dotenv")])
def test_the_settings_files_of_a_page_load(name, world):
    world.do(CLONE)
    world.put_scripts_on_path()
    for block in blocks(PAGES[name], "dotenv"):
        (world.toolkit / ".env").write_text(block.text)
        world.do("ai-session.sh config")


def test_the_python_about_conversations_runs_as_one_program(tmp_path):
    told, *wrong, stats, overall = python_of("docs/conversations.md", tmp_path)
    assert "('assistant', \"It's sunny today!\")" in told
    assert [line.split()[0] for line in wrong] == ["4", "2", "2", "2", "2"]
    assert stats.startswith("4 1 ")
    assert overall.startswith("1 {'telegram': 1}")


def test_the_python_about_memory_tells_its_parts(tmp_path):
    *parts, whole = python_of("docs/memory.md", tmp_path)

    assert [line.split()[0] for line in parts] == ["summary", "recall", "tail"]
    assert whole == "True True 0 ()"


def test_the_python_about_the_assistant_greets_and_counts(tmp_path):
    profile = {"user_name": "Declan", "assistant_name": "Brakel", "preferred_model": "a/b"}
    (tmp_path / ".gh-ai-assistant").mkdir(mode=0o700)
    (tmp_path / ".gh-ai-assistant/user_session.json").write_text(json.dumps(profile))

    assert python_of("docs/assistant.md", tmp_path) == [
        "Welcome back, Declan! I'm Brakel, powered by a/b"
    ]
    usage = json.loads((tmp_path / ".gh-ai-assistant/model_usage.json").read_text())
    assert [one["total_tokens"] for one in usage.values()] == [1234]


def test_the_strategy_of_the_page_about_rotation_ranks():
    (block,) = blocks(PAGES["docs/rotation.md"], "python")
    made: dict[str, Any] = {}
    exec(block.text, made)  # noqa: S102 (what the page shows)
    entries = [ModelEntry(name, name, "pool") for name in ("dear", "cheap")]
    prices = zip(entries, (5, 1), strict=True)
    candidates = [Candidate(entry, price_nusd=nusd) for entry, nusd in prices]

    ranked = made["Cheapest"]().rank(candidates, Need(), datetime.now(UTC))

    assert [one.model for one in ranked] == ["pool:cheap", "pool:dear"]


def python_of(name: str, home: Path) -> list[str]:
    """Lines that the Python of a page prints, run as one program."""
    found = blocks(PAGES[name], "python")
    done = subprocess.run(
        [sys.executable, "-c", "".join(block.text for block in found)],
        cwd=home,
        env={
            "PYTHONPATH": str(ROOT / "pylib"),
            "HOME": str(home),
            "PATH": "",
            "SESSION_FSYNC": "none",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if blocks(page, "json")])
def test_the_json_of_a_page_parses(name):
    assert all(json.loads(block.text) is not None for block in blocks(PAGES[name], "json"))


def test_the_lines_for_cron_and_systemd_run_without_a_shell_s_variables(world):
    page = PAGES["docs/cron.md"]
    world.do(CLONE)
    lines = [
        line.split(maxsplit=5)[5]
        for block in blocks(page, "cron")
        for line in block.lines
        if not line.startswith("#")
    ]
    lines += [
        line.removeprefix("ExecStart=").replace("%h", '"$HOME"')
        for block in blocks(page, "ini")
        for line in block.lines
        if line.startswith("ExecStart=")
    ]
    assert len(lines) == 3
    for line in lines:
        world.do(f'env -i HOME="$HOME" PATH=/usr/bin:/bin sh -c {shlex.quote(line)}')


def test_the_service_of_systemd_starts_the_server_without_a_shell_s_variables(world):
    world.do(CLONE)
    (line,) = re.findall("^ExecStart=(.*)", PAGES["docs/api.md"].read_text(), re.MULTILINE)
    called = f"{line} --help".replace("%h", '"$HOME"')

    world.do(f'env -i HOME="$HOME" PATH=/usr/bin:/bin sh -c {shlex.quote(called)}')


def test_the_messages_in_troubleshooting_are_ones_that_are_printed():
    code = "".join(
        path.read_text()
        for place in ("pylib", "scripts")
        for path in (ROOT / place).rglob("*.[ps][yh]")
    )
    rows = [
        line for line in PAGES["docs/troubleshooting.md"].read_text().splitlines() if "|" in line
    ]
    messages = [text for row in rows for text in re.findall("`([^`]*)`", row.split("|")[1])]

    assert len(messages) > 20
    assert [text for text in messages if text not in code] == []
