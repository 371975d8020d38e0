"""The file protocol: how a model that cannot edit files hands over whole ones.

Nothing is written here. The answer is one JSON object, `{"files": [{"path": "", "content": ""}]}`,
bare, in a fenced block or among words. It is taken whole or not at all: one file outside the task
refuses all.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ai_sessions.dialogue.answers import json_objects
from ai_sessions.errors import GateRefused, ProviderError
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan import paths
from ai_sessions.records import Json

_UNSAFE_CHARACTERS = re.compile(r'[\x00-\x1f\x7f-\x9f\\:*?"<>|]')
#: Names that are git's own folder on file systems that fold case or have short names.
_HINT = "nothing was written; run it again, or widen the task's files in plan.yaml"

#: What the answer must look like (JSON schema).
ANSWER_SCHEMA: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["files"],
    "properties": {
        "files": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["path", "content"],
                "properties": {
                    "path": {"type": "string", "minLength": 1},
                    "content": {"type": "string", "description": "the whole file"},
                },
            },
        },
        "note": {"type": "string", "description": "one line on what was done"},
    },
}


@dataclass(frozen=True, slots=True)
class FileWrite:
    """One whole file to write. `path`: relative to the repository, with `/`."""

    path: str
    content: str


class Unreadable(ProviderError):
    """The answer is not JSON, so nothing in it can be judged; asking again may help."""

    kind = "unreadable"


def instructions(files: Mapping[str, str], allowed: Sequence[str]) -> str:
    """What the model is told: how to answer, where it may write, what is there now.

    `files`: content by path of what it should see; `allowed`: the task's patterns.
    """
    return "\n\n".join(
        [
            "You cannot edit files yourself. Answer with one JSON object and nothing else:",
            '{"files": [{"path": "folder/name.ext", "content": "the whole file"}], '
            '"note": "one line"}',
            "Rules: give every file you create or change as a whole, never a part or a diff; leave "
            "out files that stay as they are; write only these:",
            "\n".join(f"- {pattern}" for pattern in allowed),
            "The files as they are now:" if files else "None of these files exists yet.",
            *(_shown(path, content) for path, content in files.items()),
        ]
    )


def parse(reply: str, allowed: Sequence[str]) -> tuple[FileWrite, ...]:
    """The files of an answer, all of them judged.

    Raises `Unreadable` when there is no JSON, and `GateRefused` when it is not of the schema, or
    when a path is unsafe, named twice, or not one of `allowed`.
    """
    answer = _read(reply)
    _check_schema(answer)
    writes = tuple(FileWrite(_checked(item, allowed), item["content"]) for item in answer["files"])
    seen: dict[str, str] = {}
    for write in writes:
        # on a file system that folds case, the second of these would replace the first
        other = seen.setdefault(write.path.casefold(), write.path)
        if other is not write.path:
            raise GateRefused(f"the answer writes {write.path!r} twice", _HINT)
    return writes


def _shown(path: str, content: str) -> str:
    """A file between lines that it cannot contain."""
    longest = max((len(run) for run in re.findall(r"`{3,}", content)), default=2)
    fence = "`" * (longest + 1)
    end = "" if content.endswith("\n") or not content else "\n"
    return f"{path}\n{fence}\n{content}{end}{fence}"


def _read(reply: str) -> Any:
    """The one object that names files, wherever it stands. A model that gives one object for each
    file has not said which of them are meant, so none is taken.
    """
    found = json_objects(reply)
    named = [one for one in found if "files" in one]
    if not found or any(one != named[0] for one in named):
        counted = f"{len(named)} JSON objects that name files" if found else "no JSON object"
        raise Unreadable(
            f"the answer has {counted}, wanted one",
            "nothing was written; run it again, or take a model that keeps to a format",
        )
    return (named or found)[-1]


def _check_schema(answer: Any) -> None:
    import jsonschema

    errors = jsonschema.Draft202012Validator(ANSWER_SCHEMA).iter_errors(answer)
    wrong = min(errors, key=lambda error: list(map(str, error.absolute_path)), default=None)
    if wrong is not None:
        place = "".join(f"[{part!r}]" for part in wrong.absolute_path)
        said = " ".join(str(wrong.message).split())[:120]
        raise GateRefused(f"the answer is not of the agreed form: {place or 'it'}: {said}", _HINT)


def _checked(item: Json, allowed: Sequence[str]) -> str:
    """The path of one file, without a leading `./`; its content must be text."""
    path: str = item["path"].removeprefix("./")
    parts = path.split("/")
    if _UNSAFE_CHARACTERS.search(path) or path.startswith(("/", "~")) or not path:
        raise GateRefused(f"the answer writes {item['path']!r}, which is no relative path", _HINT)
    if any(part in ("", ".", "..") or part.endswith((" ", ".")) for part in parts):
        raise GateRefused(f"the answer writes {item['path']!r}, which is no plain path", _HINT)
    if any(map(paths.is_for_git, parts)):
        raise GateRefused(f"the answer writes {path!r}, inside git's own folder", _HINT)
    if not paths.matches(path, allowed):
        mine = ", ".join(allowed) or "none"
        raise GateRefused(
            f"the answer writes {path!r}, which is not one of the task's files ({mine})", _HINT
        )
    try:
        item["content"].encode()
    except UnicodeEncodeError as error:
        raise GateRefused(f"the answer's {path!r} is not text: {error.reason}", _HINT) from error
    return path
