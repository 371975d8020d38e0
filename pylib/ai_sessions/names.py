"""Names of features, sessions and models: what is allowed, and how one is made from any text.

Session names become directory names, so the rule is strict: lower-case ASCII, no path
separators, nothing a shell or a case-insensitive disk could take for something else. `list` asks of
every folder whether it is a session, so the rule needs no imports; they come with other questions.
"""

from __future__ import annotations

from ai_sessions.errors import UsageError

_DIGITS = "0123456789"
_FIRST = f"abcdefghijklmnopqrstuvwxyz{_DIGITS}"
_ALLOWED = f"{_FIRST}._-"
_LONGEST_FEATURE = 64
_LONGEST_SESSION = 100
#: Names that Windows reserves whatever their extension, so a synced store stays readable there.
_DEVICES = frozenset(
    ("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in _DIGITS))
)
_LONGEST_DERIVED = 80
_LONGEST_PROJECT = 32
_HASH_DIGITS = 8
#: What else than a dash is between the words of a model's name.
_BETWEEN_WORDS = str.maketrans("/:@[]", "-----")
#: The command of sessions that were made from an agent's own logs.
IMPORTED = "import"


def is_of_family(model: str, family: str) -> bool:
    """Whether a model's name has that of a family as words of it: `claude-opus-4-1`, and
    `anthropic/claude-opus-4-1[1m]`, are of `opus` and of `claude-opus-4-1`.
    """
    words = model.lower().translate(_BETWEEN_WORDS).rstrip("-")
    return f"-{family.lower().translate(_BETWEEN_WORDS).rstrip('-')}-" in f"-{words}-"


def is_feature(text: str) -> bool:
    """True when `text` may name a feature as it stands."""
    return _is_word(text, _LONGEST_FEATURE) and text[-1] != "." and not _is_trap(text)


def is_session(text: str) -> bool:
    """True when `text` may name a session (and so a directory) as it stands."""
    word, at, project = text.partition("@")
    return (
        _is_word(word, _LONGEST_SESSION)
        and word[-1] != "."
        and (not at or _is_word(project, _LONGEST_PROJECT))
        and not _is_trap(text)
    )


def is_task(text: str) -> bool:
    """True for ids such as `T1.1`, `T1` or `R2.3`."""
    import re

    return bool(re.fullmatch(r"[A-Z][A-Z0-9]*[0-9](?:\.[0-9]+)*", text))


def is_conversation(text: str) -> bool:
    """True for what agents call their conversations. It goes into their command line, where
    nothing may pass for an option.
    """
    import re

    return bool(re.fullmatch(r"[A-Za-z0-9][\w.:-]{0,127}", text, re.ASCII))


def feature(text: str) -> str:
    """`text` itself when it is a valid feature name; otherwise `UsageError` with a suggestion."""
    if is_feature(text):
        return text
    raise UsageError(
        f"not a feature name: {text!r} (lower-case letters, digits, . _ -, at most 64)",
        hint=f"try: init-session.sh {suggestion(text, 'my-feature', _LONGEST_FEATURE)}",
    )


def session(text: str) -> str:
    """`text` itself when it is a valid session name; otherwise `UsageError` with a suggestion."""
    if is_session(text):
        return text
    raise UsageError(
        f"not a session name: {text!r} (lower-case letters, digits, . _ -, at most 100)",
        hint=f"try: {suggestion(text, 'my-session')}",
    )


def fits(name: str, given: str) -> bool:
    """Whether `given` is the beginning of `name`, or `name` as a table shortened it:
    `implement-pay…-v2`.
    """
    start, _, end = given.replace("...", "…").partition("…")
    return bool(start) and name.startswith(start) and name[len(start) :].endswith(end)


def session_name(command: str, feature_name: str) -> str:
    """The session of one command on one feature: `implement-payment-gateway`."""
    return f"{command}-{feature_name}"


def of_conversation(interface: str, conversation_id: str, *, is_marked: bool = False) -> str:
    """What the session of an interface's conversation is called: `telegram-123`.

    `is_marked`: with eight hex digits, for where somebody else has the plain name. Raises
    `UsageError` for what is no name of an interface.
    """
    import re

    if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", str(interface), re.ASCII):
        raise UsageError(
            f"not an interface: {interface!r} (lower-case letters, digits, _, at most 32)",
            "such as api, telegram, discord",
        )
    if not conversation_id:
        raise UsageError(f"{interface}: a conversation without an id")
    if any("\ud800" <= letter <= "\udfff" for letter in conversation_id):
        raise UsageError(f"{interface}: not UTF-8 text: {conversation_id!r:.80}")  # no store has it
    text = f"{interface}-{conversation_id}"
    name = derive(text)
    # numbers behind a dot are those of conversations that are over
    if is_marked or (predecessor_of(name) and name == text):
        mark = _hash(text)
        return f"{name[: _LONGEST_DERIVED - len(mark) - 1].rstrip('-._')}-{mark}"
    return name


def former(name: str, number: int) -> str:
    """What the conversation `name` is called when it is over: `telegram-123.1`."""
    ending = f".{number}"
    return f"{name[: _LONGEST_SESSION - len(ending)].rstrip('-._')}{ending}"


def predecessor_of(name: str) -> tuple[str, int] | None:
    """The conversation that a name of `former` is of, and its number; None for any other name."""
    stem, _, number = name.rpartition(".")
    is_number = stem and number.isascii() and number.isdigit() and number[0] != "0"
    return (stem, int(number)) if is_number else None


def for_project(name: str, project: str) -> tuple[str, str, str]:
    """What the session `name` may be called in one of several projects, the plainest first.

    `implement-auth`, `implement-auth@shop-api`, `implement-auth@shop-api-1a2b3c4d`. `project`: the
    path of its repository, of which the last folder becomes the part after the @.
    """
    base = name.partition("@")[0]
    folder = project_word(project)
    mark = _hash(project)
    short = folder[: _LONGEST_PROJECT - len(mark) - 1].rstrip("-._")
    return base, f"{base}@{folder}", f"{base}@{short}-{mark}"


def project_word(project: str) -> str:
    """The last folder of a repository's path as it may stand behind the @ of a name."""
    folder = project.rstrip("/").rpartition("/")[2]
    return _folded(folder)[:_LONGEST_PROJECT].rstrip("-._") or "project"


def derive(text: str, longest: int = _LONGEST_DERIVED) -> str:
    """A valid name for any text; different texts (after NFC) get different names.

    Folding loses information (`Auth` and `auth`), so whenever anything was lost, eight hex
    digits of the SHA-256 of the original are added.
    """
    import unicodedata

    original = unicodedata.normalize("NFC", text)
    folded = _folded(original)
    if _is_device(folded):
        folded = f"x-{folded}"
    name = folded[:longest].rstrip("-._")
    if name == original and is_session(name):
        return name
    mark = _hash(original)
    stem = name[: longest - _HASH_DIGITS - 1].rstrip("-._")
    return f"{stem}-{mark}" if stem else f"x-{mark}"


def suggestion(text: str, otherwise: str, longest: int = _LONGEST_DERIVED) -> str:
    """The valid name most like `text`, for a person to choose; `otherwise` when nothing is left."""
    import unicodedata

    bare = unicodedata.normalize("NFKD", text)
    marks = "".join(letter for letter in bare if not unicodedata.combining(letter))
    name = _folded(marks)[:longest].rstrip("-._") or otherwise
    return f"x-{name}"[:longest] if _is_device(name) else name


def _folded(text: str) -> str:
    """`text` with nothing left in it that a name may not have; empty when nothing is left."""
    import re

    folded = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")
    return re.sub(r"\.{2,}", ".", folded)


def _hash(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_DIGITS]


def _is_word(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and text[0] in _FIRST and not text.strip(_ALLOWED)


def _is_trap(text: str) -> bool:
    return ".." in text or _is_device(text)


def _is_device(text: str) -> bool:
    return text.partition(".")[0] in _DEVICES
