"""Questions to owners in a chat: asked with buttons, answered once, bound to what was shown.

What an answer leads to is done at most once, however often it is asked for: a bot that was killed
after the answer does it after the restart. A question knows the id of the run that it would begin.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ai_sessions import ids, times
from ai_sessions.bots import telling, waiting
from ai_sessions.bots.events import Button, Outbound, Person, Place, Say, Update
from ai_sessions.bots.waiting import ALLOW, APPROVE, DENY, LATER, Waiting
from ai_sessions.bots.work import Ask, ask_of
from ai_sessions.errors import AiSessionsError, GateRefused
from ai_sessions.workflow import plan
from ai_sessions.workflow.state import FeatureState

if TYPE_CHECKING:
    from ai_sessions.bots.desk import Desk
    from ai_sessions.bots.questions import Question
    from ai_sessions.workspace.files import Workspace

#: Kinds of `Facts`: what is allowed for a feature, and runs that begin later.
ALLOWED, LATE = "allowed", "later"
#: Seconds for which "Allow for this session" holds.
ALLOWED_S = 24 * 3600.0
#: Of `Button.data`: `q:ID:ANSWER`, and `stop:ID` of a run.
QUESTION, STOP = "q", "stop"
_ABOUT = "question-"
#: A text that is longer is a message of its own, so that the buttons are on a short one.
_LONG = 1200
#: Answers that buttons give; that of a reply to an agent's question begins so.
ANSWERS, _REPLY = frozenset((APPROVE, DENY, ALLOW, LATER)), "reply: "
_WORDS = {
    **dict.fromkeys(("yes", "y", "ok", "approve", "go on"), APPROVE),
    **dict.fromkeys(("no", "n", "deny", "leave it"), DENY),
}
_TOLD = {APPROVE: "Approved", ALLOW: "Allowed for this session", LATER: "Put off", DENY: "Denied"}
#: Kinds of what nobody has to answer.
_OFFERS = ("next", "again")
_CHANGED = "It has changed since, so nothing is approved"


# --- asking


def ask(desk: Desk, place: Place, found: Waiting, cause: str, head: str = "") -> list[Outbound]:
    """Ask in a place, once for a `cause`. `head`: said before it."""
    whole = "\n\n".join(filter(None, (head, found.text)))
    is_long = len(whole) > _LONG
    text = f"{found.ask.title}: see above. What now?" if is_long else whole
    question = _put(desk, place, found, cause, text)
    buttons = tuple(
        Button(label, f"{QUESTION}:{question.id}:{answer}") for label, answer in found.choices
    )
    asked = Say(question.told["text"], buttons, about=f"{_ABOUT}{question.id}")
    return [*([Say(whole)] if is_long else []), asked]


def _put(desk: Desk, place: Place, found: Waiting, cause: str, text: str) -> Question:
    id_ = hashlib.sha256(f"{place.key}\n{cause}\n{found.kind}".encode()).hexdigest()[:16]
    told = {
        "kind": found.kind,
        "place": asdict(place),
        "ask": asdict(found.ask),
        "items": found.items,
        "fingerprint": found.fingerprint,
        "until": found.until,
        "text": text,
        "run": ids.new(),
    }
    return desk.questions.ask(place.key, told, id_)


def of_message(desk: Desk, place: Place, message: str) -> Question | None:
    """The question that a message of ours asks; None: it asks none."""
    key = desk.outbox.key_of(place.key, message) if message else ""
    start = f"{place.key}:{_ABOUT}"
    return desk.questions.read(key.removeprefix(start)) if key.startswith(start) else None


def answer_in(question: Question, text: str) -> str:
    """What a reply says: the answer to a question, else approval or refusal; empty: neither."""
    said = text.strip()
    if question.told["kind"] == "question":
        return f"{_REPLY}{said}" if said else ""
    return _WORDS.get(said.lower().rstrip(".!"), "")


# --- what is allowed beforehand


def allow(desk: Desk, place: Place, told: dict[str, Any]) -> None:
    """Remember what was shown as allowed for this feature, from this chat, for a day."""
    key = _allowance(place, ask_of(told["ask"]), told["kind"])
    known = desk.facts.all(ALLOWED, ALLOWED_S).get(key, ())
    desk.facts.keep(ALLOWED, key, sorted({*known, *told["items"]}))


def is_allowed(desk: Desk, place: Place, found: Waiting) -> bool:
    """True when all of it was allowed, and not taken back."""
    key = _allowance(place, found.ask, found.kind)
    known = desk.facts.all(ALLOWED, ALLOWED_S).get(key, ())
    return bool(found.items) and set(found.items) <= set(known)


def allowances(desk: Desk, place: Place) -> dict[str, tuple[str, str, int]]:
    """Those of a place: key -> feature, kind, and of how many commands or files."""
    known = desk.facts.all(ALLOWED, ALLOWED_S)
    mine = {key: items for key, items in known.items() if key.startswith(f"{place.key}\n")}
    parts = {key: key.split("\n") for key in mine}
    return {key: (parts[key][2], parts[key][3], len(mine[key])) for key in mine}


def disallow(desk: Desk, place: Place) -> bool:
    """Take back all that a place has allowed. False: there was nothing."""
    found = allowances(desk, place)
    for key in found:
        desk.facts.forget(ALLOWED, key)
    return bool(found)


def _allowance(place: Place, ask: Ask, kind: str) -> str:
    return "\n".join((place.key, ask.repository, ask.feature, kind))


# --- what comes of an answer


def begun(run: str, ask: Ask) -> Say:
    """The message that is updated while a run goes on."""
    return Say(f"{ask.title}: begun", (Button("Stop", f"{STOP}:{run}"),), about=about(run))


def about(run: str) -> str:
    """`about` of that message."""
    return f"run-{run}"


def allowed(desk: Desk, place: Place, found: Waiting, cause: str, head: str) -> list[Outbound]:
    """Go on with what was allowed beforehand, as if it were approved now."""
    question = _put(desk, place, found, cause, head)
    desk.questions.answer(question.id, APPROVE, "")
    said = Say(f"{head}\n\nAllowed for this session: going on.")
    return [said, *_done(desk, desk.questions.read(question.id) or question, Person(""))]


def not_later(desk: Desk, place: Place, feature: str) -> list[str]:
    """Begin nothing that was put off in a place; titles. `feature`: of this alone, unless empty."""
    titles = []
    for key, told in desk.facts.all(LATE).items():
        wanted = ask_of(told["ask"])
        is_here = desk.is_same_place(Place(**told["place"]).key, place)
        if is_here and feature in ("", wanted.feature) and desk.facts.forget(LATE, key):
            titles.append(wanted.title)
    return titles


def act(desk: Desk, question: Question, person: Person) -> list[Outbound]:
    """Do what an answered question leads to, and say so. Asked again, it is done once."""
    return [_closed(desk, question, person), *_done(desk, question, person)]


def expired(question: Question) -> Update:
    """Its time is over: what was not approved is denied, and nothing is to be pressed any more."""
    is_offer = question.told["kind"] in _OFFERS
    text = question.told["text"]
    said = text if is_offer else f"{text}\n\nNobody answered in time: denied."
    return Update(f"{_ABOUT}{question.id}", said)


def _closed(desk: Desk, question: Question, person: Person, more: str = "") -> Update:
    """The message of the question without buttons: who answered, when, and what."""
    is_word = question.answer in _TOLD
    told = _TOLD.get(question.answer, "Answered")
    if question.told["kind"] in (*_OFFERS, "limit") and question.answer == APPROVE:
        told = "Begun"
    now = desk.parts.now()
    end = f"{told} by {person.name or person.id or 'an owner'}, {times.clock(now, now)}"
    said = more or ("" if is_word else telling.shortened(question.answer.removeprefix(_REPLY)))
    text = f"{question.told['text']}\n\n{end}{f': {said}' if said else '.'}"
    return Update(f"{_ABOUT}{question.id}", text)


def _done(desk: Desk, question: Question, person: Person) -> list[Outbound]:
    told, answer = question.told, question.answer
    if answer == DENY:
        return []
    place, wanted = Place(**told["place"]), ask_of(told["ask"])
    if answer == LATER:
        late = {"until": told["until"], "place": told["place"], "person": asdict(person)}
        desk.facts.keep(LATE, question.id, {**late, "ask": told["ask"], "run": told["run"]})
        return []
    try:
        if not desk.work.read(told["run"]):
            if anew := _changed(desk, place, question):
                return [_closed(desk, question, person, _CHANGED), *anew]
            if answer == ALLOW:
                allow(desk, place, told)
        if wanted.command == "plan" and told["kind"] == "commands":
            return _after_plan(desk, place, question)
        if told["kind"] == "question":
            wanted = waiting.answered(wanted, answer.removeprefix(_REPLY))
        desk.work.begin(told["run"], place, person, wanted)
    except AiSessionsError as error:
        return ask(desk, place, waiting.again(wanted), question.id, telling.error(error))
    return [begun(told["run"], wanted)]


def _changed(desk: Desk, place: Place, question: Question) -> list[Outbound]:
    """Approve what was shown; what is asked anew where that is something else by now."""
    told = question.told
    wanted = ask_of(told["ask"])
    if told["kind"] == "commands":
        space = desk.work.space(wanted)
        try:
            plan.approve(space, told["fingerprint"])
        except GateRefused:
            found = waiting.commands(space, wanted)
            return ask(desk, place, found, question.id) if found else []
    elif told["kind"] == "tree":
        space = desk.work.space(wanted)
        if not set(waiting.changed(space)) <= set(told["items"]):
            return ask(desk, place, waiting.tree(space, wanted), question.id)
    return []


def _after_plan(desk: Desk, place: Place, question: Question) -> list[Outbound]:
    """With the commands of a plan approved, its first task can be done."""
    wanted = ask_of(question.told["ask"])
    task = _next_task(desk.work.space(wanted))
    if not task:
        return []
    step = waiting.next_step(Ask(wanted.repository, wanted.feature, "implement", task))
    return ask(desk, place, step, question.id)


def _next_task(space: Workspace) -> str:
    return FeatureState(space).next_task()
