"""`ai-session.sh create` as it is typed."""

import json

import pytest

TEMPLATE = """\
title: Support desk
system: You are brief.
pins: {tone: Be kind.}
state: {plan: pro}
limit: 8000
tags: [support]
expires: 7d
"""


@pytest.fixture
def file(root, tmp_path):
    path = tmp_path / "support.yaml"
    path.write_text(TEMPLATE)
    return str(path)


def test_a_template_is_what_it_begins_with(cli, file):
    made = json.loads(cli("create", "support", "--template", file, "--json").out)["session"]

    assert made["kind"] == "chat"
    assert (made["title"], made["token_limit"], made["tags"]) == ("Support desk", 8000, ["support"])
    assert made["state"] == {"plan": "pro"}
    assert made["pins"]["tone"]["text"] == "Be kind."
    assert made["expires_at"]
    assert json.loads(cli("show", "supp", "--json").out)["session"] == made


def test_options_count_before_the_template_and_tags_add_up(cli, file):
    options = ("--title", "Helpdesk", "--limit", "100", "--expires", "never", "--tag", "pl")
    words = ("create", "support", "--template", file, *options, "--tag", "support", "--json")
    made = json.loads(cli(*words).out)["session"]

    assert (made["title"], made["token_limit"]) == ("Helpdesk", 100)
    assert made["tags"] == ["support", "pl"]
    assert "expires_at" not in made


def test_it_says_what_was_made_and_quietly_nothing_else(cli):
    answer = cli("create", "support", "--title", "Desk", "--expires", "7d")

    assert (answer.code, answer.out) == (0, "created support: Desk\n")
    assert "  expires 20" in answer.err
    assert cli("create", "b", "--expires", "7d", "--quiet").err == ""


def test_the_system_text_may_come_from_a_file(cli, tmp_path, root):
    (tmp_path / "system.md").write_text("Answer in Polish.")
    cli("create", "support", "--system", f"@{tmp_path}/system.md")

    assert "Answer in Polish." in cli("show", "support", "--transcript").out


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("../x",), 2, "not a session name"),
        (("there",), 2, "session there exists already"),
        (("new", "--template", "nothing.yaml"), 4, "no file 'nothing.yaml'"),
        (("new", "--template", "bad.yaml"), 3, "bad.yaml:1: unknown key 'sytem' (did you mean"),
        (("new", "--template", "latin.yaml"), 3, "latin.yaml: not UTF-8 text (byte 10)"),
        (("new", "--tag", "a,b"), 2, "tag 'a,b': it may have no ','"),
        (("new", "--tag", "a\x07"), 2, "it may have no line break or control character"),
        (("new", "--title", "a\nb"), 2, "title 'a\\nb': it may have no line break"),
        (("new", "--title", "\udcff"), 2, "title: not UTF-8 text"),
        (("new", "--limit", "0"), 2, "0 is not in the range"),
        (("new", "--expires", "soon"), 2, "not an age: 'soon'"),
        (("new", "--system", "@nothing"), 4, "no file 'nothing'"),
        (("new", "--title", ""), 2, "it is empty"),
        (("new", "--template", "large.yaml"), 2, "its state and pins would have"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_made(cli, root, tmp_path, words, code, told):
    cli("create", "there")
    (tmp_path / "bad.yaml").write_text("sytem: x\n")
    (tmp_path / "latin.yaml").write_bytes(b"title: Gr\xf6\xdfe\n")
    (tmp_path / "large.yaml").write_text(f"state: {{a: {'x' * 70_000}}}\n")
    answer = cli("create", *words)

    assert (answer.code, answer.out) == (code, "")
    assert told in answer.err
    assert "Traceback" not in answer.err
    assert json.loads(cli("list", "--json").out)["sessions"][0]["name"] == "there"
    assert len(json.loads(cli("list", "--json").out)["sessions"]) == 1


def test_a_refusal_in_json_is_one_object(cli, root):
    found = json.loads(cli("create", "../x", "--json").out)

    assert (found["ok"], found["code"], found["error"]["kind"]) == (False, 2, "usage")


def test_without_sessions_it_is_one_line(cli, monkeypatch):
    monkeypatch.setenv("USE_SESSIONS", "false")
    answer = cli("create", "support")

    assert answer.code == 2
    assert answer.err.startswith("error: USE_SESSIONS is off (")
    assert len(answer.err.splitlines()) == 2


@pytest.mark.usefixtures("root")
def test_a_tokenizer_that_is_not_installed_makes_nothing(cli, monkeypatch):
    monkeypatch.setenv("TOKENIZER", "o200k")
    monkeypatch.setattr("ai_sessions.tokenizer._PACKAGE", "no_such_package_of_ours")

    told = cli("create", "support", "--system", "Be brief.")

    assert (told.code, cli("show", "support").code) == (3, 4)
    assert "TOKENIZER=o200k needs the extra `tokens`" in told.err
