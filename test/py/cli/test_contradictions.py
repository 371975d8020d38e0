"""Options that exclude or need each other: exit 2, one line with both, nothing called."""

import json

import pytest
from scripted import SOURCE, TEST, writes

from ai_sessions.providers.contract import Failure, Reply
from ai_sessions.records import Usage

HONEST = (writes(test_gateway__py=TEST), writes(gateway__py=SOURCE))
EXCLUDE = [
    ("plan pay --check --approve", "--check and --approve"),
    ("plan pay --check --revise", "--check and --revise"),
    ("plan pay --approve --import plan.yaml", "--approve and --import"),
    ("plan pay --check PROMPT", "--check and PROMPT"),
    ("plan pay --approve --dry-run", "--approve and --dry-run"),
    ("plan pay --check --provider agent", "--check and --provider"),
    ("plan pay --check --session mine", "--check and --session"),
    ("plan pay --check --require-resume", "--check and --require-resume"),
    ("plan pay --revise --full-context more", "--revise and --full-context"),
    ("plan pay x --session mine --no-session", "--session and --no-session"),
    ("plan pay x --quiet --verbose", "--quiet and --verbose"),
    ("plan pay x --json --jsonl", "--json and --jsonl"),
    ("implement pay --next --task T1.1", "--next and --task"),
    ("implement pay --next --all", "--next and --all"),
    ("implement pay --all --answer cents --task T1.1", "--answer and --all"),
    ("implement pay --task T1.1 --strict --no-teeth", "--strict and --no-teeth"),
    ("implement pay --task T1.1 --no-tests --tdd --reason spike", "--no-tests and --tdd"),
    ("implement pay --task T1.1 --no-tests --strict --reason spike", "--no-tests and --strict"),
    (
        "implement pay --next --no-tests --attempts 2 --reason spike",
        "--no-tests and --attempts",
    ),
    ("implement pay --next --session mine --no-session", "--session and --no-session"),
    ("review pay --with agent --provider agent", "--with and --provider"),
    ("review pay --task T1.1 --base main", "--task and --base"),
    ("review pay README.md --task T1.1", "--task and FILES"),
    ("review pay --session mine --no-session", "--session and --no-session"),
    ("verify pay --ci --ai", "--ci and --ai"),
    ("verify pay --evidence-only --ai", "--evidence-only and --ai"),
    ("verify pay --evidence-only --provider agent", "--evidence-only and --provider"),
    ("verify pay --ci --model opus", "--ci and --model"),
    ("verify pay --no-ai --retry 1", "--no-ai and --retry"),
    ("verify pay --all --unit", "--all and --unit"),
    ("status pay --all", "FEATURE and --all"),
    ("status --watch --json", "--watch and --json"),
    ("show x --transcript --json", "--transcript and --json"),
    ("show x --transcript --interactions 3", "--transcript and --interactions"),
    ("resume x --print --exec", "--print and --exec"),
    ("resume x --exec --json", "--exec and --json"),
    ("export --envelope --format csv", "--envelope and --format csv"),
    ("export --json --format csv", "--json and --format csv"),
    ("list --csv --md", "--csv and --md"),
    ("list --csv --format md", "--csv and --format"),
    ("stats --csv --md", "--csv and --md"),
    ("list --json --format table", "--json and --format table"),
]
NEED = [
    "implement pay --task T1.1 --max-tasks 2 --all",
    "implement pay --task T1.1 --jobs 1 --all",
    "implement pay --next --answer cents --task",
    "implement pay --next --reason spike --no-tests",
    "implement pay --next --no-tests --reason",
    "import x.json --anew --from",
]


@pytest.mark.parametrize(("line", "two"), EXCLUDE)
def test_a_contradiction_is_refused_with_both_named(typed, agent, line, two):
    words = line.split()
    (typed.repo / "plan.yaml").write_text("")

    code, _, err = typed(*words)

    one, _, other = two.partition(" and ")
    assert (code, agent.requests) == (2, []), err
    assert err.splitlines()[0] in (
        f"error: {one} and {other} exclude each other",
        f"error: {other} and {one} exclude each other",
    )


@pytest.mark.parametrize("line", NEED)
def test_an_option_that_needs_another_says_which(typed, agent, line):
    *words, lacks = line.split()

    code, _, err = typed(*words)

    assert (code, agent.requests) == (2, []), err
    needing = next(word for word in reversed(words) if word.startswith("--"))
    assert err.splitlines()[0] == f"error: {needing} needs {lacks}"


def test_a_refused_approval_has_approved_nothing(typed, agent):
    assert typed("plan", "pay", "--approve", "--dry-run")[0] == 2
    assert not list((typed.repo / ".git").glob("ai-sessions/**/*"))


def test_a_refusal_is_one_json_object(typed, agent):
    code, out, _ = typed("verify", "pay", "--ci", "--ai", "--json")

    assert (code, json.loads(out)["error"]["kind"]) == (2, "usage")


@pytest.mark.parametrize(
    "line",
    [
        *(f"plan pay wish {option}" for option in ("--provider", "--model", "--session")),
        *(f"implement pay --task T1.1 {option}" for option in ("--answer", "--reason", "--model")),
        "implement pay --all --task",
        *(f"review pay {option}" for option in ("--base", "--with", "--focus", "--task")),
        *(f"verify pay {option}" for option in ("--junit", "--provider", "--model")),
    ],
)
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_option_is_refused_before_anyone_is_called(typed, agent, line, value):
    code, _, err = typed(*line.split(), value)

    option = line.split()[-1]
    assert (code, agent.requests) == (2, [])
    assert err.splitlines()[0].endswith(f"{option}': it is empty")


@pytest.mark.parametrize("option", ["--timeout", "--lock-wait"])
@pytest.mark.parametrize("value", ["nan", "inf"])
def test_seconds_are_a_number(typed, agent, option, value):
    code, _, err = typed("review", "pay", option, value)

    assert (code, agent.requests) == (2, [])
    assert err.splitlines()[0] == f"error: invalid value for '{option}': {value} is no number"


@pytest.mark.parametrize("command", ["plan", "implement", "review"])
@pytest.mark.parametrize("feature", ["pay", "pa"])
def test_the_session_that_the_script_names_is_nobodys_choice(typed, agent, command, feature):
    more = {"plan": ["--check"], "implement": ["--next", "--dry-run"], "review": ["--dry-run"]}

    _, _, err = typed(command, "--default-session", f"{command}-{feature}", feature, *more[command])

    assert "exclude" not in err


def test_a_session_is_refused_where_a_setting_records_none(typed, agent, monkeypatch):
    monkeypatch.setenv("USE_SESSIONS", "false")

    code, _, err = typed("implement", "pay", "--next", "--session", "mine")

    assert (code, agent.requests) == (2, [])
    assert "--session mine needs sessions, and USE_SESSIONS is off (environment)" in err


@pytest.mark.parametrize(
    "option", ["--session=x", "--no-session", "--require-resume", "--lock-wait=1"]
)
def test_verify_has_no_session_to_choose(typed, agent, option):
    code, _, err = typed("verify", "pay", option)

    assert code == 2
    assert f"no such option '{option.partition('=')[0]}'" in err


def test_one_letter_means_one_thing(cli, store):
    answer = cli("clean", "--older-than", "0", "-f")

    assert answer.code == 2
    assert "no such option '-f'" in answer.err
    assert len(list(store.sessions())) == 3


def test_status_is_one_object_never_lines_of_it(typed):
    code, _, err = typed("status", "pay", "--jsonl")

    assert code == 2
    assert err.startswith("error: no such option '--jsonl'. (Did you mean one of: '--json'")


def test_one_named_task_is_one_task(typed, agent):
    agent.steps = list(HONEST)

    assert typed("implement", "pay", "--task", "T1.1", "--max-tasks", "2")[0] == 2
    assert typed("implement", "pay", "--task", "T1.1")[0] == 0
    assert len(agent.requests) == 2


def test_an_answer_to_a_task_that_asks_nothing_is_refused_and_not_noted(typed, agent):
    code, _, err = typed("implement", "pay", "--task", "T1.1", "--answer", "in cents")

    assert (code, agent.requests) == (2, [])
    assert "T1.1 has asked nothing that --answer could answer" in err
    assert not (typed.repo / ".ai-session/pay/notes.md").read_text().count("in cents")


def test_an_answer_is_noted_once_however_often_the_command_is_typed(typed, agent):
    stops = Reply("", "m", Usage(), failure=Failure("api", "the server is down"))
    agent.steps = ["BLOCKED: Which currency?", stops, *HONEST]
    assert typed("implement", "pay", "--task", "T1.1")[0] == 6
    assert typed("implement", "pay", "--task", "T1.1", "--answer", "in cents")[0] == 9

    assert typed("implement", "pay", "--task", "T1.1", "--answer", "in cents")[0] == 0

    assert (typed.repo / ".ai-session/pay/notes.md").read_text().count("in cents") == 1
    assert "in cents" in agent.requests[-2].prompt


def test_a_dry_run_of_a_change_shows_its_own_prompt(typed, agent):
    code, out, _ = typed("plan", "pay", "--revise", "Add refunds", "--dry-run")

    assert (code, agent.requests) == (0, [])
    assert "Add refunds" in out
    assert "title: Gateway" in out


def test_a_name_of_a_model_needs_no_checksum(cli):
    answer = cli("models", "pull", "some-model", "--sha256", "0" * 64)

    assert answer.code == 2
    assert "--sha256 needs a URL" in answer.err


@pytest.mark.parametrize("words", [["help"], ["completion", "bash"]], ids=" ".join)
def test_pages_are_json_objects_too(cli, words):
    assert json.loads(cli(*words, "--json").out)["ok"] is True
