"""`/api/sessions`: sessions by one path with actions, as clients of other session managers call it.

Nothing is decided here: each call is one of `/v1`, with names as those clients have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ai_sessions import ids
from ai_sessions.api.answers import Answer
from ai_sessions.api.problems import Refused
from ai_sessions.api.routes import Asked, Json, Query, Route, array_of, named, object_of
from ai_sessions.api.service import Service
from ai_sessions.api.v1.sessions import CASCADE, find_or_create, plain, readable
from ai_sessions.api.values import COUNT, EXTERNAL_ID, LIMIT, OBJECT, TEXT, YES_OR_NO
from ai_sessions.conversations import statistics
from ai_sessions.errors import NotFound
from ai_sessions.index import pages
from ai_sessions.index.choosing import Chosen
from ai_sessions.records import Message, Session, stamp
from ai_sessions.sessions import export

_GROUP = "Sessions by action"
_PATH = "/api/sessions"
Plain = dict[str, Any]


# --- GET


def get(service: Service, asked: Asked) -> Answer:
    """Of several parameters the first of stats, id, conversationId counts."""
    query = asked.query
    if query["stats"]:
        return Answer({"stats": _stats(service)})
    if "id" in query:
        return Answer({"session": _shown(service, _session(service, query["id"]))})
    conversation = query.get("conversationId", query.get("conversation_id"))
    if conversation is not None:
        interface = query.get("interfaceType", query.get("interface_type"))
        found = service.core.find_by_conversation(conversation, interface)
        if found is None:
            raise NotFound(f"no session of conversation {conversation[:80]!r}", "create one")
        return Answer({"session": _shown(service, found)})
    chosen = Chosen(status="active", limit=query["limit"], now=stamp(service.now()))
    rows = pages.page(service.index, chosen).rows
    sessions = [_named({"id": row["uid"], **row}) for row in rows]
    return Answer({"sessions": sessions, "count": len(sessions)})


def _session(service: Service, id_: str | int) -> Session:
    found = service.core.find_by_id(str(id_))
    if found is None:
        raise NotFound(f"no session {str(id_)[:80]!r}", f"GET {_PATH} lists those that are active")
    return readable(found)


def _shown(service: Service, session: Session) -> Plain:
    return _named(plain(service, session))


def _named(told: Mapping[str, Any]) -> Plain:
    """A session with the names of its facts that these clients know, beside ours."""
    sums = told["totals"]
    tokens_in = sums["input_tokens"] + max(0, sums["said_input_tokens"] - sums["covered_tokens"])
    tokens_out = sums["output_tokens"] + sums["said_output_tokens"]
    return {
        **told,
        "interface_type": told.get("interface", ""),
        "is_active": told["status"] == "active",
        "message_count": sums["messages"],
        "tool_call_count": sums["tool_calls"],
        "error_count": sums["errors"],
        "input_tokens": tokens_in,
        "output_tokens": tokens_out,
        "total_tokens": tokens_in + tokens_out,
        "last_active_at": told["last_used"],
        "duration_ms": statistics.duration_ms(told["created_at"], told["last_used"]),
    }


def _stats(service: Service) -> Plain:
    found = service.core.overall()
    return {
        "total_sessions": found.total_sessions,
        "active_sessions": found.active_sessions,
        "total_messages": found.total_messages,
        "total_tokens": found.total_tokens,
        "average_session_length": found.average_length,
        "sessions_by_interface": dict(found.sessions_by_interface),
        "cacheSize": found.cache_size,
        "cacheHitRate": found.cache_hit_rate,
    }


# --- POST


def post(service: Service, asked: Asked) -> Answer:
    body = _in_snake_case(asked.body)
    return _ACTIONS[body.pop("action")](service, body, asked.once)


def _in_snake_case(given: Plain) -> Plain:
    """Raises `Refused` for a key that is there in both spellings: which of them counts?"""
    body: Plain = {}
    for key, value in given.items():
        name = _SNAKE.get(key, key)
        if name in body:
            raise Refused(400, "usage", f"{name} is there in both spellings", "give one of them")
        body[name] = value
    return body


def _create(service: Service, body: Plain, _once: str) -> Answer:
    session, is_new = find_or_create(service, body, body["interface_type"])
    return Answer({"session": _shown(service, session)}, 201 if is_new else 200)


def _add_message(service: Service, body: Plain, once: str) -> Answer:
    session = _session(service, body["session_id"])
    if body["role"] == "tool" and "tool_call_id" not in body:
        body = {**body, "tool_call_id": _call_of_result(service, session)}
    message = Message(
        body["role"],
        body["content"],
        metadata=body.get("metadata", {}),
        tool_call_id=body.get("tool_call_id", ""),
    )
    added = service.core.added(session, message, once)
    told = _shown(service, added.session)
    tokens = {key: told[f"{key}_tokens"] for key in ("input", "output", "total")}
    return Answer(
        {
            "message": {**_said(added.message), "metadata": dict(added.message.metadata)},
            "session_id": added.session.uid,
            "tokens": tokens,
            "summarized": added.summary is not None,
        }
    )


def _call_of_result(service: Service, session: Session) -> str:
    """The call of a tool whose result comes: the one that is open, else one that is recorded now;
    these clients have no ids of calls.
    """
    if session.open_calls and not session.is_over(stamp(service.now())):
        return next(iter(session.open_calls))
    id_ = ids.new()
    service.core.record_tool_call(session, call_id=id_)
    return id_


def _said(message: Message) -> Plain:
    told = export.message(message)
    return {"content": told.pop("text"), **told}


def _clear_messages(service: Service, body: Plain, _once: str) -> Answer:
    service.core.clear_messages(_session(service, body["session_id"]))
    return Answer({"ok": True})


def _update_state(service: Service, body: Plain, _once: str) -> Answer:
    changed = service.core.update_state(_session(service, body["session_id"]), body["state"])
    return Answer({"state": dict(changed.state)})


def _deactivate(service: Service, body: Plain, _once: str) -> Answer:
    ended = service.core.deactivate(_session(service, body["session_id"]))
    return Answer({"ok": True, "status": ended.status})


def _cleanup(service: Service, _body: Plain, _once: str) -> Answer:
    expired, inactive = service.core.cleanup_parts()
    return Answer({"expired": len(expired.gone), "inactive": len(inactive.gone)})


def _build_context(service: Service, body: Plain, _once: str) -> Answer:
    session = _session(service, body["session_id"])
    most = {"max_messages": body["max_messages"]} if "max_messages" in body else {}
    told = service.core.build_context(session, **most)
    summaries = [one.text for part in told.parts if part.name == "summary" for one in part.messages]
    return Answer(
        {
            "messages": [_said(one) for one in told.messages],
            "tokens": told.tokens,
            "summaries": summaries,
        }
    )


def _one_of(*names: str) -> Json:
    """A key that has to be there, in one of its spellings."""
    return {"anyOf": [{"required": [name]} for name in names]}


def _needs(action: str, *keys: Json) -> Json:
    return {
        "if": {"properties": {"action": {"const": action}}, "required": ["action"]},
        "then": {"allOf": list(keys)},
    }


_ACTIONS = {
    "create": _create,
    "addMessage": _add_message,
    "clearMessages": _clear_messages,
    "updateState": _update_state,
    "deactivate": _deactivate,
    "cleanup": _cleanup,
    "buildContext": _build_context,
}
_VALUES: dict[str, Json] = {
    "conversation_id": {**EXTERNAL_ID, "minLength": 1},
    "interface_type": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,31}$"},
    "external_user_id": EXTERNAL_ID,
    "external_chat_id": EXTERNAL_ID,
    "token_limit": LIMIT,
    "expires_in_ms": {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
    "session_id": EXTERNAL_ID,
    "role": {"enum": ["user", "assistant", "system", "tool"]},
    "content": TEXT,
    "metadata": OBJECT,
    "tool_call_id": TEXT,
    "state": OBJECT,
    "max_messages": {"type": "integer", "minimum": 1, "maximum": 10_000},
}


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


_SNAKE = {_camel(name): name for name in _VALUES}
_SESSION = _one_of("sessionId", "session_id")
_BODY: Json = {
    **object_of(
        {
            "action": {"enum": list(_ACTIONS)},
            **_VALUES,
            **{camel: _VALUES[name] for camel, name in _SNAKE.items()},
        },
        "action",
    ),
    "allOf": [
        _needs(
            "create",
            _one_of("conversation_id", "conversationId"),
            _one_of("interface_type", "interfaceType"),
        ),
        _needs("addMessage", _SESSION, _one_of("role"), _one_of("content")),
        _needs("updateState", _SESSION, _one_of("state")),
        *(_needs(one, _SESSION) for one in ("clearMessages", "deactivate", "buildContext")),
    ],
}


# --- DELETE


def delete(service: Service, asked: Asked) -> Answer:
    service.core.remove(_session(service, asked.query["id"]), cascade=asked.query["cascade"])
    return Answer({"deleted": True})


_TEXT_ID = {"type": "string", "minLength": 1}
ROUTES = (
    Route(
        "GET",
        _PATH,
        "get_sessions_by_action",
        "Statistics, one session, or those that are active, the one used last first.",
        get,
        query=(
            Query("stats", {"type": "boolean", "default": False}, "Statistics of all sessions."),
            Query("id", _TEXT_ID, "The session of this id or name."),
            Query("conversationId", _TEXT_ID, "The session that this conversation is in."),
            Query("conversation_id", _TEXT_ID, "The same."),
            Query("interfaceType", {"type": "string"}, "Of this interface alone."),
            Query("interface_type", {"type": "string"}, "The same."),
            Query(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
                "Most sessions of the list.",
            ),
        ),
        answers={
            200: {
                "anyOf": [
                    object_of({"stats": OBJECT}, "stats"),
                    object_of({"session": named("Session")}, "session"),
                    object_of(
                        {"sessions": array_of(named("Session")), "count": COUNT},
                        *("sessions", "count"),
                    ),
                ]
            }
        },
        failures=(404,),
        group=_GROUP,
    ),
    Route(
        "POST",
        _PATH,
        "do_session_action",
        "Do what `action` names: " + ", ".join(_ACTIONS) + ".",
        post,
        scope="write",
        body=_BODY,
        body_hint=f"actions: {', '.join(_ACTIONS)}",
        answers={200: OBJECT, 201: object_of({"session": named("Session")}, "session")},
        failures=(404,),
        group=_GROUP,
    ),
    Route(
        "DELETE",
        _PATH,
        "delete_session_by_id",
        "Move a session to the trash; not one whose messages a fork shares.",
        delete,
        scope="write",
        query=(Query("id", _TEXT_ID, "Its id or name.", required=True), CASCADE),
        answers={200: object_of({"deleted": YES_OR_NO}, "deleted")},
        failures=(404,),
        group=_GROUP,
    ),
)
