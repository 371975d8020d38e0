"""`config`: what counts and why; `set` and `unset` change one line and refuse what is wrong."""

import io
import json
import stat
import threading

import pytest

from ai_sessions import config
from ai_sessions.cli import configuring
from ai_sessions.cli.app import App
from ai_sessions.cli.output import Output
from ai_sessions.workspace.lock import lock_tree


@pytest.fixture
def home(root, tmp_path, monkeypatch):
    """The folder of the user's own settings, not made yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    for name in ("AI_SESSIONS_CONFIG", "AI_PROVIDER"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home/ai-sessions"


@pytest.fixture
def shop(home, tmp_path, monkeypatch):
    """The `config.yaml` of the repository we are in."""
    folder = tmp_path / "shop/.ai-session"
    folder.mkdir(parents=True)
    (tmp_path / "shop/.git").mkdir()
    (tmp_path / "shop/.git/HEAD").write_text("ref: refs/heads/main\n")
    (folder / "config.yaml").write_text("# ours\ntest: {command: pytest}\n")
    monkeypatch.chdir(tmp_path / "shop")
    return folder / "config.yaml"


def test_config_tells_who_set_what_and_shows_no_key(cli, root, home, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "secret-key-of-mine")
    monkeypatch.setenv("AI_MODELS", "echo:one echo:two")
    text = cli("config", "--show-origin").out

    assert f"SESSION_DIR={root}\t(environment)" in text
    assert "ATTEMPTS=3\t(default)" in text
    assert "AI_MODELS=echo:one echo:two\t(environment)" in text
    assert "OPENAI_API_KEY=(set)" in text
    assert "secret-key" not in text + cli("config", "--json").out


def test_a_value_of_a_file_is_shown_with_its_line(cli, home):
    home.mkdir(parents=True)
    (home / ".env").write_text("# mine\nATTEMPTS=5\n")
    facts = json.loads(cli("config", "--json").out)["settings"]

    assert f"ATTEMPTS=5\t({home}/.env:2)" in cli("config", "--show-origin").out.splitlines()
    assert facts["ATTEMPTS"] == {"value": "5", "origin": f"{home}/.env", "line": 2}
    assert facts["AI_TIMEOUT"]["line"] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BUDGET_MODEL", "opus=3 haiku=0.50"),
        ("PRICES", '{"m": {"input": 1.5}}'),
        ("AI_MODELS", "a b"),
    ],
)
def test_a_value_of_several_words_is_shown_as_it_was_set(cli, home, name, value):
    assert cli("config", "set", name, value).code == 0

    assert cli("config", name).out == f"{value}\n"


@pytest.mark.parametrize(
    ("name", "shown"),
    [("AI_TIMEOUT", "1800"), ("SUMMARIZE_THRESHOLD", "0.7"), ("RECALL", "true"), ("AI_WINDOW", "")],
)
def test_a_value_is_shown_as_it_may_be_set(cli, home, name, shown):
    assert cli("config", name).out == f"{shown}\n"


@pytest.mark.parametrize(
    "words", [["ATTEMPTS", "--show-origin"], ["--show-origin", "ATTEMPTS"], ["show", "ATTEMPTS"]]
)
def test_one_setting_is_its_value_alone(cli, home, words):
    answer = cli("config", *words)

    assert answer.out == ("3\t(default)\n" if "--show-origin" in words else "3\n")
    assert list(json.loads(cli("config", *words, "--json").out)["settings"]) == ["ATTEMPTS"]


@pytest.mark.parametrize("words", [["ATEMPTS"], ["set", "attempts", "5"], ["unset", "ATTEMPT"]])
def test_a_name_that_is_no_setting_is_told_with_the_nearest(cli, home, words):
    answer = cli("config", *words)

    assert answer.code == 2
    assert answer.err.splitlines()[-1] == "hint: did you mean ATTEMPTS?"
    assert not home.exists()


def test_what_is_set_counts_and_is_for_the_owner_alone(cli, home):
    answer = cli("config", "set", "ATTEMPTS", "5")
    path = home / "config.json"

    assert answer.out == f"ATTEMPTS=5\t({path})\n"
    assert path.read_text() == '{\n  "ATTEMPTS": 5\n}\n'
    assert cli("config", "ATTEMPTS", "--show-origin").out == f"5\t({path}:2)\n"
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(home.stat().st_mode)) == (0o600, 0o700)


def test_what_was_set_goes_again_and_the_rest_stays(cli, home):
    cli("config", "set", "ATTEMPTS", "5")
    cli("config", "set", "AI_MODEL", "opus")
    answer = cli("config", "unset", "ATTEMPTS")

    assert answer.out == f"ATTEMPTS is not set in {home}/config.json\n"
    assert json.loads((home / "config.json").read_text()) == {"AI_MODEL": "opus"}


def test_what_was_never_set_can_be_unset(cli, home):
    assert cli("config", "unset", "ATTEMPTS").code == 0
    assert not (home / "config.json").exists()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["ATTEMPTS", "many"], 3, "ATTEMPTS='many' (as typed): use a whole number above 0"),
        (["AI_PROVIDER", "clod"], 3, "AI_PROVIDER='clod' (as typed): no such provider"),
        (["SUMMARY_PROVIDER", "clod"], 3, "SUMMARY_PROVIDER='clod' (as typed): no such provider"),
        (["AI_MODEL", ""], 2, "a value for AI_MODEL is missing"),
        (["AI_MODEL"], 2, "a value for AI_MODEL is missing"),
        (["AI_MODEL", "a\nb"], 2, "the value of AI_MODEL is not one line of text"),
        (["AI_MODEL", "\x1b[31mred"], 2, "the value of AI_MODEL is not one line of text"),
        (["OPENAI_API_KEY", "sk-1"], 2, "a key does not belong on a command line"),
        (["RECORD", "true", "--project"], 3, "RECORD is yours to set, not the project's"),
        (["OPENAI_API_KEY", "-", "--project"], 3, "OPENAI_API_KEY is yours to set"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_written(cli, shop, home, words, code, said):
    before = shop.read_text()
    answer = cli("config", "set", *words)

    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert not (home / "config.json").exists()
    assert shop.read_text() == before


def test_a_key_comes_on_stdin_and_is_never_shown(cli, home, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("sk-secret\n"))
    answer = cli("config", "set", "OPENAI_API_KEY", "-")

    assert answer.out == f"OPENAI_API_KEY=(set)\t({home}/config.json)\n"
    assert json.loads((home / "config.json").read_text()) == {"OPENAI_API_KEY": "sk-secret"}
    assert "sk-secret" not in cli("config").out + answer.err


def test_a_key_is_asked_for_on_a_terminal(cli, home, monkeypatch):
    monkeypatch.setattr("ai_sessions.cli.output.Output.may_ask", lambda _self: True)
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _prompt: "sk-typed")

    assert cli("config", "set", "OPENAI_API_KEY").code == 0
    assert json.loads((home / "config.json").read_text()) == {"OPENAI_API_KEY": "sk-typed"}


def test_those_who_set_something_at_the_same_time_lose_nothing(home):
    names = ["AI_MODEL", *(config.for_command("AI_MODEL", one) for one in config.ASKING)]
    start = threading.Barrier(len(names))

    def change(name):
        app = App(Output(quiet=True, stdout=io.StringIO(), stderr=io.StringIO()))
        start.wait()
        configuring._change(app, name, "opus", project=False)

    threads = [threading.Thread(target=change, args=[name]) for name in names]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert json.loads((home / "config.json").read_text()) == dict.fromkeys(names, "opus")


def test_a_setting_of_the_project_leaves_comments_and_the_rest_alone(cli, shop):
    answer = cli("config", "set", "ATTEMPTS", "5", "--project")

    assert answer.out == f"ATTEMPTS=5\t({shop})\n"
    assert shop.read_text() == ("# ours\ntest: {command: pytest}\n\nsettings:\n  ATTEMPTS: 5\n")
    assert stat.S_IMODE(shop.stat().st_mode) == 0o644
    assert cli("config", "unset", "ATTEMPTS", "--project").code == 0
    assert "ATTEMPTS" not in shop.read_text()


def test_a_project_without_the_file_is_told_what_makes_it(cli, shop):
    shop.unlink()
    answer = cli("config", "set", "ATTEMPTS", "5", "--project")

    assert answer.code == 4
    assert answer.err == (
        "error: no .ai-session/config.yaml here\nhint: init-session.sh FEATURE makes it\n"
    )


def test_the_project_is_not_changed_while_a_command_works_in_its_tree(cli, shop, monkeypatch):
    monkeypatch.setenv("SESSION_TURN_TIMEOUT", "0.01")
    lock = lock_tree(str(shop.parents[1]), 0, print)
    answer = cli("config", "set", "ATTEMPTS", "5", "--project")
    lock.release()

    assert answer.code == 8
    assert "ATTEMPTS" not in shop.read_text()


def test_what_counts_instead_is_said(cli, home, monkeypatch):
    monkeypatch.setenv("ATTEMPTS", "9")
    answer = cli("config", "set", "ATTEMPTS", "5")
    facts = json.loads(cli("config", "unset", "ATTEMPTS", "--json").out)

    assert answer.err == "in force is ATTEMPTS=9\t(environment)\n"
    assert facts["value"] is None
    assert facts["in_force"] == {"value": "9", "origin": "environment", "line": None}


@pytest.mark.parametrize("words", [["set", "ATTEMPTS", "5"], ["unset", "ATTEMPTS"]])
def test_a_broken_file_is_told_with_its_line_and_left_as_it_is(cli, home, words):
    home.mkdir(parents=True)
    (home / "config.json").write_text('{"ATTEMPTS": 5,\n')
    answer = cli("config", *words)

    assert answer.code == 3
    assert f"{home}/config.json:2: not JSON" in answer.err
    assert (home / "config.json").read_text() == '{"ATTEMPTS": 5,\n'


def test_a_wrong_value_in_the_file_can_be_set_right(cli, home):
    home.mkdir(parents=True)
    (home / "config.json").write_text('{"ATTEMPTS": "many"}')
    assert cli("config").code == 3

    assert cli("config", "set", "ATTEMPTS", "5").code == 0
    assert cli("config", "ATTEMPTS").out == "5\n"


def test_a_variable_names_the_file_that_is_made(cli, home, tmp_path, monkeypatch):
    monkeypatch.setenv("AI_SESSIONS_CONFIG", str(tmp_path / "mine.json"))
    assert "config set makes it" in cli("config").err

    assert cli("config", "set", "ATTEMPTS", "5").code == 0
    assert cli("config", "ATTEMPTS").out == "5\n"


def test_a_link_is_not_followed_to_write(cli, home, tmp_path):
    home.mkdir(parents=True)
    (tmp_path / "elsewhere.json").write_text("{}")
    (home / "config.json").symlink_to(tmp_path / "elsewhere.json")
    answer = cli("config", "set", "ATTEMPTS", "5")

    assert answer.code == 3
    assert f"change it where it leads to, in an editor: {tmp_path}/elsewhere.json" in answer.err
    assert (tmp_path / "elsewhere.json").read_text() == "{}"


def test_a_folder_that_cannot_be_written_is_one_line(cli, home, tmp_path):
    (tmp_path / "home").write_text("a file")
    answer = cli("config", "set", "ATTEMPTS", "5")

    assert answer.code == 11
    assert len(answer.err.splitlines()) <= 2
