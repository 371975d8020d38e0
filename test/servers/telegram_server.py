"""Telegram's Bot API for tests, on loopback: one bot, the chats it is in, and every call on record.

It behaves as core.telegram.org/bots/api says and as its server does (tdlib/telegram-bot-api):
updates stay until an offset confirms them, a second poll ends the first, texts are counted in
UTF-16 units after their entities are parsed, and errors have the words by which clients know them.
"""

import contextlib
import email.parser
import email.policy
import http.client
import json
import re
import threading
import urllib.parse
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import telegram_html

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
BOT = {
    "id": 110201543,
    "is_bot": True,
    "first_name": "Ann's bot",
    "username": "ann_test_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}
ANN = {"id": 7, "is_bot": False, "first_name": "Ann", "last_name": "Lee", "username": "annlee"}
BOB = {"id": 8, "is_bot": False, "first_name": "Bob"}
DM = {"id": 7, "type": "private", "first_name": "Ann", "last_name": "Lee"}
GROUP = {"id": -200, "type": "group", "title": "Team"}
FORUM = {"id": -1003000, "type": "supergroup", "title": "Work", "is_forum": True}
#: 2026-11-28T10:00:00Z
DATE = 1795860000
_TEXT, _FILE_BYTES = 4096, 20 << 20
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
Params = dict[str, Any]


class Refused(Exception):
    """An error as the API answers it."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.body = {"ok": False, "error_code": status, "description": description}
        if parameters:
            self.body["parameters"] = parameters
        self.status = status


def bad(description: str) -> Refused:
    return Refused(400, f"Bad Request: {description}")


@dataclass(frozen=True)
class Call:
    """A call as it came. `files`: name of a parameter -> file name and bytes."""

    method: str
    params: Params
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)


@dataclass
class Shown:
    """A message of the bot as people see it."""

    chat: int
    id: int
    text: str
    entities: list[telegram_html.Entity] = field(default_factory=list)
    buttons: list[list[dict[str, str]]] = field(default_factory=list)
    thread: int | None = None
    reply_to: int | None = None
    is_quiet: bool = False
    file: tuple[str, bytes] | None = None
    edits: int = 0


class Telegram:
    """Use as a context manager; `url` is its address, as `TELEGRAM_API_URL` has it."""

    def __init__(self, token: str = TOKEN, port: int = 0, **bot: Any) -> None:
        self.token, self.bot = token, {**BOT, **bot}
        self.calls: list[Call] = []
        self.said: list[Params] = []
        """What people have said."""
        self.shown: dict[tuple[int, int], Shown] = {}
        self.drafts: list[Params] = []
        self.files: dict[str, bytes] = {}
        self.commands: list[dict[str, str]] = []
        self.chats: dict[int, Params] = {one["id"]: one for one in (DM, GROUP, FORUM)}
        self.threads = {(FORUM["id"], 5), (FORUM["id"], 6)}
        self.blocked: set[int] = set()
        self.webhook: Params = {}
        self.queries: set[str] = set()
        self._fails: dict[str, list[Refused | bytes]] = defaultdict(list)
        self._moved: dict[int, int] = {}
        self._updates: list[Params] = []
        self._last, self._message = 1000, 0
        self.polls, self._idle_poll = 0, 0
        """How many there were, and which of them waits for updates."""
        self._is_ending = False
        self._more = threading.Condition()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._http.daemon_threads, self._http.block_on_close = True, False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> "Telegram":
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        with self._more:
            self._is_ending = True
            self._more.notify_all()
        self._http.shutdown()
        self._http.server_close()

    # --- what people do

    def put(self, **update: Any) -> int:
        """An update as it stands, whatever is in it; its id."""
        with self._more:
            self._last += 1
            made = {"update_id": self._last, **update}
            self._updates.append(made)
            self._more.notify_all()
        return made["update_id"]  # type: ignore[no-any-return]

    def say(self, text: str | None, chat: Params = DM, sender: Params = ANN, **more: Any) -> int:
        """Somebody's message; commands and mentions get their entities. Id of the update."""
        made = self.message(text, chat, sender, **more)
        self.said.append(made)
        return self.put(message=made)

    def message(
        self, text: str | None, chat: Params = DM, sender: Params = ANN, **more: Any
    ) -> Params:
        """One as an update has it."""
        made = {"message_id": self._next(), "date": DATE, "chat": chat, "from": sender, **more}
        name = "caption" if text is not None and set(more) & _MEDIA else "text"
        if text is not None:
            made[name] = text
            entities = _entities(text)
            if entities and f"{name}_entities" not in more and "entities" not in more:
                made["entities" if name == "text" else "caption_entities"] = entities
        if "message_thread_id" in more and "is_topic_message" not in more:
            made["is_topic_message"] = True
        return made

    def press(self, shown: Shown, data: str, sender: Params = ANN) -> int:
        """A button under a message of the bot."""
        query = f"q{self._next()}"
        self.queries.add(query)
        message = self._told(shown)
        return self.put(
            callback_query={
                "id": query,
                "from": sender,
                "message": message,
                "chat_instance": "1",
                "data": data,
            }
        )

    def delete(self, shown: Shown) -> None:
        """A message of the bot is gone."""
        del self.shown[shown.chat, shown.id]

    def migrate(self, chat: Params = GROUP, to: int = -1002000) -> Params:
        """The group becomes a supergroup: both sides say so, and the old id is refused."""
        made = {**chat, "id": to, "type": "supergroup"}
        self._moved[chat["id"]] = to
        self.chats[to] = made
        del self.chats[chat["id"]]
        self.say(None, chat, migrate_to_chat_id=to)
        self.say(None, made, migrate_from_chat_id=chat["id"])
        return made

    # --- what the tests look at

    def texts(self, chat: int | None = None) -> list[str]:
        """What people see of the bot, in the order in which it was sent."""
        return [one.text for one in self.messages(chat)]

    def messages(self, chat: int | None = None) -> list[Shown]:
        return [one for one in self.shown.values() if chat in (None, one.chat)]

    def called(self, method: str) -> list[Params]:
        """The parameters of each call of a method."""
        return [one.params for one in self.calls if one.method == method]

    @property
    def waiting(self) -> list[int]:
        """Ids of updates that nobody has confirmed."""
        with self._more:
            return [one["update_id"] for one in self._updates]

    def idle(self, after: int = 0) -> bool:
        """Wait until a poll later than this one has confirmed all there is, and waits for more."""
        with self._more:
            return self._more.wait_for(
                lambda: self._is_ending or (self._idle_poll > after and not self._updates), 60
            )

    def until(self, method: str, times: int = 1) -> bool:
        """Wait until a method was called so often."""
        with self._more:
            return self._more.wait_for(lambda: len(self.called(method)) >= times, 60)

    def seen(self, words: str, seconds: float = 20) -> Shown:
        """Wait until people see these words in a message of the bot; the last that has them."""
        found: list[Shown] = []

        def look() -> bool:
            found[:] = [one for one in self.shown.values() if words in one.text]
            return bool(found)

        with self._more:
            if not self._more.wait_for(look, seconds):
                raise TimeoutError(f"nobody sees {words!r} but {self.texts()}")
        return found[-1]

    def fail(self, method: str, status: int, description: str, **parameters: int) -> None:
        """The next call of this method is refused so."""
        self._fails[method].append(Refused(status, description, **parameters))

    def flood(self, method: str, seconds: int) -> None:
        self.fail(method, 429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)

    def drop(self, method: str) -> None:
        """The connection of the next call of this method ends without an answer."""
        self._fails[method].append(b"")

    def garble(self, method: str, answer: bytes) -> None:
        """The next call of this method is answered with this, and status 200."""
        self._fails[method].append(answer)

    def deliver(self, address: str, secret: str | None = None) -> list[int]:
        """Send what waits to a webhook, as far as it is taken; the statuses of its answers.

        `address`: where the public address leads to. `secret`: None: the one that was set.
        """
        sent = secret if secret is not None else self.webhook.get("secret_token", "")
        statuses = []
        for update in list(self._updates):
            status = post(address, json.dumps(update).encode(), sent)
            statuses.append(status)
            if status != 200:
                break
            with self._more:
                self._updates.remove(update)
        return statuses

    # --- the API

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                with contextlib.suppress(OSError):
                    server._serve(self)

            do_GET = do_POST  # noqa: N815

            def log_message(self, *_words: Any) -> None:
                pass

        return Handler

    def _serve(self, request: BaseHTTPRequestHandler) -> None:
        data = request.rfile.read(int(request.headers.get("content-length") or 0))
        path = urllib.parse.unquote(request.path)
        if path.startswith(f"/file/bot{self.token}/"):
            self._download(request, path.removeprefix(f"/file/bot{self.token}/"))
            return
        found = re.fullmatch(r"/bot([^/]*)/(\w+)", path)
        try:
            if not found or ":" not in found[1]:
                raise Refused(404, "Not Found")
            if found[1] != self.token:
                raise Refused(401, "Unauthorized")
            params, files = _params(request.headers.get("content-type", ""), data)
            result = self._call(found[2], params, files)
        except Refused as refused:
            _send(request, refused.status, json.dumps(refused.body).encode())
        except _Garbled as garbled:
            request.close_connection = True
            if garbled.args[0]:
                _send(request, 200, garbled.args[0])
        else:
            _send(request, 200, json.dumps({"ok": True, "result": result}).encode())

    def _call(self, method: str, params: Params, files: dict[str, tuple[str, bytes]]) -> Any:
        with self._more:
            self.calls.append(Call(method, params, files))
            if waiting := self._fails[method]:
                failure = waiting.pop(0)
                raise failure if isinstance(failure, Refused) else _Garbled(failure)
        run = getattr(self, f"_on_{method}", None)
        if run is None:
            raise Refused(404, "Not Found: method not found")
        result = run(params, files) if files else run(params)
        with self._more:
            self._more.notify_all()
        return result

    def _download(self, request: BaseHTTPRequestHandler, path: str) -> None:
        data = self.files.get(path.removeprefix("documents/"))
        _send(request, 404 if data is None else 200, data or b"", "application/octet-stream")

    def _on_getMe(self, _params: Params) -> Params:  # noqa: N802
        return self.bot

    def _on_getUpdates(self, params: Params) -> list[Params]:  # noqa: N802
        if self.webhook.get("url"):
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook "
                "to delete the webhook first",
            )
        with self._more:
            self.polls += 1
            mine = self.polls
            self._more.notify_all()
            if "offset" in params:
                at = int(params["offset"])
                self._updates = [one for one in self._updates if one["update_id"] >= at]
            if not self._updates:
                self._idle_poll = mine
                self._more.notify_all()
            self._more.wait_for(
                lambda: self._updates or self._is_ending or self.polls != mine,
                float(params.get("timeout", 0)),
            )
            if self.polls != mine:
                raise Refused(
                    409,
                    "Conflict: terminated by other getUpdates request; make sure that only one bot "
                    "instance is running",
                )
            return self._updates[: int(params.get("limit", 100))]

    def _on_setWebhook(self, params: Params) -> bool:  # noqa: N802
        if params["url"] and not params["url"].startswith("https://"):
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = params
        return True

    def _on_deleteWebhook(self, _params: Params) -> bool:  # noqa: N802
        self.webhook = {}
        return True

    def _on_getWebhookInfo(self, _params: Params) -> Params:  # noqa: N802
        return {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }

    def _on_setMyCommands(self, params: Params) -> bool:  # noqa: N802
        for one in params["commands"]:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", one["command"]):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(one["description"]) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands = params["commands"]
        return True

    def _on_sendMessage(self, params: Params) -> Params:  # noqa: N802
        chat = self._chat(params)
        text, entities = _text(params, "text")
        made = Shown(
            chat,
            self._next(),
            text,
            entities,
            _buttons(params),
            self._thread(chat, params),
            self._reply(chat, params),
            bool(params.get("disable_notification")),
        )
        self.shown[chat, made.id] = made
        return self._told(made)

    def _on_editMessageText(self, params: Params) -> Params:  # noqa: N802
        chat = self._chat(params)
        shown = self.shown.get((chat, int(params["message_id"])))
        if not shown:
            raise bad("message to edit not found")
        text, entities = _text(params, "text")
        buttons = _buttons(params)
        if (text, entities, buttons) == (shown.text, shown.entities, shown.buttons):
            raise bad(_NOT_MODIFIED)
        shown.text, shown.entities, shown.buttons = text, entities, buttons
        shown.edits += 1
        return self._told(shown)

    def _on_sendMessageDraft(self, params: Params) -> bool:  # noqa: N802
        chat = self._chat(params)
        if self.chats[chat]["type"] != "private":
            raise bad("TEXTDRAFT_PEER_INVALID")
        if not int(params["draft_id"]):
            raise bad("TEXTDRAFT_ID_INVALID")
        text, entities = _text(params, "text")
        self.drafts.append({**params, "text": text, "entities": entities})
        return True

    def _on_sendChatAction(self, params: Params) -> bool:  # noqa: N802
        self._thread(self._chat(params), params)
        return True

    def _on_answerCallbackQuery(self, params: Params) -> bool:  # noqa: N802
        if params["callback_query_id"] not in self.queries:
            raise bad(_TOO_OLD)
        if len(params.get("text", "")) > 200:
            raise bad("MESSAGE_TOO_LONG")
        self.queries.remove(params["callback_query_id"])
        return True

    def _on_sendDocument(  # noqa: N802
        self, params: Params, files: dict[str, tuple[str, bytes]]
    ) -> Params:
        chat = self._chat(params)
        caption, entities = _text(params, "caption", most=1024) if "caption" in params else ("", [])
        (sent,) = files.values()
        made = Shown(
            chat, self._next(), caption, entities, thread=self._thread(chat, params), file=sent
        )
        self.shown[chat, made.id] = made
        return self._told(made)

    def _on_getFile(self, params: Params) -> Params:  # noqa: N802
        id_ = params["file_id"]
        if id_ not in self.files:
            raise bad("wrong file_id or the file is temporarily unavailable")
        size = len(self.files[id_])
        if size > _FILE_BYTES:
            raise bad("file is too big")
        path = f"documents/{id_}"
        return {"file_id": id_, "file_unique_id": id_, "file_size": size, "file_path": path}

    # --- parts of these

    def _next(self) -> int:
        with self._more:
            self._message += 1
            return self._message

    def _chat(self, params: Params) -> int:
        chat = int(params["chat_id"])
        if chat in self._moved:
            raise Refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self._moved[chat],
            )
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if chat not in self.chats:
            raise bad("chat not found")
        return chat

    def _thread(self, chat: int, params: Params) -> int | None:
        if "message_thread_id" not in params:
            return None
        thread = int(params["message_thread_id"])
        if (chat, thread) not in self.threads:
            raise bad("message thread not found")
        return thread

    def _reply(self, chat: int, params: Params) -> int | None:
        reply = params.get("reply_parameters")
        if not reply:
            return None
        if not reply.get("allow_sending_without_reply") and (chat, reply["message_id"]) not in (
            self.shown
        ):
            raise bad("message to be replied not found")
        return int(reply["message_id"])

    def _told(self, shown: Shown) -> Params:
        made = {
            "message_id": shown.id,
            "date": DATE,
            "chat": self.chats[shown.chat],
            "from": self.bot,
            "text": shown.text,
        }
        if shown.thread:
            made |= {"message_thread_id": shown.thread, "is_topic_message": True}
        return made


class _Garbled(Exception):
    """The bytes that are answered in place of an answer; none: the connection just ends."""


_MEDIA = {"document", "photo", "voice", "audio", "video"}
_ENTITY = re.compile(r"(?<!\S)(/[A-Za-z0-9_]+(?:@\w+)?)|(?<!\w)(@\w{4,32})")


def post(address: str, data: bytes, secret: str = "") -> int:
    """What Telegram sends to a webhook; the status of the answer."""
    at = urllib.parse.urlsplit(address)
    headers = {"content-type": "application/json"}
    if secret:
        headers["X-Telegram-Bot-Api-Secret-Token"] = secret
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=10)
    try:
        connection.request("POST", at.path, data, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _entities(text: str) -> list[Params]:
    made = []
    for found in _ENTITY.finditer(text):
        kind = "bot_command" if found[1] else "mention"
        offset = telegram_html.units(text[: found.start()])
        made.append({"type": kind, "offset": offset, "length": telegram_html.units(found[0])})
    return made


def _text(params: Params, name: str, most: int = _TEXT) -> tuple[str, list[telegram_html.Entity]]:
    """What people see, and how."""
    text, entities = str(params.get(name, "")), []
    mode = params.get("parse_mode")
    if len(text.encode("utf-8", "surrogatepass")) > 1 << 15:
        raise bad("text is too long")
    if mode == "HTML":
        try:
            text, entities = telegram_html.parse(text)
        except telegram_html.CannotParse as error:
            raise bad(f"can't parse entities: {error}") from error
    elif mode:
        raise bad(f"unsupported parse_mode {mode}")
    text = text.replace("\x00", " ")
    if not text.strip():
        raise bad("message text is empty")
    if telegram_html.units(text) > most:
        raise bad("message is too long" if name == "text" else "message caption is too long")
    return text, entities


def _buttons(params: Params) -> list[list[dict[str, str]]]:
    rows = (params.get("reply_markup") or {}).get("inline_keyboard", [])
    for one in (one for row in rows for one in row):
        if not 1 <= len(one["callback_data"].encode()) <= 64:
            raise bad("BUTTON_DATA_INVALID")
    return rows  # type: ignore[no-any-return]


def _params(kind: str, data: bytes) -> tuple[Params, dict[str, tuple[str, bytes]]]:
    """Parameters of a form, with what is JSON in them read."""
    if not kind.startswith("multipart/"):
        found = urllib.parse.parse_qsl(data.decode(), keep_blank_values=True)
        return {name: _value(name, value) for name, value in found}, {}
    head = f"content-type: {kind}\r\n\r\n".encode()
    parts = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + data)
    params, files = {}, {}
    for part in parts.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        body = part.get_payload(decode=True) or b""
        if filename := part.get_filename():
            files[name] = filename, body
        else:
            params[name] = _value(name, body.decode())
    return params, files


def _value(name: str, value: str) -> Any:
    if name in {"text", "caption", "file_id", "callback_query_id", "url", "secret_token"}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _send(
    request: BaseHTTPRequestHandler, status: int, body: bytes, kind: str = "application/json"
) -> None:
    request.send_response(status)
    request.send_header("content-type", kind)
    request.send_header("content-length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)
