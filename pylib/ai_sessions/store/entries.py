"""Records as plain journal entries and back.

Every function here is the only place that knows both spellings of one noun.
"""

import dataclasses
from collections.abc import Callable, Collection, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal, cast

from ai_sessions import ids, money, token_kinds
from ai_sessions.records import (
    About,
    Change,
    Continuity,
    Cost,
    Entry,
    Interaction,
    Message,
    ModelTotals,
    Note,
    Resume,
    Role,
    Said,
    Session,
    Status,
    Totals,
    Unknown,
    Usage,
)
from ai_sessions.store import totals
from ai_sessions.store.masking import encodable, storable

if TYPE_CHECKING:
    from ai_sessions.imports.contract import Past

Plain = dict[str, Any]
#: Format of the entries written here; readers keep those with a higher `v`.
VERSION = 2
#: `none`: tokens and cost are kept, what was said is not.
Content = Literal["full", "none"]
Fit = Callable[[Any], Any]
_CUT = "\n[… {} characters cut: more than a line of the journal may hold …]\n"
_ABOUT = ("command", "feature", "project", "git_folder", "root_commit")
#: What stays of a redacted entry beside its numbers.
_KEPT = (
    *("v", "type", "seq", "id", "ts", "purpose", "task", "provider", "model", "tokens", "cost"),
    *("cost_nusd", "cost_source", "status", "duration_ms", "continuity", "resume"),
    *("client_version", "branch", "commit", "by_model"),
)
_OF_MESSAGE = ("role", "at", "name")
_OF_NOTE = ("event", "task", "purpose", "interaction")
_COUNTS = attrgetter(*token_kinds.FIELDS.values())


def first_entry(about: About, at: str) -> Plain:
    """The first line of a journal."""
    known = {"git_folder": encodable(about.git_folder), "root_commit": about.root_commit}
    return {
        "type": "session",
        "uid": about.uid or ids.new(),
        "ts": at,
        "store": totals.SCHEMA,
        "command": about.command,
        "feature": about.feature,
        "project": encodable(about.project),
        "created_at": at,
        **{key: value for key, value in known.items() if value},
    }


def plain_of(
    entry: Entry | Plain, at: str, content: Content = "full", fit: Fit = storable
) -> Plain:
    """`entry` as it goes into a journal, with an id, without `seq`.

    `at`: for one that has no time. `fit`: makes a value fit for JSON. An entry that is given in
    this form is taken as it is.
    """
    if isinstance(entry, dict):
        return entry if entry.get("id") else {**entry, "id": ids.new()}
    if isinstance(entry, Unknown):
        told = fit(entry.plain)
        return {**told, "type": entry.kind, "id": entry.id or told.get("id") or ids.new()}
    if isinstance(entry, Interaction):
        return _interaction(entry, at, content, fit)
    if isinstance(entry, Said):
        said = _message(entry.message, at, fit)
        moment = said.pop("at")
        if content == "none":
            said["text"] = ""
        return {"type": "message", "id": entry.id or ids.new(), "ts": moment, **said}
    own = {"id": entry.id or ids.new(), "ts": entry.at or at}
    if isinstance(entry, Change):
        given = entry.value
        value = plain_resume(given) if isinstance(given, Resume) else fit(given)
        return {"type": "set", **own, "key": entry.key, "value": value}
    return {"type": "note", **own, "topic": entry.topic, "body": fit(entry.body)}


def past_call(call: "Past", cost: Cost) -> Plain:
    """A call that an agent made without us as it goes into a journal: an interaction whose words
    stay elsewhere. Written out, because an import has 100,000 of them.
    """
    return {
        "v": VERSION,
        "type": "interaction",
        "seq": -1,
        "id": call.id,
        "ts": call.at,
        "purpose": "imported",
        "task": "",
        "provider": call.provider,
        "model": call.model,
        "messages": [],
        "tokens": _tokens(call.usage),
        "cost": None if cost.nusd is None else money.number(cost.nusd),
        "cost_nusd": cost.nusd,
        "cost_source": "unknown" if cost.nusd is None else cost.source,
        # the rest of a call that is on record counts no second one
        "status": "ok" if call.before is None else totals.CARRIED,
        "duration_ms": 0,
        "continuity": "new",
        "resume": _resume_of_past(call) if call.session else None,
        "client_version": call.version,
        "branch": encodable(call.branch),
        "commit": "",
        "by_model": {},
        "detail": {} if call.before is None else {"interactions": 0},
    }


def _resume_of_past(call: "Past") -> Plain:
    cwd = encodable(call.folder)
    return {"id": call.session, "model": call.model, "cwd": cwd, "carry": {}}


def shortened(entry: Plain, most: int) -> Plain:
    """`entry` with long texts cut in the middle, so that all of them have `most` characters.

    What it cost and used stays. Raises `ValueError` for an entry of another kind.
    """
    if entry["type"] == "message":
        return {**entry, "text": _cut(entry["text"], most)}
    if entry["type"] != "interaction":
        raise ValueError(f"a {entry['type']} that is too long to keep")
    each = most // max(1, len(entry["messages"]))
    said = [{**one, "text": _cut(one["text"], each)} for one in entry["messages"]]
    return {**entry, "messages": said, "detail": _figures(entry["detail"])}


def has_words(entry: Plain) -> bool:
    """Whether somebody said something in it; the session's own facts are no words."""
    return entry["type"] not in ("session", "set")


def redacted(entry: Plain, at: str) -> Plain:
    """`entry` without what was said in it, and with `redacted`: since when.

    What it cost and used stays, and so do its times, its ids and its task. One that is redacted
    already keeps the time of that. Of fields that a later version put in only numbers stay.
    """
    since = entry["redacted"] if isinstance(entry.get("redacted"), str) else at
    said = {"text": f"[redacted {since}]"}
    kept = _figures(entry) | {key: entry[key] for key in _KEPT if key in entry}
    if entry["type"] == "interaction":
        messages = [_facts(one, _OF_MESSAGE) | said for one in entry["messages"]]
        kept |= {"messages": messages, "detail": _figures(_object(entry.get("detail")))}
    elif entry["type"] == "message":
        kept |= _facts(entry, _OF_MESSAGE) | said
    elif entry["type"] == "note":
        body = _object(entry.get("body"))
        kept |= {"topic": _text(entry, "topic"), "body": _figures(body) | _facts(body, _OF_NOTE)}
    return {**kept, "redacted": since}


def _facts(part: Any, keys: Collection[str]) -> Plain:
    """Those of its texts that programs made."""
    found = _object(part)
    return {key: found[key] for key in keys if isinstance(found.get(key), str)}


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return text[:half] + _CUT.format(f"{len(text) - 2 * half:,}") + text[len(text) - half :]


def numbered(entry: Plain, seq: int) -> Plain:
    """`entry` ready to be encoded at its place in the journal."""
    if "v" in entry:  # there is room for it
        return {**entry, "seq": seq}
    return {"v": VERSION, "type": entry["type"], "seq": seq, **entry}


def record_of(entry: Plain) -> Entry | None:
    """The record of an entry; None for the first line of a session."""
    if entry["type"] == "session":
        return None
    maker = _MAKERS.get(entry["type"])
    if maker:
        return maker(entry)
    return Unknown(entry["type"], entry, _text(entry, "id"), entry.get("seq", -1))


def session_of(checkpoint: Plain) -> Session:
    """A session as its checkpoint tells it."""
    return Session(
        name=checkpoint["name"],
        uid=checkpoint["uid"],
        about=about_of(checkpoint),
        created_at=checkpoint["created_at"],
        last_used=checkpoint["last_used"],
        status=checkpoint["status"],
        totals=_totals(checkpoint["totals"]),
        resume={key: _resume_of(value) for key, value in checkpoint["resume"].items()},
        tags=tuple(map(str, checkpoint["tags"])),
        pinned=bool(checkpoint.get("pinned")),
        calling=checkpoint.get("calling") or {},
        bad_lines=checkpoint["journal"]["bad_lines"],
        notices=tuple(checkpoint.get("notices", ())),
    )


def plain_session(session: Session) -> Plain:
    """A session under the names that its checkpoint has for its facts and sums."""
    about, sums = session.about, session.totals
    by_model = {model: _plain_sums(share) for model, share in sums.by_model.items()}
    counts = {**_plain_sums(sums), "messages": sums.messages, "errors": sums.errors}
    return {
        "name": session.name,
        "uid": session.uid,
        "command": about.command,
        "feature": about.feature,
        "project": about.project,
        "created_at": session.created_at,
        "last_used": session.last_used,
        "status": session.status,
        "tags": list(session.tags),
        "pinned": session.pinned,
        "resume": {name: plain_resume(value) for name, value in session.resume.items()},
        "totals": {**counts, "by_model": by_model},
        "notices": list(session.notices),
    }


def about_of(checkpoint: Plain) -> About:
    """What a session is, as its checkpoint tells it."""
    return About(**{key: checkpoint[key] for key in _ABOUT})


def owner_of(about: About) -> Change:
    """The change that makes a session one of this repository."""
    told = {"project": about.project, "git_folder": about.git_folder}
    return Change(totals.OWNER, {**told, "root_commit": about.root_commit})


def plain_resume(value: Resume) -> Plain:
    """Not masked: a masked conversation id would not continue anything."""
    return {
        "id": value.id,
        "model": value.model,
        "cwd": encodable(value.cwd),
        "carry": storable(value.carry),
    }


def _interaction(entry: Interaction, at: str, content: Content, fit: Fit) -> Plain:
    nusd = entry.cost.nusd
    full = content == "full"
    said = entry.messages if full else ()
    return {
        "type": "interaction",
        "id": entry.id,
        "ts": entry.at or at,
        "purpose": entry.purpose,
        "task": entry.task,
        "provider": entry.provider,
        "model": entry.model,
        "messages": [_message(item, entry.at or at, fit) for item in said],
        "tokens": _tokens(entry.usage),
        "cost": None if nusd is None else money.number(nusd),
        "cost_nusd": nusd,
        "cost_source": "unknown" if nusd is None else entry.cost.source,
        "status": entry.status,
        "duration_ms": entry.duration_ms,
        "continuity": entry.continuity,
        "resume": plain_resume(entry.resume) if entry.resume else None,
        "client_version": entry.client_version,
        "branch": encodable(entry.branch),
        "commit": entry.commit,
        "by_model": _shares(entry),
        "detail": fit(entry.detail) if full else _figures(entry.detail),
    }


def _message(message: Message, at: str, fit: Fit) -> Plain:
    said: Plain = {
        "role": message.role,
        "text": fit(message.text),
        "at": message.at or at,
    }
    return {**said, "name": encodable(message.name)} if message.name else said


def _tokens(usage: Usage) -> Plain:
    tokens: Plain = dict(zip(token_kinds.FIELDS, map(int, _COUNTS(usage)), strict=True))
    return {**tokens, "estimated": True} if usage.estimated else tokens


def _shares(entry: Interaction) -> Plain:
    """The tokens of each model, with their cost where the call's is told apart."""
    costs = {model: {"cost_nusd": nusd} for model, nusd in entry.cost_by_model.items()}
    return {
        model: {**_tokens(usage), **costs.get(model, {})} for model, usage in entry.by_model.items()
    }


def _figures(detail: Mapping[str, Any]) -> Plain:
    """Only what cannot quote anybody: numbers and yes or no."""
    return {key: value for key, value in detail.items() if isinstance(value, (bool, int))}


def _usage(tokens: Plain) -> Usage:
    counts = {name: tokens.get(key, 0) for key, name in token_kinds.FIELDS.items()}
    return Usage(**counts, estimated=bool(tokens.get("estimated")))


def _interaction_of(entry: Plain) -> Interaction:
    return Interaction(
        id=entry["id"],
        at=entry.get("ts", ""),
        provider=entry["provider"],
        model=entry["model"],
        messages=tuple(map(_message_of, filter(_is_object, entry["messages"]))),
        usage=_usage(entry["tokens"]),
        cost=Cost(entry["cost_nusd"], str(entry.get("cost_source", "unknown"))),
        status=cast(Status, entry["status"]),
        duration_ms=_whole(entry.get("duration_ms")),
        purpose=_text(entry, "purpose"),
        task=_text(entry, "task"),
        continuity=cast(Continuity, _text(entry, "continuity") or "new"),
        resume=_resume_of(entry["resume"]) if entry.get("resume") else None,
        client_version=_text(entry, "client_version"),
        branch=_text(entry, "branch"),
        commit=_text(entry, "commit"),
        by_model={name: _usage(tokens) for name, tokens in (entry.get("by_model") or {}).items()},
        cost_by_model=totals.costs_of_models(entry),
        detail=_object(entry.get("detail")),
        seq=entry.get("seq", -1),
    )


def _message_of(said: Plain) -> Message:
    role = cast(Role, _text(said, "role") or "user")
    return Message(role, _text(said, "text"), _text(said, "at"), _text(said, "name"))


def _said_of(entry: Plain) -> Said:
    message = _message_of({**entry, "at": _text(entry, "ts")})
    return Said(message, _text(entry, "id"), entry.get("seq", -1))


def _change_of(entry: Plain) -> Change:
    at, id_ = _text(entry, "ts"), _text(entry, "id")
    return Change(entry["key"], entry.get("value"), at, entry.get("seq", -1), id_)


def _note_of(entry: Plain) -> Note:
    body, id_ = _object(entry.get("body")), _text(entry, "id")
    return Note(_text(entry, "topic"), body, _text(entry, "ts"), entry.get("seq", -1), id_)


def _resume_of(value: Plain) -> Resume:
    carry = _object(value.get("carry"))
    return Resume(_text(value, "id"), _text(value, "model"), _text(value, "cwd"), carry)


def _model_totals(sums: Plain) -> ModelTotals:
    usage = Usage(**{name: sums[name] for name in token_kinds.FIELDS.values()})
    return ModelTotals(sums["interactions"], usage, sums["cost_nusd"], sums["unknown_costs"])


def _plain_sums(sums: ModelTotals) -> Plain:
    tokens = {name: getattr(sums.usage, name) for name in token_kinds.FIELDS.values()}
    costs = {"unknown_costs": sums.unknown_costs, "cost_nusd": sums.cost_nusd}
    return {"interactions": sums.interactions, **tokens, **costs}


def _totals(sums: Plain) -> Totals:
    shared = _model_totals(sums)
    return Totals(
        **{field.name: getattr(shared, field.name) for field in dataclasses.fields(shared)},
        errors=sums["errors"],
        messages=sums["messages"],
        by_model={model: _model_totals(share) for model, share in sums["by_model"].items()},
    )


def _text(entry: Plain, key: str) -> str:
    value = entry.get(key, "")
    return value if isinstance(value, str) else ""


def _whole(value: Any) -> int:
    return value if type(value) is int else 0


def _object(value: Any) -> Plain:
    return value if isinstance(value, dict) else {}


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


_MAKERS: dict[str, Callable[[Plain], Entry]] = {
    "interaction": _interaction_of,
    "message": _said_of,
    "set": _change_of,
    "note": _note_of,
}
