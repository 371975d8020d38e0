"""A working tree in which two features are done at once while a person works there: what happens at
which moment, and what must hold afterwards.

The commands are processes of their own (forked, so that they start in a moment), with real git, a
stand-in for `claude` and tests in sh. These stop at gates (test/bin/gated) until the schedule lets
them go on, so a schedule is the same each time it is played.
"""

import contextlib
import os
import random
import re
import select
import shutil
import signal
import subprocess
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from ai_sessions.cli import start
from ai_sessions.disk import locks

GATED = Path(__file__).resolve().parents[1] / "bin" / "gated"
FEATURES = ("alpha", "beta")
WORK = ".ai-session"
#: What a person and the agents see of the project.
FILES = {
    "README.md": "# Shop\n",
    "docs/old.txt": "Old.\n",
    "tests/README": "Tests.\n",
    "check.sh": (GATED / "check.sh").read_text(),
    f"{WORK}/.gitignore": "cache/\nlogs/\nlocks/\nworktrees/\n*.tmp\n",
}
PLAN = """\
schema: 1
feature: {0}
title: The {0}
goal: It says {0}.
base: main
defaults:
  test: {{runner: opaque, cmd: [sh, check.sh, "{{tests}}"]}}
phases:
  - id: P1
    title: One
    tasks:
      - id: T1.1
        title: Say {0}
        files: {{src: [{0}.sh], tests: [tests/{0}.sh]}}
        tests: [tests/{0}.sh]
"""
#: Seconds after which a schedule in which nothing happens any more has failed.
STUCK_S = 120
#: How often a command is given again before we say that it does not come to an end.
MOST_RUNS = 12
#: Processes started and files renamed by one run, about; an interruption hits one of them.
STEPS = 130
INTERRUPTED, NEEDS_PERSON, REFUSED = 130, 6, 5

SIGNALS = {"kill": signal.SIGKILL, "ctrl-c": signal.SIGINT}

Action = tuple[str, ...]


class Broken(AssertionError):
    """A promise was broken; says by which schedule."""


@dataclass(frozen=True)
class Moment:
    """A child of a run waits at a gate. `name`: unique in a schedule."""

    name: str
    run: "Run"
    what: str
    pid: int
    parent: int
    gate: str


@dataclass
class Run:
    """One command under way. `ended`: readable when it has ended."""

    feature: str
    name: str
    pid: int
    ended: int
    log: Path
    strike: str = ""
    """What stops it between two of its own steps, unless it ends before."""
    stopped: str = ""
    """What has stopped it at a gate."""
    moments: dict[str, int] = field(default_factory=dict)


# -- the project


def git(repo: Path, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["git", *words], cwd=repo, capture_output=True, text=True, check=check, env=_environment()
    )


def _environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ}
    path = f"{GATED}{os.pathsep}{os.environ['PATH']}"
    config = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "NO_COLOR": "1"}
    return {**kept, "PATH": path, "HOME": "/nonexistent", **config, **more}


def make_project(folder: Path) -> Path:
    """`folder` with the working tree `shop`, and a remote that has what a colleague proved."""
    shop = folder / "shop"
    for name, text in FILES.items():
        path = shop / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for feature in (*FEATURES, "gamma"):
        (shop / WORK / feature).mkdir()
        (shop / WORK / feature / "plan.yaml").write_text(PLAN.format(feature))
    git(folder, "init", "-q", "--bare", "--template=", "-b", "main", "origin.git")
    git(shop, "init", "-q", "--template=", "-b", "main")
    _set_up(shop)
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "Begin")
    git(shop, "remote", "add", "origin", "../origin.git")
    git(shop, "push", "-q", "-u", "origin", "main")
    git(shop, "switch", "-q", "-c", "side")
    git(shop, "commit", "-q", "--allow-empty", "-m", "Aside")
    git(shop, "switch", "-q", "main")
    for feature in FEATURES:
        _done(folder, "plan", feature, "--approve")
    _colleague(folder)
    for hook in ("pre-commit", "post-commit"):
        (shop / ".git/hooks").mkdir(exist_ok=True)
        shutil.copy(GATED / "hook", shop / ".git/hooks" / hook)
    return folder


def _set_up(repo: Path) -> None:
    settings = {"user.name": "T", "user.email": "t@example.com", "pull.rebase": "false"}
    for name, value in {**settings, "gc.auto": "0", "commit.gpgsign": "false"}.items():
        git(repo, "config", name, value)


def _colleague(folder: Path) -> None:
    """Do gamma elsewhere and push it."""
    git(folder, "clone", "-q", "--template=", "origin.git", "colleague")
    _set_up(folder / "colleague")
    _done(folder, "plan", "gamma", "--approve", repo="colleague")
    _done(folder, "implement", "gamma", "--task", "T1.1", repo="colleague")
    git(folder / "colleague", "push", "-q", "origin", "main")
    shutil.rmtree(folder / "colleague")


def _done(folder: Path, *words: str, repo: str = "shop") -> None:
    log = folder / "log"
    pid, ended = _forked(folder / repo, words, log, {"FEATURE": words[1]})
    os.close(ended)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code:
        raise Broken(f"{' '.join(words)}: exit {code}\n{log.read_text()}")


def _forked(
    repo: Path, words: "tuple[str, ...]", log: Path, more: "dict[str, str]", strike: Action = ()
) -> "tuple[int, int]":
    """Give a command in a process of its own: its pid, and a pipe that ends with it."""
    ended, alive = os.pipe()
    pid = os.fork()
    if pid:
        os.close(alive)
        return pid, ended
    code = 70
    try:
        os.close(ended)
        home = repo.parent
        sessions = {"SESSION_DIR": str(home / "sessions"), "SESSION_FSYNC": "none"}
        environment = _environment(**sessions, AI_PROVIDER="claude", **more)
        os.environ.clear()
        os.environ.update(environment, HOME=str(home))
        os.chdir(repo)
        _speak_into(log)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if strike:
            _strike(SIGNALS[strike[0]], int(strike[1]))
        code = start.main(list(words))
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _speak_into(log: Path) -> None:
    for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), log, log)):
        fd = (
            file if isinstance(file, int) else os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        )
        os.dup2(fd, number)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)


def _strike(number: int, step: int) -> None:
    """Send ourselves a signal right before we start a process or rename a file for the nth time."""
    seen = 0

    def hear(event: str, _arguments: object) -> None:
        nonlocal seen
        if event in ("subprocess.Popen", "os.posix_spawn", "os.rename"):
            seen += 1
            if seen == step:
                os.kill(os.getpid(), number)

    sys.addaudithook(hear)


def _files_of(feature: str) -> "tuple[str, ...]":
    return f"{feature}.sh", f"tests/{feature}.sh", "check.sh"


# -- what a schedule consists of


class Chance:
    """Draws what happens; the same for the same seed.

    `between_steps`: interrupt runs at their nth process or rename, too. Where that falls differs
    from machine to machine, with the versions of git and Python.
    """

    def __init__(self, seed: int, *, between_steps: bool = False) -> None:
        self.seed = seed
        self._between_steps = between_steps
        self.left = {"stop": 3, "act": 6}

    def at_begin(self, run: str) -> Action:
        """What interrupts a run between two of its own steps."""
        chance = self._random(f"{run} begins")
        if self._between_steps and self.left["stop"] and chance.random() < 0.3:
            self.left["stop"] -= 1
            return (chance.choice(("kill", "ctrl-c")), str(chance.randrange(1, STEPS)))
        return ()

    def at(self, moment: str, feature: str, idle: "tuple[str, ...]", branch: str) -> "list[Action]":
        """What happens at a moment. `idle`: features that nobody is at work on, and not done."""
        chance = self._random(moment)
        found: list[Action] = []
        if idle and chance.random() < 0.3:
            found.append(("begin", idle[0]))
        if branch != "main" and chance.random() < 0.5:
            found.append(("switch", "main"))
        elif self.left["act"] and chance.random() < 0.25:
            self.left["act"] -= 1
            found += self._acts(chance, feature)
        if self.left["stop"] and chance.random() < 0.08:
            self.left["stop"] -= 1
            found.append((chance.choice(("kill", "ctrl-c")),))
        return found

    def _acts(self, chance: random.Random, feature: str) -> "list[Action]":
        other = next(one for one in FEATURES if one != feature)
        acts: list[tuple[int, list[Action]]] = [
            (3, [("edit", "README.md")]),
            (2, [("edit", "docs/old.txt")]),
            (3, [("edit", f"notes-{chance.randrange(3)}.txt")]),
            (2, [("edit", f"docs/new-{chance.randrange(3)}.txt")]),
            (2, [("delete", "docs/old.txt")]),
            (3, [("edit", f"{feature}.sh")]),
            (2, [("edit", f"tests/{feature}.sh")]),
            (1, [("delete", f"{feature}.sh")]),
            (1, [("delete", f"tests/{feature}.sh")]),
            (2, [("edit", f"{other}.sh")]),
            (2, [("edit", f"tests/{other}.sh")]),
            (1, [("edit", "check.sh")]),
            (2, [("edit", "staged.txt"), ("stage", "staged.txt")]),
            (2, [("edit", "mine.txt"), ("commit", "mine.txt")]),
            (4, [("pull",)]),
            (2, [("switch", "side")]),
            (2, [("switch", "side"), ("switch", "main")]),
        ]
        return chance.choices([act for _, act in acts], [weight for weight, _ in acts])[0]

    def _random(self, moment: str) -> random.Random:
        return random.Random(f"{self.seed} {moment}")  # noqa: S311 (no secret)


class Script:
    """What happens at which moment, as a failure of `Chance` was told."""

    def __init__(self, *steps: Action) -> None:
        self._steps = steps

    def at_begin(self, run: str) -> Action:
        return next(iter(self._of(f"{run} begins")), ())

    def at(self, moment: str, *_of: object) -> "list[Action]":
        return self._of(moment)

    def _of(self, moment: str) -> "list[Action]":
        return [step[1:] for step in self._steps if step[0] == moment]


# -- playing one


class Schedule:
    """Plays a schedule in a project of its own; `done` is told what was broken, if anything."""

    def __init__(self, folder: Path, chance: "Chance | Script") -> None:
        self.folder, self.repo, self._chance = folder, folder / "shop", chance
        self.steps: list[Action] = []
        self._gates = folder / "gates"
        self._gates.mkdir()
        shutil.copy(GATED / "gate.sh", self._gates)
        os.mkfifo(self._gates / "moments")
        self._moments = os.open(self._gates / "moments", os.O_RDWR)
        self._heard = b""
        self._open: list[int] = [self._moments]
        self._running: dict[str, Run] = {}
        self._last: Run | None = None
        self._runs = dict.fromkeys(FEATURES, 0)
        self._finished: set[str] = set()
        self._children: set[int] = set()
        self._written: dict[str, str] = {}
        self._deleted: dict[str, str] = {}
        self._pulled = ""
        self._touched: set[str] = set()
        self.said: list[str] = []
        self._first = ""
        """The feature that the last command told to finish first."""

    def play(self) -> None:
        """Raises `Broken` with the schedule and what every command said."""
        try:
            self._played()
            self._judged()
        except AssertionError as error:
            raise Broken(f"{error}\n{self._told()}") from error
        finally:
            self._clean_up()

    def _played(self) -> None:
        while len(self._finished) < len(FEATURES):
            if not self._running:
                left = [one for one in FEATURES if one not in self._finished]
                self._begin(self._first if self._first in left else left[0])
            moment = self._next()
            if moment:
                self._acts(moment)

    def _acts(self, moment: Moment) -> None:
        idle = tuple(
            one for one in FEATURES if one not in self._finished and one not in self._running
        )
        for action in self._chance.at(moment.name, moment.run.feature, idle, self._branch()):
            self.steps.append((moment.name, *action))
            self._act(action, moment)
        if not moment.run.stopped:
            self._release(moment)
        elif moment.what in ("pre-commit", "post-commit"):
            self._let_git_end(moment)

    def _act(self, action: Action, moment: Moment) -> None:
        verb, *rest = action
        if verb in ("kill", "ctrl-c"):
            moment.run.stopped = verb
            os.kill(moment.run.pid, SIGNALS[verb])
        elif verb == "begin":
            self._begin(rest[0])
        else:
            getattr(self, f"_{verb}")(*rest)

    # -- our commands

    def _begin(self, feature: str) -> None:
        if self._branch() != "main":
            self._switch("main")
        self._runs[feature] += 1
        name = f"{feature} {self._runs[feature]}"
        if self._runs[feature] > MOST_RUNS:
            raise Broken(f"{feature} does not come to an end")
        strike = self._chance.at_begin(name)
        if strike:
            self.steps.append((f"{name} begins", *strike))
        log = self.folder / f"{name}.log"
        more = {"GATES": str(self._gates), "RUN": name, "FEATURE": feature}
        words = ("implement", feature, "--task", "T1.1", "--lock-wait", "600")
        pid, ended = _forked(self.repo, words, log, more, strike)
        self._running[feature] = Run(feature, name, pid, ended, log, *strike[:1])

    def _next(self) -> "Moment | None":
        """The next moment; None when a run has ended first."""
        line = self._line()
        if line is None:
            return None
        name, pid, parent, gate, what = line.split("|")
        self._children.add(int(pid))
        run = next((one for one in self._running.values() if one.name == name), None)
        if run is None:
            return None  # somebody whose run was killed waits for ever
        if self._last not in (None, run) and self._last in self._running.values():
            self._end(self._last)  # it has given the tree away, so it is about to end
        self._last = run
        count = run.moments[what] = run.moments.get(what, 0) + 1
        told = f"{name}: {what}" + (f" {count}" if count > 1 else "")
        return Moment(told, run, what, int(pid), int(parent), gate)

    def _line(self) -> "str | None":
        while b"\n" not in self._heard:
            ends = {run.ended: run for run in self._running.values()}
            ready, _, _ = select.select([self._moments, *ends], [], [], STUCK_S)
            if not ready:
                raise Broken("nothing happens any more")
            if self._moments in ready:
                self._heard += os.read(self._moments, 1 << 16)
                continue
            self._end(ends[ready[0]])
            return None
        line, _, self._heard = self._heard.partition(b"\n")
        return line.decode()

    def _end(self, run: Run) -> None:
        code = os.waitstatus_to_exitcode(os.waitpid(run.pid, 0)[1])
        os.close(run.ended)
        del self._running[run.feature]
        text = run.log.read_text()
        self.said.append(f"--- {run.name}: exit {code}\n{text}")
        self._need_right_code(run, code, text)
        if code == 0:
            self._finished.add(run.feature)
        if code == NEEDS_PERSON:
            self._decide(run, text)

    def _need_right_code(self, run: Run, code: int, text: str) -> None:
        allowed = {0, NEEDS_PERSON}
        for verb in filter(None, (run.strike, run.stopped)):
            allowed.add(-signal.SIGKILL if verb == "kill" else INTERRUPTED)
        if run.feature in self._touched:
            allowed.add(REFUSED)
        if code not in allowed:
            raise Broken(f"{run.name} ended with {code}, not one of {sorted(allowed)}")
        errors = re.findall("^error: .*", text, re.MULTILINE)
        if len(errors) != (code > 0):
            raise Broken(f"{run.name} ended with {code} and said: {errors}")

    def _decide(self, run: Run, text: str) -> None:
        """Do what the line of a run that needs a person says."""
        if found := re.search("the tree has changes of its own: (.*)", text):
            first = re.search(r"was interrupted, finish it first: implement.sh (\w+)", text)
            if first and self._first == run.feature:
                first = None  # each waits for the other: the second way out
            self._first = first[1] if first else self._first
            self._clear(run, found[1], "" if not first else first[1])
        elif found := re.search(r"git switch (\S+?);", text):
            self._switch(found[1], must=True)
        elif found := re.search(r"T1.1: (.*) changed since red", text):
            git(self.repo, "stash", "push", "-q", "--", *found[1].split(", "))
        self.steps.append(("", "decided", re.findall("^error: .*", text, re.MULTILINE)[0]))

    def _clear(self, run: Run, told: str, first: str) -> None:
        """Commit what is a person's own; what is in a file of a task is put aside, unless that
        feature is to be finished first.
        """
        names = [name for name in self._changed() if not name.startswith(WORK)]
        if "more" not in told:
            names = [name for name in names if name in told.split(", ")]
        own = [name for name in _files_of(run.feature) if name in names]
        if own and not any(name in self._written.values() for name in own):
            raise Broken(f"{run.name} does not know its own work again: {own}")
        names = [name for name in names if not first or name not in _files_of(first)]
        of_tasks = [name for name in names if any(name in _files_of(one) for one in FEATURES)]
        if of_tasks:
            git(self.repo, "stash", "push", "-q", "-u", "--", *of_tasks)
        if others := [name for name in names if name not in of_tasks]:
            self._commit(*others)

    def _release(self, moment: Moment) -> None:
        gate = os.open(moment.gate, os.O_RDWR)
        self._open.append(gate)  # what is written stays only while somebody has it open
        os.write(gate, b"go\n")

    def _let_git_end(self, moment: Moment) -> None:
        """Whoever kills us kills no git: its commit comes to its end."""
        try:
            ends = os.pidfd_open(moment.parent)
        except ProcessLookupError:
            return
        self._release(moment)
        while ends not in (ready := select.select([self._moments, ends], [], [], STUCK_S)[0]):
            if not ready:
                raise Broken("git does not end")
            for line in os.read(self._moments, 1 << 16).decode().splitlines():
                name, pid, parent, gate, what = line.split("|")
                self._children.add(int(pid))
                self._release(Moment(name, moment.run, what, int(pid), int(parent), gate))
        os.close(ends)

    # -- the person

    def _edit(self, name: str) -> None:
        """Add a line that is nowhere else."""
        word = f"person-{len(self._written) + 1:04d}"
        path = self.repo / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(f"# {word}\n")
        self._written[word] = name
        self._deleted.pop(name, None)
        self._touch(name)

    def _delete(self, name: str) -> None:
        path = self.repo / name
        if not path.exists():
            return
        text = path.read_text()
        for word in [one for one in self._written if one in text]:
            del self._written[word]  # by the person's own hand
        path.unlink()
        self._deleted[name] = ""
        self._touch(name)

    def _touch(self, name: str) -> None:
        for feature in FEATURES:
            if name in _files_of(feature):
                self._touched.add(feature)

    def _stage(self, name: str) -> None:
        git(self.repo, "add", "--", name, check=False)

    def _commit(self, *names: str) -> None:
        git(self.repo, "add", "--all", "--", *names, check=False)
        git(self.repo, "commit", "-qm", "A person's", "--", *names, check=False)

    def _pull(self) -> None:
        if self._branch() != "main":
            return
        done = git(self.repo, "pull", "-q", "--no-edit", check=False)
        if done.returncode == 0:
            self._pulled = git(self.repo, "rev-parse", "origin/main").stdout.strip()
        else:
            self.steps.append(("", "could not pull", done.stderr.strip()))

    def _switch(self, branch: str, *, must: bool = False) -> None:
        done = git(self.repo, "switch", "-q", branch, check=False)
        if done.returncode and must:
            raise Broken(f"git switch {branch} as it was told to: {done.stderr}")
        if done.returncode:
            self.steps.append(("", "could not switch", done.stderr.strip()))

    # -- what must hold

    def _judged(self) -> None:
        if self._branch() != "main":
            self._switch("main", must=True)
        self._need_nothing_left()
        self._need_verdicts()
        put_aside = git(self.repo, "stash", "list", "--format=%H").stdout.split()
        history = git(self.repo, "log", "--all", *put_aside, "-p", "-m").stdout
        self._need_all_written(history)
        self._need_right_names()
        if self._pulled:
            git(self.repo, "merge-base", "--is-ancestor", self._pulled, "main")

    def _need_nothing_left(self) -> None:
        folder = self.repo / ".git"
        if left := [
            path.name for path in folder.rglob("*.lock") if path.name != "ai-sessions.lock"
        ]:
            raise Broken(f"git is locked: {left}")
        own = [folder / "ai-sessions.lock", *(self.repo / WORK).glob("*/locks/*.lock")]
        if held := [path.name for path in own if path.exists() and locks.held_by(path) is not None]:
            raise Broken(f"still held: {held}")
        if alive := [pid for pid in self._children if self._is_alive(pid)]:
            raise Broken(f"still alive: {[self._command(pid) for pid in alive]}")

    def _need_verdicts(self) -> None:
        for feature in FEATURES:
            log = self.folder / f"verify {feature}.log"
            words = ("verify", feature, "--evidence-only")
            pid, ended = _forked(self.repo, words, log, {"FEATURE": feature})
            os.close(ended)
            code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            if code or "GO" not in log.read_text():
                raise Broken(f"verify {feature}: exit {code}\n{log.read_text()}")

    def _need_all_written(self, history: str) -> None:
        """Every line a person wrote is in the tree, in a commit or in a patch that was named."""
        lost = {word: name for word, name in self._written.items() if word not in history}
        for word, name in lost.items():
            path = self.repo / name
            if path.is_file() and word in path.read_text():
                continue
            if not self._is_in_a_patch(word, name):
                raise Broken(f"{word} is lost, written into {name}")
        for name in self._deleted:
            there = (self.repo / name).exists()
            if there and not any(name in name.split("/") for name in FEATURES):
                self._need_told_of(name)

    def _need_told_of(self, name: str) -> None:
        if name.startswith("docs/"):
            patches = [path.read_text() for path in self._patches()]
            if not any(f"a/{name}" in text for text in patches):
                raise Broken(f"{name}, deleted by a person, is back and nothing was said")

    def _is_in_a_patch(self, word: str, name: str) -> bool:
        """True when a patch whose name was printed gives it back."""
        for path in self._patches():
            if word in path.read_text() and any(path.name in text for text in self.said):
                index = self.folder / "index"
                git(self.repo, "apply", f"--build-fake-ancestor={index}", str(path))
                environment = {**_environment(), "GIT_INDEX_FILE": str(index)}
                for words in (("apply", "--cached", str(path)), ("show", f":{name}")):
                    done = subprocess.run(
                        ["git", *words],
                        cwd=self.repo,
                        env=environment,
                        capture_output=True,
                        text=True,
                        check=True,
                    )
                if word in done.stdout:
                    return True
        return False

    def _patches(self) -> "list[Path]":
        return sorted((self.repo / WORK).glob("*/logs/*.patch"))

    def _need_right_names(self) -> None:
        """No commit of a feature holds what is not the feature's."""
        form = "--format=%x00%H%x01%s%x01%(trailers:key=Feature,valueonly,separator=%x2C)%x01"
        told = git(self.repo, "log", "--all", "--no-merges", "--name-only", form).stdout
        for one in told.split("\0")[1:]:
            _id, subject, feature, names = one.split("\1")
            allowed = (f"{feature}.sh", f"tests/{feature}.sh")
            own = (*allowed, f"{WORK}/{feature}/")
            wrong = [name for name in names.split() if feature and not name.startswith(own)]
            if wrong:
                raise Broken(f"{subject!r} has {wrong}")

    # -- small things

    def _branch(self) -> str:
        text = (self.repo / ".git/HEAD").read_text().strip()
        return text.removeprefix("ref: refs/heads/")

    def _changed(self) -> "list[str]":
        told = git(self.repo, "status", "--porcelain=v1", "-z", "--no-renames", "-uall").stdout
        return [line[3:] for line in told.split("\0") if line]

    def _is_alive(self, pid: int) -> bool:
        try:
            told = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            return False
        return str(self._gates).encode() in told

    def _command(self, pid: int) -> str:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()

    def _told(self) -> str:
        steps = "".join(f"    {step!r},\n" for step in self.steps)
        seed = getattr(self._chance, "seed", "of its own")
        logs = [
            f"--- {run.name}, under way\n{run.log.read_text()}" for run in self._running.values()
        ]
        return f"seed {seed}:\n{steps}" + "\n".join([*self.said, *logs])

    def _clean_up(self) -> None:
        for run in self._running.values():
            os.kill(run.pid, signal.SIGKILL)
            os.waitpid(run.pid, 0)
            os.close(run.ended)
        for pid in self._children:
            if self._is_alive(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        for fd in self._open:
            os.close(fd)
