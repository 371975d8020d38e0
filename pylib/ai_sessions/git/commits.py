"""Commits and the index: making a commit, who makes it, taking one back."""

import contextlib
import os
import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from subprocess import CompletedProcess

from ai_sessions import controls, git_files
from ai_sessions.environment import without_secrets
from ai_sessions.errors import AiSessionsError, ChecksFailed, ConfigError, NeedsPerson, TimedOut
from ai_sessions.git.command import (
    NO_HOOKS,
    WRITE_S,
    busy,
    call,
    checked,
    first_line,
    from_stdin,
    read,
    split,
    text,
    write,
)
from ai_sessions.git.hooks import cannot_run
from ai_sessions.git.reading import Change, branch, commit_id, head
from ai_sessions.git.trees import changed_between, changed_files

#: Have git say that it does not know whose commit it is, instead of guessing.
_NO_GUESS = ("-c", "user.useConfigOnly=true")
_AGENT = "SSH_AUTH_SOCK"
#: Hooks of `git commit`, up to the commit and after it.
_BEFORE = ("pre-commit", "prepare-commit-msg", "commit-msg")
_AFTER = ("post-commit",)
#: How long a trial signature may take: a person may have a passphrase to type, or a key to touch.
_SIGN_S = 120.0


def commit(
    repo: Path,
    paths: Sequence[str],
    message: str,
    trailers: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    changes: Sequence[Change] | None = None,
    timeout_s: float = WRITE_S,
) -> str:
    """Commit these paths and nothing else; the id, or empty when they hold no change.

    `changes`: what `changed_files` says; None: it is asked. `environ`: what hooks start from, None
    for what we got; they are given no secrets. What the user has staged stays staged. Raises
    `ConfigError` without an identity, `ChecksFailed` when a hook refuses, `NeedsPerson` when
    signing fails, `LockBusy` when git is in use and `TimedOut` when a hook does not end.
    """
    wanted = set(paths)
    known = changed_files(repo, paths) if changes is None else changes
    changed = [one.path for one in known if one.path in wanted]
    if not changed:
        return ""
    new = [one.path for one in known if one.path in wanted and one.untracked]
    try:
        _stage(repo, new)
        made = _committed(repo, changed, message, trailers or {}, environ, timeout_s)
    except AiSessionsError:  # a later commit of the user's must not take our files along
        with contextlib.suppress(AiSessionsError):
            unstage(repo, new)
        raise
    _settle(repo, changed, made)
    return made


def _committed(
    repo: Path,
    changed: Sequence[str],
    message: str,
    trailers: Mapping[str, str],
    environ: Mapping[str, str] | None,
    timeout_s: float,
) -> str:
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as text:
        text.write(controls.plain(_with_trailers(message, trailers)))
        text.flush()
        options = ("--quiet", "--only", "--cleanup=whitespace", f"--file={text.name}")
        given = _for_hooks(repo, environ)
        words = (*_NO_GUESS, "commit", *options, *from_stdin(changed))
        before, on, moves = head(repo), branch(repo), _moves(repo)
        with _hooks_named(repo, before):
            done = write(repo, *words, stdin=changed, environment=given, timeout_s=timeout_s)
    if done.returncode and not identity(repo):
        raise _unknown()
    if done.returncode:
        raise _refusal(done)
    return _made_alone(repo, before, moves) or _following(repo, before, on)


def _for_hooks(repo: Path, environ: Mapping[str, str] | None) -> dict[str, str]:
    """What a commit starts from: no secrets but what signs it."""
    given = os.environ if environ is None else environ
    return without_secrets(given, _to_sign(repo) if _AGENT in given else ())


def _settle(repo: Path, changed: Sequence[str], made: str) -> None:
    """Make the index have what was committed. A hook that formats files and adds them does so in an
    index of the commit's own; in the user's they stay as they were, and the next commit would take
    the formatting back.
    """
    if made != head(repo):
        return
    parent = commit_id(repo, f"{made}^")
    touched = {*changed, *(changed_between(repo, parent, made) if parent else ())}
    options = ("diff-index", "--cached", "--name-only", "-z", made, "--")
    differing = [name for name in split(read(repo, *options)) if name in touched]
    if differing:
        unstage(repo, differing)


def amend(
    repo: Path, paths: Sequence[str], message: str, environ: Mapping[str, str] | None = None
) -> str:
    """Take what these paths are now into the last commit, with another message; returns its id. No
    hook runs: they have had their say. Raises `NeedsPerson` when signing fails.
    """
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as text:
        text.write(message)
        text.flush()
        options = ("--quiet", "--amend", "--only", "--cleanup=verbatim", f"--file={text.name}")
        words = (*NO_HOOKS, *_NO_GUESS, "commit", *options, *from_stdin(paths))
        done = write(repo, *words, stdin=paths, environment=_for_hooks(repo, environ))
    if done.returncode:
        raise _refusal(done)
    return head(repo)


def _moves(repo: Path) -> bytes:
    """What git has noted of how HEAD moved; empty when it takes no notes."""
    try:
        return Path(git_files.git_folder(os.fspath(repo)), "logs", "HEAD").read_bytes()
    except OSError:
        return b""


def _made_alone(repo: Path, before: str, moves: bytes) -> str:
    """The commit that was made, where it is all that has moved HEAD since; else empty."""
    now, made = _moves(repo), head(repo)
    lines = now[len(moves) :].splitlines() if now.startswith(moves) else []
    is_alone = len(lines) == 1 and lines[0].startswith(f"{before} {made} ".encode())
    return made if before and is_alone else ""


def _following(repo: Path, before: str, on: str) -> str:
    """The commit that was made on top of `before`, on a branch. That may be further already, when
    somebody pulls, and HEAD elsewhere, when somebody goes to another branch.
    """
    now = head(repo) if branch(repo) == on else commit_id(repo, f"refs/heads/{on}")
    options = ("--first-parent", "--parents", "--reverse", f"{before}..{now}")
    lines = read(repo, "rev-list", *options).decode().splitlines() if before else []
    made, _, parents = lines[0].partition(" ") if lines else (now, "", before)
    return made if before in parents.split() else now


@contextlib.contextmanager
def _hooks_named(repo: Path, before: str) -> Iterator[None]:
    """Name the hooks that a commit may have waited for; the one after it only where it was made."""
    try:
        yield
    except TimedOut as error:
        hooks = _hooks(repo, _BEFORE if head(repo) == before else _AFTER)
        if not hooks:
            raise
        waited = f"it waited for a hook, {' or '.join(hook.name for hook in hooks)}"
        raise TimedOut(f"{error.message}: {waited}", f"see what it does: {hooks[0]}") from error


def _hooks(repo: Path, names: Sequence[str]) -> list[Path]:
    """Those of these hooks that git would run."""
    folder = Path(repo, text(write(repo, "rev-parse", "--git-path", "hooks")).strip())
    return [folder / name for name in names if os.access(folder / name, os.X_OK)]


def _stage(repo: Path, paths: Sequence[str]) -> None:
    """Let git know of new files; a commit finds changes of those that it knows by itself."""
    if paths:
        done = write(repo, *NO_HOOKS, "add", "--all", *from_stdin(paths), stdin=paths)
        checked(done, "git add")


def unstage(repo: Path, paths: Sequence[str]) -> None:
    """Make the index have these paths as HEAD has them; the files stay as they are."""
    reset = (*NO_HOOKS, "reset", "--quiet", *from_stdin(paths))
    checked(write(repo, *reset, stdin=paths), "git reset")


def look_at(repo: Path, paths: Sequence[str]) -> None:
    """Have git look at these files again."""
    for flag in ("--no-skip-worktree", "--no-assume-unchanged"):
        options = ("update-index", flag, "-z", "--stdin")
        checked(write(repo, *NO_HOOKS, *options, stdin=paths), "git update-index")


def go_back(repo: Path, commit: str) -> None:
    """Make a commit the tip of the current branch again; the files stay as they are."""
    options = ("reset", "--mixed", "--quiet", commit)
    checked(write(repo, *NO_HOOKS, *options), "git reset")


def loose_commit(repo: Path, tree: str, parent: str) -> str:
    """The id of a commit of this tree that is on no branch, for a scratch checkout."""
    who = {"GIT_AUTHOR_NAME": "ai-sessions", "GIT_AUTHOR_EMAIL": "ai-sessions@localhost"}
    who |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in who.items()}
    words = ("commit-tree", "--no-gpg-sign", "-p", parent, "-m", "for a scratch checkout", tree)
    return read(repo, *words, environment=who).decode().strip()


def set_ref(repo: Path, ref: str, commit: str) -> None:
    """Make a branch, a remote one or a tag point to a commit."""
    checked(write(repo, *NO_HOOKS, "update-ref", ref, commit), "git update-ref")


def _to_sign(repo: Path) -> tuple[str, ...]:
    """The variables that signing a commit needs: the SSH agent, where keys of SSH sign."""
    is_ssh = text(call(repo, "config", "--get", "gpg.format")).strip() == "ssh"
    return (_AGENT,) if is_ssh and _signs(repo) else ()


def _signs(repo: Path) -> bool:
    """True where commits are signed."""
    return text(call(repo, "config", "--type=bool", "--get", "commit.gpgsign")).strip() == "true"


def identity(folder: Path) -> str:
    """Who commits there, `Name <address>`; empty when git would have to guess it or the author."""
    asked = ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT")
    found = [call(folder, *_NO_GUESS, "var", name) for name in asked]
    if any(done.returncode for done in found):
        return ""
    return text(found[-1]).rpartition(">")[0] + ">"


def need_identity(repo: Path) -> None:
    """Raises `ConfigError` when git does not know whose commits these are."""
    if not identity(repo):
        raise _unknown()


def need_commits(
    repo: Path, environ: Mapping[str, str] | None = None, timeout_s: float = _SIGN_S
) -> None:
    """Raises what any commit here would fail with, so that it is known before anything is paid.

    `environ`: as for `commit`; `timeout_s`: for a trial signature. Raises `ConfigError` without an
    identity, or when a hook's interpreter or tool is missing, and `NeedsPerson` when signing fails.
    """
    need_identity(repo)
    given = _for_hooks(repo, environ)
    if _signs(repo):
        _need_signature(repo, given, timeout_s)
    for hook in _hooks(repo, _BEFORE):
        if said := cannot_run(hook, repo, given):
            told = f"the hook {hook.name} cannot run, so nothing can be committed"
            raise ConfigError(f"{told}: {said}", f"install what it needs, or see: {hook}")


def _need_signature(repo: Path, environment: Mapping[str, str], timeout_s: float) -> None:
    """Sign a commit of HEAD's tree that no branch will ever have. Where there is a terminal, it may
    ask for a passphrase there, as the commit itself would.
    """
    words = ("commit-tree", "-S", "-m", "Try to sign", "HEAD^{tree}")
    hint = f"see what it says: git {shlex.join(words)}"
    try:
        done = write(repo, *_NO_GUESS, *words, environment=environment, timeout_s=timeout_s)
    except TimedOut as error:
        told = f"git signs commits, and a trial signature took more than {timeout_s:g} s"
        raise NeedsPerson(f"{told}: does it wait for a passphrase?", hint) from error
    if done.returncode:
        raise NeedsPerson(f"git cannot sign commits: {first_line(done)}", hint)


def _unknown() -> ConfigError:
    return ConfigError(
        "git does not know who you are, so nothing can be committed",
        'git config --global user.name "Your Name"; git config --global user.email you@example.com',
    )


def _with_trailers(message: str, trailers: Mapping[str, str]) -> str:
    """The message with trailers as its last paragraph; each value on one line."""
    lines = [f"{name}: {' '.join(value.split())}" for name, value in trailers.items()]
    return "\n".join([message.strip(), "", *lines]).strip() + "\n"


def _refusal(done: CompletedProcess[bytes]) -> Exception:
    """Why a commit did not come about: git is in use, signing failed, or a hook said no."""
    said = done.stderr.decode("utf-8", "replace")
    if in_use := busy(done):
        return in_use
    if "failed to sign" in said or "failed to write commit object" in said:
        return NeedsPerson(f"git could not sign the commit: {first_line(done)}", "run: git commit")
    if said.startswith("fatal:"):  # in the middle of a merge, for example
        return NeedsPerson(f"git cannot commit now: {first_line(done)}", "run: git status")
    return ChecksFailed(
        f"a hook refused the commit: {first_line(done)}", "put that right, then run it again"
    )
