"""Plans made from a template: one of ours by its name, or a file of the user's."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ai_sessions import controls, git
from ai_sessions.disk import files
from ai_sessions.errors import ConfigError, NotFound
from ai_sessions.lazy_dataclasses import dataclass
from ai_sessions.plan import findings
from ai_sessions.plan.layout import layout
from ai_sessions.plan.templates import Names, filled, place_of
from ai_sessions.workflow.plan import Planned, need_room, need_tests, save
from ai_sessions.workflow.project import Project
from ai_sessions.workspace.files import Workspace
from ai_sessions.yaml_text import NotYaml, parsed

_BUNDLED = Path(findings.__file__).parent / "bundled"
_ENDING = ".yaml"
_LARGEST = 1 << 20


@dataclass(frozen=True, slots=True)
class Template:
    """`file`: how it is named in messages; `text`: its YAML."""

    file: str
    text: str


def bundled() -> dict[str, str]:
    """What each of our templates is for, by name: the comment in its first line."""
    texts = {path.stem: path.read_text("utf-8") for path in sorted(_BUNDLED.glob(f"*{_ENDING}"))}
    return {name: text.partition("\n")[0].lstrip("# ") for name, text in texts.items()}


def find(given: str) -> Template:
    """The template of that name, else the file. Raises `NotFound` with the names there are, and
    `ConfigError` for a file that is no text.
    """
    if given in bundled():
        name = f"{given}{_ENDING}"
        return Template(name, (_BUNDLED / name).read_text("utf-8"))
    path = Path(given)
    if not path.is_file():
        known = ", ".join(bundled())
        hint = "init-session.sh --templates says what they are for"
        raise NotFound(f"no template or file {given!r} (there are: {known})", hint)
    try:
        return Template(given, files.read_bytes(path, _LARGEST).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{given}: not UTF-8 text (byte {error.start + 1})") from error
    except ValueError as error:
        raise ConfigError(str(error)) from error
    except OSError as error:
        raise files.storage_error(error, path) from error


def document_of(
    template: Template, space: Workspace, project: Project, wish: str = ""
) -> dict[str, Any]:
    """The document of a template, filled in for this feature. `wish`: what is wanted; becomes the
    goal where the template leaves room for one.

    Raises `UsageError` when there is a plan already, `ConfigError` where no test command is known
    and, with file and line, for a template that is no valid plan.
    """
    need_room(space)
    need_tests(project)
    try:
        document, lines, twice = parsed(template.text)
    except NotYaml as error:
        raise ConfigError(f"{template.file}:{error.line}: {error.message}") from error
    if isinstance(document, dict) and not document.get("base"):
        document["base"] = git.branch(project.repo)
    made = filled(document, _names(space, project, wish), project.commands, project.parts)
    doubled = (findings.Finding(line, f"key {key!r} stands here twice") for line, key in twice)
    wrong = findings.errors((*doubled, *findings.findings(made, lines, space.feature)))
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise ConfigError(f"{wrong[0].shown(template.file)}{more}")
    return dict(made)


def plan(space: Workspace, document: Mapping[str, Any]) -> Planned:
    """Write the document as the feature's plan. Raises as `need_room`."""
    need_room(space)
    return save(space, document)


def proposed(document: Mapping[str, Any]) -> Iterator[str]:
    """The files that the tasks name, each once."""
    named = (task.get("files") or {} for phase in document["phases"] for task in phase["tasks"])
    yield from dict.fromkeys(name for one in named for group in one.values() for name in group)


def _names(space: Workspace, project: Project, wish: str) -> Names:
    found = project.detected[0].found
    place = place_of(project.commands, project.parts)
    if place:
        found = next((one.found for one in project.detected if one.place == place), found)
    spec = space.relative("spec.md")
    known = [one for one in git.files(project.repo) if not one.startswith(f"{space.root}/")]
    where = layout(known, found.tool if found else "", place)
    goal = controls.one_line(wish) or f"What is wanted is written in {spec}: read it first."
    return Names(space.feature, goal, spec, where)
