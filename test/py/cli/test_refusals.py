"""What was typed wrong: one line that says so, the right exit code, and nothing on stdout."""

import json
import os
import subprocess
import sys

import pytest

from .test_locales import LAUNCH

LONG = "x" * 5000
WRONG = [
    *(
        (command, option, "")
        for command in ("stats", "export")
        for option in ("--since", "--until")
    ),
    ("stats", "--tz", ""),
    ("stats", "--feature", ""),
    ("stats", "--project", " "),
    ("stats", "--since", "\u00b2d"),
    ("stats", "--since", "-5d"),
    ("stats", "--since", "99999999999d"),
    ("stats", "--since", "2026-11-02", "--until", "2026-11-01"),
    ("stats", "--tz", "../../etc/passwd"),
    ("stats", "--tz", LONG),
    ("stats", LONG),
    ("list", "--feature", ""),
    ("list", "--command", ""),
    ("list", "--project", ""),
    ("list", "--limit", "-1"),
    ("list", "--limit", "x"),
    ("show", ""),
    ("show", LONG),
    ("show", "a\nb"),
    ("show", "t\u00fcr"),
    ("path", ""),
    ("doctor", ""),
    ("resume", ""),
    ("export", ""),
    ("export", "--since", "2026-11-02", "--until", "2026-11-01"),
    ("clean", "--older-than", ""),
    ("clean", "--older-than", "-5"),
    ("clean", "--older-than", "\u00b2"),
    ("search", ""),
    ("search", "*"),
    ("todo", "report", "2026-11-30", "2026-11-01"),
    ("todo", "report", "--feature", ""),
    ("todo", "start", "payment", "--estimate", "nan"),
    ("completion", "tcsh"),
    ("completion",),
    ("",),
    (LONG,),
]
#: What each of them hints at is a command that can be typed as it stands.
HINTED = [
    (("clean",), "ai-session.sh clean --older-than 30"),
    (("import",), "ai-session.sh import FILE, or: ai-session.sh import --from all"),
    (("import", "nosuch.json"), "agents' logs: ai-session.sh import --from all"),
    (("search", ""), 'ai-session.sh search "card retries"'),
    (("export", "--output", ""), "ai-session.sh export --help"),
]
BOTH = [
    (command, *flags)
    for command in (("list",), ("stats",), ("todo", "report"))
    for flags in (("--json", "--csv"), ("--md", "--json"), ("--format", "csv", "--json"))
]


@pytest.mark.parametrize("words", WRONG, ids=lambda words: " ".join(words)[:60])
def test_it_is_refused_in_a_line_that_fits_a_screen(cli, store, words):
    answer = cli(*words)

    assert (answer.code, answer.out) == (2, "")
    line = answer.err.splitlines()[0]
    assert line.startswith("error: ")
    assert len(line) < 600
    assert "\t" not in line
    assert "is a bug" not in line
    assert "range" not in line.replace("in the range", "")


@pytest.mark.parametrize(("words", "hint"), HINTED, ids=str)
def test_a_hint_names_the_whole_command(cli, store, words, hint):
    assert cli(*words).err.splitlines()[-1] == f"hint: {hint}"


@pytest.mark.parametrize("words", BOTH, ids=str)
def test_two_answers_at_once_are_refused(cli, store, words):
    command, *flags = words
    answer = cli(*command, *flags)

    assert answer.code == 2
    assert "exclude each other" in answer.err
    assert "--json" in answer.err
    assert json.loads(answer.out)["error"]["kind"] == "usage"


@pytest.mark.parametrize("options", [[], ["--by", "day"], ["--since", "7d"], ["--csv"]], ids=str)
def test_a_feature_without_sessions_is_named_and_not_how_to_begin(cli, store, options):
    answer = cli("stats", "--feature", "nosuch", *options)

    assert answer.code == 0
    assert answer.err in ("no session of feature nosuch\n", "")
    assert bool(answer.err) != bool(answer.out)


def test_a_long_error_is_whole_in_json_alone(cli, store):
    answer = cli("show", LONG, "--json")

    assert LONG in json.loads(answer.out)["error"]["message"]
    assert LONG not in answer.err


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "en_US.UTF-8"])
def test_a_prompt_that_is_no_text_is_no_bug(root, tmp_path, locale):
    subprocess.run(["git", "init", "-q"], check=True)
    environment = {**os.environ, "LC_ALL": locale, "PYTHONUTF8": "0", "AI_PROVIDER": "echo"}
    launch = [sys.executable, "-S", str(LAUNCH)]
    subprocess.run([*launch, "init", "pay"], env=environment, check=True, capture_output=True)
    plan = [*launch, "plan", "pay", "--dry-run"]
    for words, stdin in (([b"\xff\xfe"], b""), (["-"], b"\xff\xfe gr\xc3\xb6\xc3\x9fer")):
        told = [*plan, *words]
        done = subprocess.run(told, env=environment, input=stdin, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
    assert "größer".encode() in done.stdout
