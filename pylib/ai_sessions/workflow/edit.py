"""Letting a provider change files: an agent by itself, a plain model by handing over whole ones."""

from pathlib import Path

from ai_sessions.dialogue import answers, fileprotocol, prompts
from ai_sessions.disk import files
from ai_sessions.errors import GateRefused, StorageError
from ai_sessions.plan import document as plan
from ai_sessions.records import Json
from ai_sessions.run import Result
from ai_sessions.workflow.hold import guarded
from ai_sessions.workflow.task import Work
from ai_sessions.workspace.logs import save_log
from ai_sessions.workspace.plan_file import save_page
from ai_sessions.workspace.runs import read_run
from ai_sessions.workspace.states import read_states

_MOST_SHOWN = 100_000


def ask(work: Work, prompt: str, purpose: str) -> Result:
    """Make a call that may change files; what a plain model hands over is written here.

    Raises `GateRefused`, with nothing written, when its answer leaves the task's files, and
    `NeedsPerson` when it asks a question.
    """
    prompt = work.prompt(prompt)
    if work.line.provider.quirks.edits_files:
        result = _called(work, prompt, purpose)
        _need_no_answer(work, result, purpose)
    else:
        result = _handed_over(work, prompt, purpose)
    work.answered()
    return result


def _called(work: Work, prompt: str, purpose: str, schema: Json | None = None) -> Result:
    with guarded(work):
        return work.line.ask(prompt, purpose, access="edit", schema=schema)


def _need_no_answer(work: Work, result: Result, purpose: str) -> None:
    question = answers.question(result.text)
    if question and purpose != "refactor":  # a clean-up can be left undone
        raise work.blocked(question)


def render(work: Work) -> None:
    """Write `plan.md` anew with the task done, so that it is in the same commit."""
    states = {task: str(one.get("state")) for task, one in read_states(work.space).items()}
    save_page(work.space, plan.page(work.plan, states))


def _handed_over(work: Work, prompt: str, purpose: str) -> Result:
    allowed = work.task.files
    whole = f"{prompt}\n{fileprotocol.instructions(_shown(work), allowed)}"
    result = _called(work, whole, purpose, fileprotocol.ANSWER_SCHEMA)
    _need_no_answer(work, result, purpose)
    try:
        writes = _parsed(work, result.text, allowed, purpose)
    except GateRefused as error:
        work.take_back((read_run(work.space, work.task.id) or {})["before"])
        log = save_log(work.space, f"{work.task.id}-{purpose}-answer.txt", result.text)
        raise GateRefused(error.message, f"{error.hint}; the answer is kept in {log}") from error
    work.tree.forget()
    for write in writes:
        _write(work.tree.repo, write)
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
    from ai_sessions.plan import paths

    found: dict[str, str] = {}
    left = _MOST_SHOWN
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


def _write(repo: Path, write: fileprotocol.FileWrite) -> None:
    """Write one whole file; a link on the way out of the repository is refused."""
    path = repo / write.path
    if not path.parent.resolve().is_relative_to(repo.resolve()) or path.is_symlink():
        raise GateRefused(f"{write.path} leads out of the repository through a link", "remove it")
    with files.reported(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise StorageError(f"{write.path} is a folder")
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        files.replace(path, write.content.encode(), sync=False, mode=mode)
