"""Letting a provider change files: an agent by itself, a plain model by handing over whole ones."""

import contextlib
import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from ai_sessions.dialogue import answers, fileprotocol, prompts
from ai_sessions.disk import files
from ai_sessions.errors import GateRefused, StorageError
from ai_sessions.jobs import Result
from ai_sessions.plan import paths
from ai_sessions.providers.contract import Edits
from ai_sessions.records import Json
from ai_sessions.workflow.task import Work
from ai_sessions.workspace.logs import save_log

_MOST_SHOWN = 100_000


def ask(work: Work, prompt: str, purpose: str) -> Result:
    """Make a call that may change files; what a plain model hands over is written here.

    Raises `GateRefused`, with nothing written, when its answer leaves the task's files, and
    `NeedsPerson` when it asks a question.
    """
    if work.record.answers and not work.line.calls:  # the first prompt of a run tells them
        prompt = prompts.answered(work.record.answers, prompt)
    if work.line.provider.quirks.edits_files:
        result = _edited(work, prompt, purpose)
    else:
        result = _handed_over(work, prompt, purpose)
        work.answered()
    return result


def _edited(work: Work, prompt: str, purpose: str) -> Result:
    """What others have changed meanwhile is left as it is. Raises `NeedsPerson` where that is in
    files of the task.
    """
    before = work.tree.snapshot()
    result = _called(work, prompt, purpose)
    edited = work.set_aside(before, "while the agent was at work, and not by it", result.edits)
    _need_no_answer(work, result, purpose, edited)
    wrote = work.tree.changed(before) if result.edits else ()
    work.answered([name for name in wrote if not paths.matches(name, work.task.files)])
    if edited:
        raise work.edited_by_others(edited, "while the agent was at work, and not by its tools")
    return result


def _called(work: Work, prompt: str, purpose: str, schema: Json | None = None) -> Result:
    with work.held(settle=True) as meanwhile:
        result = work.line.ask(prompt, purpose, access="edit", schema=schema)
        has_tools = work.line.provider.quirks.edits_files
        meanwhile.edits = result.edits if has_tools else Edits()
        return result


def _need_no_answer(work: Work, result: Result, purpose: str, edited: Sequence[str]) -> None:
    question = answers.question(result.text)
    if question and purpose != "refactor":  # a clean-up can be left undone
        raise work.blocked(question, edited)


def _handed_over(work: Work, prompt: str, purpose: str) -> Result:
    allowed = work.task.files
    whole = f"{prompt}\n{fileprotocol.instructions(_shown(work), allowed)}"
    before = work.tree.snapshot()
    result = _called(work, whole, purpose, fileprotocol.ANSWER_SCHEMA)
    edited = work.set_aside(before, "during the call")  # the model has no tools
    _need_no_answer(work, result, purpose, edited)
    try:
        writes = _parsed(work, result.text, allowed, purpose)
    except GateRefused as error:
        work.take_back(work.begun_from(), edited)
        log = save_log(work.space, f"{work.task.id}-{purpose}-answer.txt", result.text)
        raise GateRefused(error.message, f"{error.hint}; the answer is kept in {log}") from error
    if edited := work.set_aside(before, "during the call"):  # of a second one, too
        raise work.edited_by_others(edited, "during the call, and not by the model")
    with work.held():
        for write in writes:
            _write(work.tree.repo, work.space.root, write)
    return result


def _parsed(
    work: Work, text: str, allowed: tuple[str, ...], purpose: str
) -> tuple[fileprotocol.FileWrite, ...]:
    """The files of an answer; one that cannot be read is asked for once more."""
    try:
        return fileprotocol.parse(text, allowed)
    except fileprotocol.Unreadable as error:
        work.line.say(f"{work.task.id}: {error.message}; asking once more")
        prompt = prompts.repair([error.message], fileprotocol.ANSWER_SCHEMA)
        again = _called(work, prompt, purpose, fileprotocol.ANSWER_SCHEMA)
        return fileprotocol.parse(again.text, allowed)


def _shown(work: Work) -> dict[str, str]:
    """The task's files as they are, as far as they are text and fit."""
    found: dict[str, str] = {}
    left = min(_MOST_SHOWN, work.line.room())
    for name in work.tree.files():
        if not paths.matches(name, work.task.files):
            continue
        text = _text(work.tree.repo / name)
        if text is not None and len(text) <= left:
            found[name] = text
            left -= len(text)
    return found


def _text(path: Path) -> str | None:
    try:
        return None if path.is_symlink() else path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _write(repo: Path, root: str, write: fileprotocol.FileWrite) -> None:
    """Write one whole file, folder by folder, through no link, and nothing of git's or of ours.

    Raises `GateRefused` for such a path.
    """
    *folders, name = write.path.split("/")
    if any(paths.is_for_git(part) for part in (*folders, name)) or _folded(folders, root):
        raise GateRefused(f"{write.path} is not the model's to write", "name another file")
    with files.reported(repo / write.path), contextlib.ExitStack() as opened:
        folder = _opened(opened, repo)
        for part in folders:
            with contextlib.suppress(FileExistsError):
                os.mkdir(part, dir_fd=folder)
            folder = _opened(opened, part, folder, write.path)
        mode = _mode(name, folder, write.path)
        files.replace_in(folder, name, write.content.encode(), mode)


def _folded(folders: Sequence[str], root: str) -> bool:
    """True for a path into our workspace, also where the file system takes case for the same."""
    return bool(folders) and folders[0].casefold() == root.split("/", maxsplit=1)[0].casefold()


def _opened(
    opened: contextlib.ExitStack, name: str | Path, folder: int | None = None, path: str = ""
) -> int:
    """A folder that is no link. Raises `GateRefused`."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    try:
        found = os.open(name, flags | (os.O_NOFOLLOW if path else 0), dir_fd=folder)
    except NotADirectoryError as error:
        raise _leads_elsewhere(path) from error
    except OSError as error:
        raise (_leads_elsewhere(path) if error.errno == errno.ELOOP else error) from error
    opened.callback(os.close, found)
    return found


def _mode(name: str, folder: int, path: str) -> int:
    """The mode for the file: its own when there is one. Raises for what is no plain file."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return 0o644
    if stat.S_ISDIR(found.st_mode):
        raise StorageError(f"{path} is a folder")
    if not stat.S_ISREG(found.st_mode):
        raise _leads_elsewhere(path)
    return found.st_mode & 0o777


def _leads_elsewhere(path: str) -> GateRefused:
    return GateRefused(f"{path} leads out of the repository through a link", "remove it")
