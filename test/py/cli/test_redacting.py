"""`redact` as it is typed: from a number in `show` to no byte that has the words."""

import json
import shutil

import pytest

from ai_sessions.cli.output import Output
from ai_sessions.records import Change, Message, Pin, Said

SESSION = "implement-payment"


def left(root, words):
    return [path for path in root.rglob("*") if path.is_file() and words in path.read_bytes()]


def test_the_number_in_show_is_what_redact_takes(cli, store, root):
    assert cli("search", "step").code == 0
    head, first, _second = cli("show", SESSION).out.splitlines()[-3:]
    bill = json.loads(cli("stats", "--json").out)
    answer = cli("redact", SESSION, first.split()[0])

    assert (head.split()[0], answer.code) == ("seq", 0)
    assert answer.out.startswith(f"redacted entry 1 of {SESSION}, ")
    assert "not changed: what agents keep themselves" in answer.err
    assert [path.parent.name for path in left(root, b"Do step 1")] == [
        "plan-payment",
        "plan-search",
    ]
    assert "[redacted " in cli("show", SESSION, "--transcript").out
    assert json.loads(cli("stats", "--json").out) == bill


def test_no_recorded_file_has_the_words(cli, page):
    recorded = page(SESSION)
    assert "Do step 1" in recorded.read_text()

    assert cli("redact", SESSION, "1").code == 0
    assert "Do step 1" not in recorded.read_text()
    assert "Do step 1" not in recorded.with_suffix(".json").read_text()


def test_json_is_one_object_that_names_the_entry_and_where_else_it_was(cli, store, root):
    shutil.copytree(root / SESSION, root / "other")
    told = json.loads(cli("redact", SESSION, "2", "--json").out)

    assert told["redacted"]["session"] == SESSION
    assert (told["redacted"]["seq"], told["redacted"]["id"]) == (2, "2-0")
    assert told["also_in"] == ["other"]
    assert left(root, b"Do step 2") == []


def test_export_tells_that_it_was_redacted(cli, store):
    cli("redact", SESSION, "1-1")
    [session] = json.loads(cli("export", SESSION).out)

    assert session["interactions"][0]["redacted"][:2] == "20"
    assert "redacted" not in session["interactions"][1]
    assert session["interactions"][0]["cost_nusd"] == 10_000_000


def test_an_old_export_does_not_bring_the_words_back(cli, store, root, tmp_path):
    cli("export", SESSION, "--output", str(tmp_path / "backup.json"))
    cli("redact", SESSION, "2")
    answer = cli("import", str(tmp_path / "backup.json"))

    assert (answer.code, left(root, b"Do step 2")) == (0, [])


def test_a_dry_run_and_a_no_change_nothing(cli, store, root, monkeypatch):
    before = (root / SESSION / "journal.jsonl").read_bytes()
    answer = cli("redact", SESSION, "1", "--dry-run")
    assert answer.out.startswith(f"would redact entry 1 of {SESSION}, ")
    monkeypatch.setattr(Output, "may_ask", lambda _out: True)
    monkeypatch.setattr("click.confirm", lambda *_question, **_options: False)
    answer = cli("redact", SESSION, "1")

    assert (answer.code, answer.out, answer.err) == (0, "", "nothing redacted\n")
    assert (root / SESSION / "journal.jsonl").read_bytes() == before
    assert cli("redact", SESSION, "1", "-y").out.startswith("redacted ")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["redact", SESSION], 2, "missing argument 'ID'"),
        (["redact", SESSION, "99"], 4, "has no entry '99'"),
        (["redact", SESSION, "0"], 2, "nothing was said in it"),
        (["redact", "nonsense", "1"], 4, "no session 'nonsense'"),
        (["redact", "plan", "1"], 4, "'plan' fits 2 sessions"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_one_object(cli, store, words, code, said):
    answer = cli(*words)
    told = json.loads(cli(*words, "--json").out)

    assert (answer.code, answer.out, told["code"], told["ok"]) == (code, "", code, False)
    assert said in answer.err


def test_a_session_in_use_is_named_with_who_uses_it(cli, store):
    with store.turn(SESSION, 0):
        answer = cli("redact", SESSION, "1", "--json")

    assert (answer.code, json.loads(answer.out)["error"]["kind"]) == (8, "lock")
    assert f"session {SESSION} is in use by pid" in answer.err


def test_a_key_or_the_id_of_a_message_is_taken_and_what_goes_along_is_told(cli, store, root):
    store.append("talk", [Change("state.mail", "ann@example.org"), Pin("9", "Do step 9")])
    store.append("talk", [Said(Message("user", "Please do step 9 for ann@example.org"))])
    message = json.loads(cli("show", "talk", "--json").out)["messages"][0]["id"]
    would = json.loads(cli("redact", "talk", message, "--dry-run", "--json").out)
    answer = cli("redact", "talk", message)

    assert [one["kind"] for one in would["derived"]] == ["pin"]
    assert ", with pin " in answer.out
    assert cli("redact", "talk", "state.mail").code == 0
    assert left(root / "talk", b"ann@example.org") == left(root / "talk", b"step 9") == []
