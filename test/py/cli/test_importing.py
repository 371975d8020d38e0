"""`import`: exports, other tools' sessions, and the logs of agents."""

import json
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder in which claude and codex were used."""
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for fixture, place in (
        ("claude-transcript.jsonl", ".claude/projects/-src-shop/a.jsonl"),
        ("codex-rollout.jsonl", ".codex/sessions/2026/11/21/rollout-a.jsonl"),
    ):
        path = tmp_path / "home" / place
        path.parent.mkdir(parents=True)
        path.write_text((FIXTURES / fixture).read_text())
    return tmp_path / "home"


def test_nothing_to_import_is_a_usage_error(cli, root):
    answer = cli("import")

    assert answer.code == 2
    assert "--from all" in answer.err


def test_a_file_that_is_not_there_is_one_line(cli, root):
    answer = cli("import", "nowhere.json")

    assert (answer.code, len(answer.err.splitlines())) == (2, 2)
    assert cli("import", str(root.parent)).code == 2


def test_a_file_that_is_no_text_is_refused(cli, root, tmp_path):
    (tmp_path / "x").write_bytes(b"\xff\xfe\x00")

    assert cli("import", str(tmp_path / "x")).code == 3


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_what_comes_before_a_broken_place_is_in_and_told(cli, root, tmp_path, options):
    (tmp_path / "x.json").write_text('[{"name": "a", "uid": "1"},\n{"name": "b", "uid" "2"}]')
    answer = cli("import", str(tmp_path / "x.json"), *options)

    assert answer.code == 3
    assert answer.err.splitlines()[0] == (
        "error: not JSON: line 2, column 21: ':' is due, not '\"'"
    )
    if options:
        told = json.loads(answer.out)
        assert (told["ok"], told["sessions"]) == (False, [{"name": "a", "added": 0}])
    else:
        assert answer.out == "a: 0 new entries\n"
    assert [one["name"] for one in json.loads(cli("list", "--json").out)["sessions"]] == ["a"]


def test_an_agent_without_logs_is_not_found(cli, root, home):
    answer = cli("import", "--from", "gemini")

    assert (answer.code, answer.out) == (4, "")
    assert "no logs of gemini found" in answer.err
    told = json.loads(cli("import", "--from", "gemini", "--json").out)
    assert (told["ok"], told["code"], told["error"]["kind"]) == (False, 4, "not_found")
    assert cli("import", "--from", "claude", "/nowhere").code == 4


def test_a_folder_of_all_agents_cannot_be_told_apart(cli, root, home):
    assert cli("import", "--from", "all", str(home)).code == 2


def test_all_takes_the_agents_there_are_one_line_each(cli, root, home):
    answer = cli("import", "--from", "all")

    lines = answer.out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["claude", "codex"]
    assert lines[0].startswith("claude: 3 new calls in 1 session, $")
    assert cli("import", "--from", "all").out == "claude: 0 new calls\ncodex: 0 new calls\n"


def test_imported_calls_are_listed_and_counted_like_others(cli, root, home):
    told = json.loads(cli("import", "--from", "claude", "--json").out)["imported"][0]
    [session] = json.loads(cli("list", "--command", "import", "--json").out)["sessions"]
    whole = json.loads(cli("stats", "--json").out)

    assert (told["calls"], told["ours"], told["unreadable"]) == (3, 0, 0)
    assert told["sessions"] == [session["name"]]
    assert session["totals"]["cost_nusd"] == told["cost_nusd"] == whole["cost_nusd"]
    assert list(json.loads(cli("stats", "--by", "provider", "--json").out)["groups"]) == ["claude"]


def test_logs_in_another_place_are_taken_by_their_path(cli, root, home, tmp_path):
    (home / ".claude").rename(tmp_path / "backup")

    assert cli("import", "--from", "claude").code == 4
    assert cli("import", "--from", "claude", str(tmp_path / "backup")).out.startswith("claude: 3")


def test_what_opencode_exported_is_taken(cli, root):
    answer = cli("import", "--from", "opencode", str(FIXTURES / "opencode-export.json"))

    assert answer.code == 0
    assert not answer.out.startswith("opencode: 0")


def test_a_metadata_file_of_the_first_layout_is_named_by_its_folder(cli, root, tmp_path):
    old = {
        "created_at": "2025-09-26T13:30:00Z",
        "api_session_id": "abc",
        "interactions": [
            {"timestamp": "2025-09-26T13:31:00Z", "prompt": "plan", "response": "ok", "cost": 0.05}
        ],
    }
    path = tmp_path / "plan-shop" / "metadata.json"
    path.parent.mkdir()
    path.write_text(json.dumps(old))

    assert cli("import", str(path)).out == "plan-shop: 1 new entry\n"
    assert cli("import", str(path)).out == "plan-shop: 0 new entries\n"
    shown = json.loads(cli("show", "plan-shop", "--json").out)["session"]
    assert (shown["totals"]["cost"], shown["feature"]) == (0.05, "shop")
    assert shown["resume"]["claude"]["id"] == "abc"


def test_a_session_of_novasystem_comes_in_once_as_markdown_and_json(cli, root, tmp_path):
    (tmp_path / "a.md").write_text(NOVA)
    (tmp_path / "a.json").write_text(json.dumps(NOVA_JSON))

    assert cli("import", str(tmp_path / "a.md")).out == "stock-analysis-0d9f8a7b: 3 new entries\n"
    assert cli("import", str(tmp_path / "a.json")).out == "stock-analysis-0d9f8a7b: 0 new entries\n"
    transcript = cli("show", "stock-analysis", "--transcript").out
    assert "Hello!" in transcript
    assert "## Not a message" in transcript


NOVA_JSON = {
    "metadata": {
        "session_id": "0d9f8a7b-1111",
        "title": "Stock analysis",
        "created_at": "2025-09-26T13:30:00.123456",
        "updated_at": "2025-09-26T13:50:00.123456",
        "total_tokens": 42,
    },
    "messages": [
        {"role": "user", "content": "Hello!", "timestamp": "2025-09-26T13:31:00.1", "metadata": {}},
        {"role": "assistant", "content": "x", "timestamp": "2025-09-26T13:32:00.1", "metadata": {}},
    ],
}
NOVA = """# Session: Stock analysis

**Session ID:** 0d9f8a7b-1111
**Created:** 2025-09-26 13:30:00
**Updated:** 2025-09-26 13:50:00
**Messages:** 2
**Tokens:** 42

---

## Message 1 - User
*2025-09-26 13:31:00*

Hello!

## Message 2 - Assistant
*2025-09-26 13:32:00*

## Not a message
Hi.
"""


def test_past_calls_are_priced_by_the_rates_that_the_user_set(cli, root, home, monkeypatch):
    monkeypatch.setenv("PRICES", "{claude-sonnet-5-5: {input: 0, output: 0}}")

    (claude,) = json.loads(cli("import", "--from", "claude", "--json").out)["imported"]

    assert (claude["cost_nusd"], claude["unknown_costs"]) == (0, 0)
