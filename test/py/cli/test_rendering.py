"""`render` as it is typed."""

import json
import stat
from pathlib import Path

import pytest

from ai_sessions.controls import CONTROLS
from ai_sessions.records import About, Message, Note, Pin, Said, ToolCall

NAME = "implement-payment"


@pytest.mark.parametrize(
    ("options", "beginning"),
    [
        ([], "# Session: "),
        (["-f", "json"], '{"metadata"'),
        (["--format", "html"], "<!DOCTYPE html>"),
    ],
)
def test_the_form_is_chosen(cli, store, options, beginning):
    assert cli("render", NAME, *options).out.startswith(beginning)


@pytest.mark.parametrize(
    ("file", "beginning"),
    [("x.html", "<!DOCTYPE"), ("x.json", "{"), ("x.md", "# "), ("x.txt", "# "), ("html", "# ")],
)
def test_the_end_of_the_file_tells_the_form(cli, store, tmp_path, file, beginning):
    answer = cli("render", NAME, "-o", str(tmp_path / file))

    assert (answer.code, answer.out) == (0, "")
    assert (tmp_path / file).read_text(encoding="utf-8").startswith(beginning)
    assert stat.S_IMODE((tmp_path / file).stat().st_mode) == 0o600


def test_a_file_stays_when_the_session_is_not_there(cli, store, tmp_path):
    target = tmp_path / "x.html"
    target.write_text("before")

    assert cli("render", "none", "-o", str(target)).code == 4
    assert target.read_text() == "before"


def test_json_on_stdout_is_one_object(cli, store):
    assert len(json.loads(cli("render", NAME, "--format", "json", "--json").out)["messages"]) == 4


def test_json_alone_asks_for_the_json_document(cli, store):
    assert len(json.loads(cli("render", NAME, "--json").out)["messages"]) == 4


@pytest.mark.parametrize("form", ["md", "html"])
def test_a_page_is_no_json(cli, store, form):
    answer = cli("render", NAME, "--format", form, "--json")

    told = json.loads(answer.out)["error"]["message"]
    assert (answer.code, told) == (2, f"--json and --format {form} exclude each other")


@pytest.mark.parametrize("form", ["md", "json"])
def test_what_is_rendered_is_imported(cli, store, tmp_path, monkeypatch, form):
    target = str(tmp_path / f"x.{form}")
    cli("render", NAME, "-o", target)
    here = cli("import", target)
    monkeypatch.setenv("SESSION_DIR", str(tmp_path / "others"))

    assert here.out == "implement-payment: 0 new entries\n"
    assert cli("import", target).out == "implement-payment: 5 new entries\n"


@pytest.fixture
def hostile(store):
    """A session in which every hostile text stands wherever somebody else's may."""
    path = Path(__file__).resolve().parents[2] / "fixtures" / "hostile-texts.json"
    texts = [one["text"] for one in json.loads(path.read_text(encoding="utf-8"))]
    whole = "\n".join(texts)
    store.ensure("hostile", About(title=whole[:200], interface="api", conversation_id=whole[:200]))
    call = ToolCall("c", whole[:50], {whole[:50]: whole})
    said = [Message("assistant", text, tool_calls=(call,)) for text in texts]
    store.append("hostile", [Said(one) for one in said])
    store.append("hostile", [Pin("p", whole), Note("error", {"message": whole})])
    return "hostile"


@pytest.mark.parametrize(
    "command",
    [
        *(("show",), ("show", "--messages", "99"), ("show", "--transcript")),
        *(("render", "-f", "md"), ("render", "-f", "json"), ("render", "-f", "html")),
    ],
    ids=" ".join,
)
def test_nothing_that_was_said_steers_a_terminal(cli, hostile, command):
    answer = cli(*command, hostile)

    assert answer.code == 0
    assert not any(ord(one) in CONTROLS for one in answer.out + answer.err)
