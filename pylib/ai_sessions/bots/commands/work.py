"""`/status`, `/plan`, `/implement`, `/review`, `/verify`, `/repo`, `/allowed` and `/quiet`: a
feature's work from a chat, for owners.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from ai_sessions import ids, names, threads
from ai_sessions.bots import approving, pushes, telling
from ai_sessions.bots.events import Outbound, Say
from ai_sessions.bots.work import SETTING, Ask
from ai_sessions.errors import AiSessionsError, NeedsPerson, NotFound, UsageError
from ai_sessions.plurals import counted
from ai_sessions.workflow import status as where
from ai_sessions.workflow.state import FeatureState
from ai_sessions.workspace.features import mistyped
from ai_sessions.workspace.files import Workspace

if TYPE_CHECKING:
    from ai_sessions.bots.desk import Asked, Desk
    from ai_sessions.bots.work import Begun
    from ai_sessions.workflow.repositories import Repository

#: Kind of `Facts`: the repository that a chat works in.
_REPOSITORY = "repository"
#: Kind of what is allowed -> what one of it is called.
_ALLOWED = {"commands": "command", "tree": "changed file"}
_LONGEST_PROMPT = 100_000
_OFF = ("off", "none", "no")

Find = Callable[["Desk", "Asked"], Ask]


# --- beginning


async def plan(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Ask for a plan; where there is one, for a changed one."""
    async for said in _begun(desk, asked, _plan):
        yield said


async def implement(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Do a task, or the one that comes next."""
    async for said in _begun(desk, asked, _implement):
        yield said


async def review(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Have the changes reviewed."""
    async for said in _begun(desk, asked, lambda *about: _of_feature("review", *about)):
        yield said


async def verify(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Check the finished work in a fresh checkout."""
    async for said in _begun(desk, asked, lambda *about: _of_feature("verify", *about)):
        yield said


async def _begun(desk: Desk, asked: Asked, find: Find) -> AsyncIterator[Outbound]:
    """Begin a run, once, also when we were killed in between: its id is known before it begins."""
    known = asked.memo.known
    if told := known.get("refused"):
        yield Say(told)
        return
    run = known.get("run") or ids.new()
    await threads.run(asked.memo.keep, run=run)
    try:
        begun = await threads.run(_begin, desk, asked, run, find)
    except AiSessionsError as error:
        told = telling.error(error)
        await threads.run(asked.memo.keep, refused=told)
        yield Say(told)
        return
    yield approving.begun(run, begun.ask)


def _begin(desk: Desk, asked: Asked, run: str, find: Find) -> Begun:
    if there := desk.work.read(run):
        return desk.work.begin(run, there.place, there.person, there.ask)
    return desk.work.begin(run, asked.place, asked.event.sender, find(desk, asked))


def _plan(desk: Desk, asked: Asked) -> Ask:
    feature, text = _two(asked, "/plan FEATURE what to build")
    if len(text) > _LONGEST_PROMPT:
        raise UsageError(f"a prompt has at most {_LONGEST_PROMPT:,} characters")
    space = _space_to_be(desk, asked, feature)
    has_plan = bool(space.text("plan.yaml").strip())
    option = "--revise" if has_plan else "--yes"
    return Ask(space.repo, space.feature, "plan", text=text, options=(option,))


def _implement(desk: Desk, asked: Asked) -> Ask:
    words = asked.event.text.split()
    if len(words) not in (1, 2):
        raise UsageError("which task?", "/implement FEATURE T1.1")
    space = _space(desk, asked, words[0])
    task = words[1].upper() if len(words) == 2 else FeatureState(space).next_task()
    if not task:
        raise NeedsPerson(f"no task of {space.feature} is ready", f"/status {space.feature}")
    if not names.is_task(task):
        raise UsageError(f"not a task: {words[1]!r:.100}", "/implement FEATURE T1.1")
    return Ask(space.repo, space.feature, "implement", task)


def _of_feature(command: str, desk: Desk, asked: Asked) -> Ask:
    words = asked.event.text.split()
    if len(words) != 1:
        raise UsageError("which feature?", f"/{command} FEATURE")
    space = _space(desk, asked, words[0])
    return Ask(space.repo, space.feature, command)  # type: ignore[arg-type]


def _two(asked: Asked, usage: str) -> tuple[str, str]:
    words = asked.event.text.split(None, 1)
    if len(words) < 2 or not words[1].strip():
        raise UsageError("what should be planned?", usage)
    return words[0], words[1].strip()


# --- repositories


def _space(desk: Desk, asked: Asked, feature: str) -> Workspace:
    """A feature that is there, in the chat's repository or in whichever has it."""
    path = _chosen(desk, asked)
    names.feature(feature)
    known = [one for one in desk.work.repositories() if path in ("", one.path)]
    has_it = [one for one in known if any(space.feature == feature for space in one.spaces())]
    if len(has_it) > 1:
        raise UsageError(f"{feature} is in several repositories", _choose(desk, has_it))
    return desk.work.find(feature, path)


def _space_to_be(desk: Desk, asked: Asked, feature: str) -> Workspace:
    """A feature that need not be there yet; then its repository has to be known."""
    path = _chosen(desk, asked)
    known = [one for one in desk.work.repositories() if path in ("", one.path)]
    _need_some(known)
    names.feature(feature)
    has_it = [space for one in known for space in one.spaces() if space.feature == feature]
    if len(has_it) == 1:
        return has_it[0]
    if len(has_it) > 1 or len(known) > 1:
        raise UsageError("which repository?", _choose(desk, known))
    space = desk.work.space(Ask(known[0].path, feature, "plan"))
    if near := mistyped(space.repo, space.root, feature):
        told = f"no feature {feature}; did you mean {near}?"
        raise NotFound(told, "a name that is so much alike is begun in a terminal")
    return space


def _chosen(desk: Desk, asked: Asked) -> str:
    """The path of the chat's repository; empty: any of those that are listed."""
    path = desk.facts.read(_REPOSITORY, desk.conversation(asked.event)) or ""
    return path if any(one.path == path for one in desk.work.repositories()) else ""


def _need_some(known: list[Repository]) -> None:
    if not known:
        raise NotFound("no repository is listed", f"put its absolute path into {SETTING}")


def _choose(desk: Desk, known: list[Repository]) -> str:
    """By their names; by their paths where several are called so."""
    taken = Counter(os.path.basename(one.path) for one in desk.work.repositories())
    names_of = ((os.path.basename(one.path), one.path) for one in known)
    return " or ".join(f"/repo {path if taken[name] > 1 else name}" for name, path in names_of)


async def choose_repository(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Say which repository this chat works in, or have it work in another one."""
    yield Say(await threads.run(_repository, desk, asked))


def _repository(desk: Desk, asked: Asked) -> str:
    name, known = asked.event.text.strip(), desk.work.repositories()
    if not known:
        return f"No repository is listed: put its absolute path into {SETTING}."
    key = desk.conversation(asked.event)
    if name.lower() in ("any", *_OFF):
        desk.facts.forget(_REPOSITORY, key)
    elif name:
        found = [one for one in known if name in (one.path, os.path.basename(one.path))]
        if len(found) != 1:
            why = "several are called so" if found else "it is not listed"
            return f"{name[:100]!r}: {why}.\n{_choose(desk, known)}"
        desk.facts.keep(_REPOSITORY, key, found[0].path)
    path = _chosen(desk, asked)
    if path:
        others = [one for one in known if one.path != path]
        change = " or ".join(filter(None, (_choose(desk, others), "/repo any")))
        return f"This chat works in {telling.code(os.path.basename(path))}.\n{change} changes that."
    lines = [f"- {telling.code(os.path.basename(one.path))}" for one in known]
    return "\n".join(["Each feature is looked for in all of:", *lines])


# --- what is under way


async def status(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Where a feature stands, or all of them."""
    try:
        yield Say(await threads.run(_status, desk, asked))
    except AiSessionsError as error:
        yield Say(telling.error(error))


def _status(desk: Desk, asked: Asked) -> str:
    if feature := asked.event.text.strip():
        space = _space(desk, asked, feature)
        page = where.show(space.repo, space.feature, space.root)
        return f"```\n{telling.in_chat(page)}\n```"
    path = _chosen(desk, asked)
    known = [one for one in desk.work.repositories() if path in ("", one.path)]
    _need_some(known)
    pages = "\n\n".join(_overview(one) for one in known)
    under_way = [f"under way: {one.ask.title}" for one in desk.work.open()]
    return "\n".join([f"```\n{telling.in_chat(pages)}\n```", *under_way])


def _overview(repository: Repository) -> str:
    told = repository.problem or where.overview(repository.path, repository.root)
    return f"{os.path.basename(repository.path)}\n{told}"


def stopped(desk: Desk, asked: Asked) -> list[str]:
    """Tell the runs that were begun in this chat to end, or those of the feature that is named, and
    begin none that were put off; their titles.
    """
    feature = asked.event.text.strip()
    runs = [one for one in desk.work.open() if desk.is_same_place(one.place.key, asked.place)]
    wanted = [one for one in runs if feature in ("", one.ask.feature)]
    ended = [one.ask.title for one in wanted if desk.work.stop(one.id)]
    return [*ended, *approving.not_later(desk, asked.place, feature)]


# --- what is allowed, and what is pushed


async def allowed(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """What this chat has allowed for its features, or take it back."""
    yield Say(await threads.run(_allowed, desk, asked))


def _allowed(desk: Desk, asked: Asked) -> str:
    found = approving.allowances(desk, asked.place)
    if not found:
        return "Nothing is allowed beforehand here."
    if asked.event.text.strip().lower() in _OFF:
        approving.disallow(desk, asked.place)
        return "Taken back: you are asked again from now on."
    lines = [
        f"{feature}: {counted(count, _ALLOWED[kind])}" for feature, kind, count in found.values()
    ]
    return "\n".join(["Allowed for a day:", *lines, "/allowed off or /new takes it back."])


async def quiet(desk: Desk, asked: Asked) -> AsyncIterator[Outbound]:
    """Switch off, or on again, what is told here without being asked."""
    key, word = asked.place.key, asked.event.text.strip().lower()
    if word in _OFF:
        await threads.run(desk.facts.forget, pushes.QUIET, key)
        yield Say("I tell you again what happens elsewhere.")
    else:
        await threads.run(desk.facts.keep, pushes.QUIET, key, True)
        yield Say("Quiet: only what you begin here is told here. /quiet off ends that.")
