"""Records as plain journal entries and back.

Every function here is the only place that knows both spellings of one noun.
"""

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, cast

from ai_sessions import ids, money, token_kinds
from ai_sessions.records import (
    About,
    Break,
    Change,
    Continuity,
    Cost,
    Entry,
    Interaction,
    Message,
    ModelTotals,
    Note,
    Parent,
    Pin,
    Resume,
    Said,
    Segment,
    Session,
    Status,
    Summary,
    SummaryKind,
    TokensSource,
    Totals,
    Unknown,
    Usage,
)
from ai_sessions.store import facts as conversation
from ai_sessions.store import totals
from ai_sessions.store.masking import encodable, fit_name, storable
from ai_sessions.store.messages import message_of, plain_message, without_words
from ai_sessions.store.redacted import REDACTED, figures

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
#: What else a session is when it begins, and may change afterwards.
_OF_CONVERSATION = (
    *("kind", "interface", "conversation_id", "external_user_id", "external_chat_id"),
    *("title", "token_limit", "expires_in_ms"),
)
_COUNTS = attrgetter(*token_kinds.FIELDS.values())
#: Sums of tokens in the order in which `Usage` takes them.
_SUMMED = itemgetter(
    *(name for name in Usage.__match_args__ if name in token_kinds.FIELDS.values())
)


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
        **({"imported": True} if about.imported else {}),
        **_conversation(about),
    }


def refuse_unsound(name: str, about: About) -> None:
    """Raises `UsageError` for a session that could not be read again."""
    conversation.refuse_unsound(name, _conversation(about).get(conversation.KEY, {}))


def _conversation(about: About) -> Plain:
    told = {key: getattr(about, key) for key in _OF_CONVERSATION}
    facts = {key: storable(value) for key, value in told.items() if value not in ("", None)}
    if about.parent:
        facts["parent"] = plain_parent(about.parent)
    return {conversation.KEY: facts} if facts else {}


def plain_parent(parent: Parent) -> Plain:
    """The session that another one comes from."""
    point = {"seq": parent.seq, "number": parent.number}
    known = {key: value for key, value in point.items() if value is not None}
    return {"name": parent.name, "uid": parent.uid, **known}


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
        message = entry.message if content == "full" else without_words(entry.message)
        said = plain_message(message, at, fit)
        moment = said.pop("at")
        return {"type": "message", "id": entry.id or ids.new(), "ts": moment, **said}
    own = {"id": entry.id or ids.new(), "ts": entry.at or at}
    if isinstance(entry, (Change, Note)):
        return {**own, **_plain_fact(entry, content, fit)}
    return _plain_view(entry, own, content, fit)


def _plain_fact(entry: Change | Note, content: Content, fit: Fit) -> Plain:
    if isinstance(entry, Note):
        left_out = () if content == "full" else entry.words
        body = {key: value for key, value in entry.body.items() if key not in left_out}
        return {"type": "note", "topic": entry.topic, "body": fit(body)}
    given = entry.value
    value = plain_resume(given) if isinstance(given, Resume) else fit(given)
    return {"type": "set", "key": fit_name(entry.key, fit), "value": value}


def _plain_view(entry: Summary | Segment | Pin, own: Plain, content: Content, fit: Fit) -> Plain:
    """What is a view over the log; what it does not have is left out."""
    if isinstance(entry, Segment):
        told: Plain = {"type": "segment", **own, "reason": entry.reason}
        return {**told, "detail": fit(entry.detail)} if entry.detail else told
    if isinstance(entry, Pin):
        text = None if entry.text is None else fit(entry.text)
        told = {"type": "pin", **own, "key": fit_name(entry.key, fit), "text": text}
        more = {"message": entry.message, "reason": fit(entry.reason)}
        return told | {key: value for key, value in more.items() if value}
    return _plain_summary(entry, own, content, fit)


def _plain_summary(entry: Summary, own: Plain, content: Content, fit: Fit) -> Plain:
    full = content == "full"
    told = {
        "type": "summary",
        **own,
        "text": fit(entry.text) if full else "",
        "covers_from": entry.covers_from,
        "covers_to": entry.covers_to,
        "kind": entry.kind,
    }
    more = {
        "model": encodable(entry.model),
        "tokens": entry.tokens,
        "tokens_source": entry.tokens_source,
        "items": [fit(item) for item in entry.items] if full else [],
        "based_on": entry.based_on if entry.based_on >= 0 else None,
        "detail": fit(entry.detail) if full else {},
    }
    return told | {key: value for key, value in more.items() if value or value == 0}


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
    return {**entry, "messages": said, "detail": figures(entry["detail"])}


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
        **_facts_of(checkpoint.get(conversation.KEY) or {}),
        last_seq=checkpoint["journal"]["seq"],
        bad_lines=checkpoint["journal"]["bad_lines"],
        notices=tuple(checkpoint.get("notices", ())),
    )


def _facts_of(facts: Plain) -> Plain:
    """What a conversation has beside what it is."""
    if not facts:
        return {}
    pins = facts.get("pins", {}).items()
    return {
        "description": facts.get("description", ""),
        "state": facts.get("state", {}),
        "pins": {key: _pin_of({**pin, "key": key, "ts": pin.get("at", "")}) for key, pin in pins},
        "links": facts.get("links", {}),
        "open_calls": facts.get("open_calls", {}),
        "windows": facts.get("windows", {}),
        "summary_seq": facts.get("summary_seq", -1),
        "segment_seq": facts.get("segment_seq", -1),
    }


def plain_session(session: Session) -> Plain:
    """A session under the names that its checkpoint has for its facts and sums."""
    about, sums = session.about, session.totals
    by_model = {model: _plain_sums(share) for model, share in sums.by_model.items()}
    counts = {**_plain_sums(sums), **{key: getattr(sums, key) for key in totals.SAID}}
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
        conversation.KEY: _plain_facts(session),
    }


def _plain_facts(session: Session) -> Plain:
    """The facts of a conversation that a session has."""
    pins = {key: _plain_pin(pin) for key, pin in session.pins.items()}
    told = {
        "description": session.description,
        "links": dict(session.links),
        "state": dict(session.state),
        "pins": pins,
    }
    facts: Plain = _conversation(session.about).get(conversation.KEY, {})
    return facts | {key: value for key, value in told.items() if value}


def _plain_pin(pin: Pin) -> Plain:
    told = {"text": pin.text, "message": pin.message, "reason": pin.reason, "at": pin.at}
    return {key: value for key, value in told.items() if value}


def about_of(checkpoint: Plain) -> About:
    """What a session is, as its checkpoint tells it."""
    made = {key: checkpoint[key] for key in _ABOUT}
    return about_of_facts(checkpoint.get(conversation.KEY) or {}, made)


def about_of_facts(facts: Plain, made: Mapping[str, Any] = MappingProxyType({})) -> About:
    """What a conversation is, of the facts that a session has of it. `made`: what else it is."""
    known = {key: facts[key] for key in _OF_CONVERSATION if key in facts}
    parent = facts.get("parent")
    return About(**made, **known, parent=parent_of(parent) if parent else None)


def parent_of(plain: Plain) -> Parent:
    """The session that another one comes from, of `plain_parent`."""
    return Parent(plain["name"], plain["uid"], plain.get("seq"), plain.get("number"))


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
        "messages": [plain_message(item, entry.at or at, fit) for item in said],
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
        "detail": fit(entry.detail) if full else figures(entry.detail),
    }


def _tokens(usage: Usage) -> Plain:
    tokens: Plain = dict(zip(token_kinds.FIELDS, map(int, _COUNTS(usage)), strict=True))
    return {**tokens, "estimated": True} if usage.estimated else tokens


def _shares(entry: Interaction) -> Plain:
    """The tokens of each model, with their cost where the call's is told apart."""
    costs = {model: {"cost_nusd": nusd} for model, nusd in entry.cost_by_model.items()}
    return {
        model: {**_tokens(usage), **costs.get(model, {})} for model, usage in entry.by_model.items()
    }


def _usage(tokens: Plain) -> Usage:
    counts = {name: tokens.get(key, 0) for key, name in token_kinds.FIELDS.items()}
    return Usage(**counts, estimated=bool(tokens.get("estimated")))


def _interaction_of(entry: Plain) -> Interaction:
    return Interaction(
        id=entry["id"],
        at=entry.get("ts", ""),
        provider=entry["provider"],
        model=entry["model"],
        messages=tuple(_messages_of(entry)),
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


def _messages_of(entry: Plain) -> Iterator[Message]:
    seq = entry.get("seq", -1)
    for number, said in enumerate(entry["messages"]):
        if _is_object(said):
            yield message_of(said, f"{seq}.{number}" if seq >= 0 else "")


def _said_of(entry: Plain) -> Said:
    seq = entry.get("seq", -1)
    message = message_of(entry, f"{seq}.0" if seq >= 0 else "", "ts")
    return Said(message, _text(entry, "id"), seq)


def _summary_of(entry: Plain) -> Summary:
    items = entry.get("items")
    tokens = entry.get("tokens")
    based_on = entry.get("based_on")
    return Summary(
        text=_text(entry, "text"),
        covers_to=entry["covers_to"],
        covers_from=_whole(entry.get("covers_from")),
        kind=cast(SummaryKind, _text(entry, "kind") or "extractive"),
        model=_text(entry, "model"),
        tokens=tokens if type(tokens) is int else None,
        tokens_source=cast(TokensSource, _text(entry, "tokens_source")),
        items=tuple(filter(_is_object, items)) if isinstance(items, list) else (),
        based_on=based_on if type(based_on) is int else -1,
        detail=_object(entry.get("detail")) | _redacted(entry),
        **_own(entry),
    )


def _redacted(entry: Plain) -> Plain:
    since = entry.get(REDACTED)
    return {REDACTED: since} if isinstance(since, str) else {}


def _segment_of(entry: Plain) -> Segment:
    return Segment(cast(Break, entry["reason"]), _object(entry.get("detail")), **_own(entry))


def _pin_of(entry: Plain) -> Pin:
    message, reason = _text(entry, "message"), _text(entry, "reason")
    return Pin(entry["key"], entry.get("text"), message, reason, **_own(entry))


def _own(entry: Plain) -> Plain:
    """What every entry without a message has."""
    return {"at": _text(entry, "ts"), "seq": entry.get("seq", -1), "id": _text(entry, "id")}


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
    return ModelTotals(*_shared_sums(sums))


def _shared_sums(sums: Plain) -> tuple[int, Usage, int, int]:
    """What sums of a model and of a session have, in the order of `ModelTotals`."""
    usage = Usage(*_SUMMED(sums))
    return sums["interactions"], usage, sums["cost_nusd"], sums["unknown_costs"]


def _plain_sums(sums: ModelTotals) -> Plain:
    tokens = {name: getattr(sums.usage, name) for name in token_kinds.FIELDS.values()}
    costs = {"unknown_costs": sums.unknown_costs, "cost_nusd": sums.cost_nusd}
    return {"interactions": sums.interactions, **tokens, **costs}


def _totals(sums: Plain) -> Totals:
    return Totals(
        *_shared_sums(sums),
        **{key: sums[key] for key in totals.SAID},
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
    "summary": _summary_of,
    "segment": _segment_of,
    "pin": _pin_of,
    "note": _note_of,
}
