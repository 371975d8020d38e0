"""`/v1/sessions`: the sessions themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ai_sessions import ids
from ai_sessions.api import conditions
from ai_sessions.api.answers import Answer
from ai_sessions.api.problems import Refused
from ai_sessions.api.routes import INDEX, Asked, Query, Route, named
from ai_sessions.api.service import Service
from ai_sessions.dialogue import opening
from ai_sessions.display import briefs
from ai_sessions.errors import Conflict, NotFound, StorageError, UsageError
from ai_sessions.index import pages
from ai_sessions.index.choosing import SORTS, Chosen
from ai_sessions.records import Session, stamp
from ai_sessions.sessions import export

_GROUP = "Sessions"
#: What finds or begins the conversation of an interface.
_OF_CONVERSATIONS = ("interface", "conversation_id", "external_user_id", "external_chat_id")
_OF_ANY = ("token_limit", "expires_in_ms")
#: Interface of a conversation that names none.
_API = "api"

_FILTERS = (
    Query("interface", {"type": "string"}, "Of this interface; empty: of the command line."),
    Query("user", {"type": "string"}, "Of whom the interface calls so (`external_user_id`)."),
    Query("status", {"enum": ["active", "inactive", briefs.EXPIRED]}, "With this status."),
    Query("kind", {"enum": ["work", "chat"]}, "Of a workflow, or not."),
    Query("tag", {"type": "string", "pattern": "^[^,]+$"}, "With this tag."),
    Query("q", {"type": "string", "minLength": 1}, "All these words were said in one message."),
    Query("model", {"type": "string"}, "In which this model was asked."),
    Query("since", {"type": "string", "format": "date-time"}, "Used since this moment (RFC 3339)."),
    Query("sort", {"enum": list(SORTS), "default": "last-used"}, "What comes first."),
)
AFTER = Query("after", {"type": "string"}, "`next` of the page before.")
LIMIT = Query(
    "limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "Most on a page."
)


def session_of(service: Service, asked: Asked) -> Session:
    """The one that the path names, by its id or name. Raises `NotFound`, `StorageError` for one of
    which nothing can be read.
    """
    given = asked.path["id"]
    found = service.core.find_by_id(given)
    if found is None:
        raise NotFound(f"no session {given[:120]!r}", "GET /v1/sessions lists them")
    return readable(found)


def readable(session: Session) -> Session:
    """The session, unless nothing of it can be read: what is written there would be another one.
    Raises `StorageError`.
    """
    if not (session.uid or session.created_at):
        raise StorageError(
            f"session {session.name} is damaged: nothing of it can be read",
            "put its files back from a backup",
        )
    return session


def plain(service: Service, session: Session) -> dict[str, Any]:
    """A session as JSON."""
    facts = briefs.as_of(export.facts(session), stamp(service.now()))
    return {"id": session.uid, **facts}


def version(session: Session) -> str:
    """Its ETag: another one after each change."""
    return f'"{session.uid}.{session.last_seq}"'


def shown(service: Service, session: Session, status: int = 200) -> Answer:
    """The answer that is a session."""
    headers = {"etag": version(session)}
    if status == 201:
        headers["location"] = f"/v1/sessions/{session.uid}"
    return Answer(plain(service, session), status, headers)


def page(found: list[dict[str, Any]], after: str) -> Answer:
    """The answer that is a page. `after`: where the next one begins; empty: it is the last."""
    return Answer({"data": found, "next": after or None, "has_more": bool(after)})


def list_(service: Service, asked: Asked) -> Answer:
    query = asked.query
    chosen = Chosen(
        used_since=_moment(query["since"]) if "since" in query else "",
        sort=query["sort"],
        limit=query["limit"],
        kind=query.get("kind"),
        tags=[query["tag"]] if "tag" in query else (),
        status=query.get("status"),
        now=stamp(service.now()),
        interface=query.get("interface"),
        user=query.get("user"),
        model=query.get("model"),
    )
    found = pages.page(service.index, chosen, query.get("q", ""), query.get("after", ""))
    return page([{"id": row["uid"], **row} for row in found.rows], found.next)


def _moment(text: str) -> str:
    """A moment as records have it. Raises `UsageError`."""
    try:
        moment = datetime.fromisoformat(text)
        return stamp(moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC))
    except (ValueError, OverflowError):
        raise UsageError(
            f"since={text[:80]!r}: no moment", "such as 2026-11-30T00:00:00Z"
        ) from None


def create(service: Service, asked: Asked) -> Answer:
    """A conversation of an interface is found or begun; any other session is new."""
    body = asked.body or {}
    if any(key in body for key in _OF_CONVERSATIONS):
        return _conversation(service, body)
    about = {key: value for key, value in body.items() if key != "name"}
    if not about.get("expires_in_ms"):
        about.pop("expires_in_ms", None)
    made = service.core.create(body.get("name") or f"chat-{ids.new()}", opening.of_values(about))
    return shown(service, made, 201)


def _conversation(service: Service, body: Mapping[str, Any]) -> Answer:
    others = sorted(set(body) - {*_OF_CONVERSATIONS, *_OF_ANY})
    if others:
        raise Refused(
            400,
            "usage",
            f"{others[0]} is not for the conversation of an interface, which may be there already",
            "create it without, then PATCH it, or leave out interface and conversation_id",
        )
    session, is_new = find_or_create(service, body, body.get("interface", _API))
    return shown(service, session, 201 if is_new else 200)


def find_or_create(
    service: Service, given: Mapping[str, Any], interface: str
) -> tuple[Session, bool]:
    """The session of an interface's conversation, and whether this request began it."""
    conversation = given["conversation_id"] if "conversation_id" in given else ids.new()
    uid = ids.new()
    session = service.core.get_or_create_session(
        conversation_id=conversation,
        interface_type=interface,
        external_user_id=given.get("external_user_id", ""),
        external_chat_id=given.get("external_chat_id", ""),
        token_limit=given.get("token_limit"),
        expires_in_ms=given.get("expires_in_ms"),
        uid=uid,
    )
    return session, session.uid == uid


def read(service: Service, asked: Asked) -> Answer:
    session = session_of(service, asked)
    if conditions.is_known(asked, version(session)):
        return Answer(status=304, headers={"etag": version(session)})
    return shown(service, session)


def change(service: Service, asked: Asked) -> Answer:
    session = session_of(service, asked)
    expect = conditions.expected(asked, version(session), session.last_seq)
    try:
        return shown(service, service.core.change(session, asked.body, expect))
    except Conflict:
        raise conditions.changed() if expect is not None else _gone(session) from None


def remove(service: Service, asked: Asked) -> Answer:
    session = session_of(service, asked)
    expect = conditions.expected(asked, version(session), session.last_seq)
    try:
        service.core.remove(session, cascade=asked.query["cascade"], expect=expect)
    except Conflict:
        raise conditions.changed() if expect is not None else _gone(session) from None
    return Answer(status=204)


def _gone(session: Session) -> NotFound:
    return NotFound(f"no session {session.uid}", "it was removed this moment")


CASCADE = Query(
    "cascade", {"type": "boolean", "default": False}, "Remove the forks that share it, too."
)
ROUTES = (
    Route(
        "GET",
        "/v1/sessions",
        "list_sessions",
        "Sessions that fit, page by page.",
        list_,
        query=(*_FILTERS, AFTER, LIMIT),
        answers={200: named("SessionPage")},
        line=INDEX,
        group=_GROUP,
    ),
    Route(
        "POST",
        "/v1/sessions",
        "create_session",
        "Make a session, or find the one of an interface's conversation.",
        create,
        scope="write",
        body=named("NewSession"),
        needs_body=False,
        answers={201: named("Session"), 200: named("Session")},
        group=_GROUP,
    ),
    Route(
        "GET",
        "/v1/sessions/{id}",
        "get_session",
        "One session, with what it cost; its ETag is its version.",
        read,
        answers={200: named("Session"), 304: None},
        group=_GROUP,
    ),
    Route(
        "PATCH",
        "/v1/sessions/{id}",
        "change_session",
        "Change facts of a session, all or none; null takes one away.",
        change,
        scope="write",
        body=named("SessionChange"),
        answers={200: named("Session")},
        failures=(412,),
        group=_GROUP,
    ),
    Route(
        "DELETE",
        "/v1/sessions/{id}",
        "remove_session",
        "Move a session to the trash; not one whose messages a fork shares.",
        remove,
        scope="write",
        query=(CASCADE,),
        answers={204: None},
        failures=(412,),
        group=_GROUP,
    ),
)
