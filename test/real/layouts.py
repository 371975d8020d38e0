"""A repository as its package manager lays it out, and a feature that goes through it.

The agent is a stand-in that is honest: it writes real tests, then real work. Everything else is
real: the package managers, the runners, the scripts, git. Nothing is configured by hand but what
the scripts themselves say; `Walk.told` keeps that.
"""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from toolchains import link_clients, toolchain

ROOT = Path(__file__).resolve().parents[2]
FEATURE = "shop"
_STEP_S = 300
_SETUP = re.compile(r"\bsetup: (\{.*\})")


@dataclass(frozen=True)
class Work:
    """What the agent does for one task: `test` is written first, then `source` (path to text).

    `more`: other files that the work needs; `then`: a command that the agent runs after its work.
    """

    source: tuple[str, str]
    test: tuple[str, str]
    more: Mapping[str, str] = field(default_factory=dict)
    then: tuple[str, ...] = ()

    @property
    def files(self) -> dict[str, str]:
        return {**dict([self.source]), **self.more}


@dataclass(frozen=True)
class Layout:
    """`files`: what its author wrote. `install`: what a developer types in a new clone."""

    name: str
    files: Mapping[str, str]
    work: tuple[Work, Work]
    install: tuple[tuple[str, ...], ...] = ()
    tools: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    """What the scripts ask a person to do before the verdict is GO, in their words."""


class Walk:
    """One layout in a scratch folder, with what each command said."""

    def __init__(self, layout: Layout, folder: Path):
        self.layout, self.folder, self.repo = layout, folder, folder / "repo"
        self.told: list[str] = []
        self.said: list[str] = []
        self.verdicts: dict[str, str] = {}
        self.began = _spent()
        self.spent = (0.0, 0.0)
        self.environment = _environment(layout, folder)
        self._lay_out()

    def _lay_out(self) -> None:
        self.repo.mkdir()
        self.write(self.layout.files)
        self.git("init", "-q")
        self.git("symbolic-ref", "HEAD", "refs/heads/main")
        for command in self.layout.install:
            done = self.ran(command)
            if done.returncode:
                pytest.skip(f"{self.layout.name}: {' '.join(command)}: {done.stderr[-300:]}")
        self.commit("Begin")
        turns = self.folder / "turns.json"
        turns.write_text(json.dumps({"feature": FEATURE, "turns": _turns(self.layout)}))
        self.environment["FAKE_CLAUDE_TURNS"] = str(turns)

    def planned(self) -> None:
        self.script("init-session.sh", FEATURE)
        self._follow(self.script("plan.sh", FEATURE, "Let the shop charge and refund"))

    def implemented(self, *words: str) -> None:
        for one in [words] if words else [("--task", "T1.1"), ("--task", "T1.2")]:
            self.script("implement.sh", FEATURE, *one)

    def reviewed(self) -> None:
        self.script("review.sh", FEATURE)

    def verified(self, what: str) -> str:
        """The verdict; where it is MANUAL, after what the command says has been done."""
        done = self.script("verify.sh", FEATURE, code=None)
        if self._follow(done):
            done = self.script("verify.sh", FEATURE, code=None)
        self.spent = tuple(now - then for now, then in zip(_spent(), self.began, strict=True))
        self.verdicts[what] = done.stdout.split(maxsplit=1)[0] if done.stdout else "nothing"
        return self.verdicts[what]

    def take_out(self, task: int) -> None:
        """HEAD loses the source of a task, all else in place; the working tree still has it."""
        self.commit("Save what is open")
        path = self.layout.work[task - 1].source[0]
        work = (self.repo / path).read_text()
        if path in self.layout.files:
            self.write({path: self.layout.files[path]})
        else:
            (self.repo / path).unlink()
        self.commit(f"Take out {path}")
        self.write({path: work})

    def _follow(self, done: subprocess.CompletedProcess[str]) -> bool:
        """Do what the scripts ask for: a set-up command, an approval; True if there was any."""
        said, before = done.stdout + done.stderr, len(self.told)
        if done.returncode == 6 and (found := _SETUP.search(said)):
            config = self.repo / ".ai-session/config.yaml"
            config.write_text(f"{config.read_text()}setup: {found[1]}\n")
            self.told.append(f"setup: {found[1]}")
            self.commit("Say how a checkout is set up")
        if f"plan.sh {FEATURE} --approve" in said or len(self.told) > before:
            self.script("plan.sh", FEATURE, "--approve")
            self.told.append("plan.sh --approve")
        return len(self.told) > before

    def script(
        self, name: str, *words: str, code: int | None = 0
    ) -> subprocess.CompletedProcess[str]:
        """Run a script of ours; it has to end with `code`."""
        done = self.ran([str(ROOT / "scripts" / name), *words])
        self.said.append(f"$ {name} {' '.join(words)}\n{done.stdout}{done.stderr}")
        assert code in (None, done.returncode), self.story()
        return done

    def ran(self, command: list[str] | tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.repo,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_STEP_S,
            check=False,
        )

    def git(self, *words: str) -> str:
        done = self.ran(["git", *words])
        assert done.returncode == 0, done.stderr
        return done.stdout

    def commit(self, message: str) -> None:
        self.git("add", "-A")
        self.git("commit", "--allow-empty", "-qm", message)

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            (self.repo / name).parent.mkdir(parents=True, exist_ok=True)
            (self.repo / name).write_text(text)

    def story(self) -> str:
        """All that was said so far, and the last logs of test runs: for who reads a failure."""
        logs = sorted(self.repo.glob(f".ai-session/{FEATURE}/logs/*"))[-2:]
        shown = [f"== {one.name}\n{one.read_text(errors='replace')[-1500:]}" for one in logs]
        return "\n".join([*self.said, *shown])

    def calls(self) -> int:
        """How often the agent was asked."""
        return len((self.folder / "calls.jsonl").read_text().splitlines())

    def row(self) -> str:
        """A line of the table at the end of the run."""
        verdicts = [
            self.verdicts.get(one, "-") for one in ("honest", "without T1.1", "without T1.2")
        ]
        asked = "; ".join(self.told) or "nothing"
        elapsed, processor = self.spent
        took = f"{elapsed:.0f} s ({processor:.0f} s of processor time)"
        return " | ".join([self.layout.name, *verdicts, asked, took])


def _spent() -> tuple[float, float]:
    """Seconds on the clock, and of processor time in the commands that were run."""
    times = os.times()
    return times.elapsed, times.children_user + times.children_system


def _environment(layout: Layout, folder: Path) -> dict[str, str]:
    home = folder / "home"
    home.mkdir(parents=True)
    link_clients(home)
    places = [ROOT / "test/bin/agents", *map(toolchain, layout.tools)]
    ours = {
        "HOME": str(home),
        "PATH": os.pathsep.join([*map(str, places), os.environ["PATH"]]),
        "AI_PROVIDER": "claude",
        "SESSION_DIR": str(folder / "sessions"),
        "SESSION_FSYNC": "none",
        "FAKE_CLAUDE_LOG": str(folder / "calls.jsonl"),
        "NO_COLOR": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    for who in ("AUTHOR", "COMMITTER"):
        ours |= {f"GIT_{who}_NAME": "T", f"GIT_{who}_EMAIL": "t@example.com"}
    around = {name: value for name, value in os.environ.items() if not name.startswith("VIRTUAL_")}
    return {**around, **ours}


def _turns(layout: Layout) -> list[dict[str, object]]:
    """What the stand-in does and says, by what a prompt asks for."""
    turns: list[dict[str, object]] = [{"purpose": "plan", "said": _plan(layout)}]
    for number, work in enumerate(layout.work, 1):
        done = {"task": f"T1.{number}", "said": "Done."}
        turns.append({"purpose": "red", "files": _lines(dict([work.test])), **done})
        turns.append(
            {"purpose": "green", "files": _lines(work.files), "then": list(work.then), **done}
        )
    turns.append({"purpose": "review", "said": {"summary": "Sound.", "findings": []}})
    turns.append({"purpose": "verify", "said": {"verdict": "GO", "reasons": ["As planned."]}})
    return turns


def _plan(layout: Layout) -> dict[str, object]:
    tasks = [
        {
            "id": f"T1.{number}",
            "title": f"Part {number}",
            "why": "The shop needs it.",
            "needs": [],
            "covers": ["A1"],
            "files": {"src": sorted(work.files), "tests": [work.test[0]]},
            "tests": [work.test[0]],
            "done_when": "its tests pass",
            "size": "S",
            "kind": "code",
        }
        for number, work in enumerate(layout.work, 1)
    ]
    return {
        "title": "Shop",
        "goal": "Charge and refund.",
        "acceptance": [{"id": "A1", "text": "Both parts answer."}],
        "phases": [{"id": "P1", "title": "All", "tasks": tasks}],
    }


def _lines(files: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: text.split("\n") for name, text in files.items()}
