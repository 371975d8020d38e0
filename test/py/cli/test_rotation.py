"""`--model auto` as it is typed: the real client, ledger and record, and OpenRouter on loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import openrouter_server
from ai_sessions.records import Interaction
from ai_sessions.store.files import FileStore
from loopback import Turn

LAUNCH = Path(__file__).parents[3] / "pylib" / "ai_sessions" / "cli" / "launch.py"
GEMINI = "google/gemini-2.0-flash-exp:free"
R1 = "deepseek/deepseek-r1:free"
LLAMA = "meta-llama/llama-3.2-3b-instruct:free"
MISTRAL = "mistralai/mistral-7b-instruct:free"
NEMOTRON = "nvidia/llama-3.1-nemotron-70b-instruct:free"
FIVE = (GEMINI, R1, LLAMA, MISTRAL, NEMOTRON)
LAST = "openrouter/free"
PAID = "openai/gpt-4o"
BUSY, BROKEN = Turn(status=429), Turn(status=500)


def key(model):
    return f"openrouter:{model}"


@pytest.fixture
def openrouter(root, tmp_path, monkeypatch):
    """Begin OpenRouter with these models, and have `auto` choose among `asked` of them."""
    servers = []

    def begin(served, asked=None, pool=None, **account):
        served = served if isinstance(served, dict) else dict.fromkeys(served, ())
        server = openrouter_server.server(served, **account)
        server.__enter__()
        servers.append(server)
        use(f"{server.url}/api/v1", served if asked is None else asked, **(pool or {}))
        return server

    def use(url, asked, others=(), **pool):
        pools = {"openrouter": {"url": url, **pool}, **dict(others)}
        (tmp_path / "models.json").write_text(json.dumps({"pools": pools}))
        monkeypatch.setenv("AI_MODELS_FILE", str(tmp_path / "models.json"))
        monkeypatch.setenv("AI_MODELS", " ".join(map(key, asked)))
        monkeypatch.setenv("OPENROUTER_API_KEY", openrouter_server.KEY)
        monkeypatch.setenv("AI_MODEL", "auto")
        monkeypatch.setenv("AI_STRATEGY", "seed")  # the order of the list, and no chance

    begin.use = use
    yield begin
    for server in servers:
        server.__exit__()


@pytest.fixture
def ask(cli):
    return lambda *words, text="hello": cli("chat", "notes", text, *words)


def calls(root, name="notes"):
    return [one for one in FileStore(root).entries(name) if isinstance(one, Interaction)]


def test_the_next_model_answers_where_one_is_limited_and_one_broken(ask, openrouter, root):
    server = openrouter({R1: [BUSY], LLAMA: [BROKEN], MISTRAL: ()})

    told = ask()

    assert (told.code, told.out) == (0, "OK\n")
    assert server.asked == [R1, LLAMA, MISTRAL]
    assert [one.status for one in calls(root)] == ["rate_limit", "server", "ok"]


def test_the_record_says_why_each_model_was_passed_over(ask, openrouter, root):
    openrouter({R1: [BUSY], LLAMA: [BROKEN], MISTRAL: ()})

    told = ask()

    passed = calls(root)[-1].detail["rotation"]["passed_over"]
    assert [one["model"] for one in passed] == [key(R1), key(LLAMA)]
    assert "temporarily rate-limited upstream" in passed[0]["why"]
    assert "Internal Server Error" in passed[1]["why"]
    switches = [line for line in told.err.splitlines() if key(R1) in line or key(LLAMA) in line]
    assert len(switches) == 2


def test_a_model_that_failed_is_not_asked_again_at_once(ask, openrouter):
    server = openrouter({R1: [BUSY], LLAMA: ()})

    ask()
    ask(text="and again")

    assert server.asked == [R1, LLAMA, LLAMA]


def test_the_last_resort_answers_where_all_five_are_gone(ask, openrouter):
    server = openrouter([LAST], asked=[*FIVE, LAST])

    first, second = ask(), ask(text="and again")

    assert (first.code, first.out, second.code) == (0, "OK\n", 0)
    assert server.asked == [*FIVE, LAST, LAST]


def test_with_all_five_gone_it_ends_in_one_line_and_asks_nothing_more_that_day(ask, openrouter):
    server = openrouter([], asked=FIVE)

    first, second = ask(), ask(text="and again")

    assert (first.code, second.code) == (7, 7)
    assert server.asked == list(FIVE)
    for told in (first, second):
        (error,) = [line for line in told.err.splitlines() if line.startswith("error:")]
        assert all(key(model) in error for model in FIVE)
        assert error.count("404 No endpoints found") == 1


def test_nobody_outside_the_list_is_asked(ask, openrouter):
    server = openrouter({R1: [BROKEN], LLAMA: [BROKEN], MISTRAL: (), LAST: ()}, asked=[R1, LLAMA])

    assert ask().code == 9
    assert server.asked == [R1, LLAMA]


def test_auto_free_asks_nobody_that_is_paid(ask, openrouter):
    server = openrouter({R1: [BROKEN], PAID: ()}, asked=[R1, PAID], credits=5.0)

    told = ask("--model", "auto:free")

    assert told.code != 0
    assert server.asked == [R1]


def test_when_no_money_is_left_a_model_that_is_free_answers(ask, openrouter, monkeypatch):
    server = openrouter([PAID, R1], credits=5.0)
    monkeypatch.setenv("AI_STRATEGY", "round-robin")
    ask()
    ask(text="the other one's turn")
    monkeypatch.setenv("BUDGET_DAY", "0.0001")

    told = ask(text="and again")

    assert (told.code, server.asked) == (0, [PAID, R1, R1])
    assert f"{key(PAID)}: the day budget is used up" in told.err


def test_when_no_money_is_left_and_none_is_free_nobody_is_asked(ask, openrouter, monkeypatch):
    server = openrouter([PAID], credits=5.0)
    ask()
    monkeypatch.setenv("BUDGET_DAY", "0.0001")

    told = ask(text="and again")

    assert (told.code, server.asked) == (7, [PAID])
    assert "the day budget is used up" in told.err


def test_a_free_model_that_bills_an_answer_is_asked_by_auto_free_no_more(ask, openrouter):
    billed = {**openrouter_server.usage_of(PAID, {})}
    server = openrouter({R1: [Turn(usage=billed)], LLAMA: [BROKEN]})

    codes = [ask("--model", "auto:free", text=f"number {number}").code for number in range(3)]

    assert server.asked[0] == R1
    assert R1 not in server.asked[1:]
    assert codes[0] == 0


def test_a_budget_holds_for_a_free_model_that_has_billed(ask, openrouter, monkeypatch):
    server = openrouter({R1: [Turn(usage=openrouter_server.usage_of(PAID, {}))]})
    monkeypatch.setenv("BUDGET_DAY", "0.0001")
    ask()

    told = ask(text="and again")

    assert (told.code, server.asked) == (7, [R1])
    assert "the day budget is used up" in told.err


def test_auto_free_asks_no_preview_that_costs_nothing_until_it_has_a_price(
    ask, openrouter, monkeypatch
):
    monkeypatch.setattr(openrouter_server, "is_free", lambda _model: True)
    server = openrouter(["stealth/preview"], asked=[], credits=5.0)

    assert ask("--model", "auto:free").code == 7
    assert ask("--model", "auto").code == 0
    assert server.asked == [LAST, "stealth/preview"]


def test_three_models_are_asked_for_one_answer_at_most(ask, openrouter, root):
    server = openrouter({model: [BROKEN] for model in FIVE})

    assert ask().code == 9
    assert server.asked == list(FIVE[:3])
    assert len(calls(root)) == 3


def test_a_model_that_is_gone_uses_up_no_attempt(ask, openrouter):
    served = {R1: [BROKEN], LLAMA: [BROKEN], MISTRAL: (), NEMOTRON: ()}
    server = openrouter(served, asked=[GEMINI, *served])

    assert ask().code == 0
    assert server.asked == [GEMINI, R1, LLAMA, MISTRAL]


def test_a_prompt_that_is_too_long_goes_to_a_model_with_a_larger_window(ask, openrouter):
    long = Turn(status=400, error="This endpoint's maximum context length is 8192 tokens.")
    server = openrouter({R1: [long], LLAMA: ()})

    assert ask().code == 0
    assert server.asked == [R1, LLAMA]


def test_a_prompt_that_is_too_long_for_one_is_not_sent_to_one_that_holds_no_more(ask, openrouter):
    server = openrouter({R1: [Turn(status=413, error="Payload too large")], LLAMA: ()})

    told = ask()

    assert (told.code, server.asked) == (9, [R1])
    assert f"{key(LLAMA)}: holds no more" in told.err


def test_what_is_refused_for_what_it_says_is_asked_of_nobody_else(ask, openrouter):
    server = openrouter({R1: [Turn(status=403)], LLAMA: ()})

    told = ask()

    assert (told.code, server.asked) == (9, [R1])
    assert "requires moderation" in told.err


@pytest.mark.parametrize(
    "broken",
    [Turn(cut_after=2), Turn(""), Turn(status=503), Turn(status=408), Turn(raw="data: {}\n\n")],
    ids=["cut off", "empty", "503", "408", "unreadable"],
)
def test_a_model_that_breaks_lets_the_next_one_answer(ask, openrouter, broken):
    server = openrouter({R1: [broken], LLAMA: ()})

    assert ask().out.endswith("OK\n")
    assert server.asked == [R1, LLAMA]


def test_all_models_have_one_deadline_together(ask, openrouter, monkeypatch):
    monkeypatch.setenv("AI_TIMEOUT", "1")
    server = openrouter({R1: [Turn(hang_after=1)], LLAMA: ()})

    assert ask().code == 124
    assert server.asked == [R1]


@pytest.mark.parametrize(
    "account", [{"keys": ["sk-or-v1-another"]}, {"credits": -1.0}], ids=["401", "402"]
)
def test_an_account_that_is_refused_is_asked_once_for_all_its_models(ask, openrouter, account):
    server = openrouter(FIVE, **account)

    first, second = ask(), ask(text="and again")

    assert server.asked == [FIVE[0]]
    for told in (first, second):
        assert told.code == 9
        assert "check OPENROUTER_API_KEY" in told.err


@pytest.mark.parametrize(
    ("account", "code"),
    [({"keys": ["sk-or-v1-another"]}, 0), ({"credits": -1.0}, 0), ({"a_day": 0}, 9)],
    ids=["401", "402", "429, which uses one up"],
)
def test_an_account_that_is_closed_is_asked_once_and_another_one_has_its_attempts(
    ask, openrouter, monkeypatch, account, code
):
    lab = openrouter_server.server({"one": [BROKEN], "two": [BROKEN], "three": ()}, credits=5.0)
    with lab:
        server = openrouter(
            FIVE,
            pool={"others": {"lab": {"url": f"{lab.url}/v1", "key_variable": "LAB_KEY"}}},
            **account,
        )
        labs = ["lab:one", "lab:two", "lab:three"]
        monkeypatch.setenv("LAB_KEY", "sk-lab-not-a-key")
        monkeypatch.setenv("AI_MODELS", " ".join([*map(key, FIVE), *labs]))
        codes = [ask().code, ask(text="and again").code]

    assert codes == [code, 0]
    assert server.asked == [FIVE[0]]
    assert lab.asked[:2] == ["one", "two"]


def test_an_account_without_credit_is_asked_for_its_free_models(ask, openrouter):
    server = openrouter([PAID, "openai/gpt-5", R1], credits=0.0)

    codes = [ask(text=f"number {number}").code for number in range(2)]

    assert codes == [0, 0]
    assert server.asked == [PAID, R1, R1]


def test_a_pool_without_a_key_uses_up_no_attempt(ask, openrouter, monkeypatch):
    server = openrouter({R1: [BROKEN], LLAMA: [BROKEN], MISTRAL: ()})
    listed = "groq:a groq:b groq:c " + " ".join(map(key, (R1, LLAMA, MISTRAL)))
    monkeypatch.setenv("AI_MODELS", listed)

    assert ask().code == 0
    assert server.asked == [R1, LLAMA, MISTRAL]


def test_a_named_model_that_answers_opens_its_account_again(ask, openrouter):
    server = openrouter(FIVE, credits=-1.0)
    refused = ask()
    server.account.credits = 5.0

    named = ask("--model", key(R1), text="credits were bought")
    again = ask(text="and again")

    assert (refused.code, named.code, again.code) == (9, 0, 0)


def test_one_spent_pool_closes_all_models_of_the_account(ask, openrouter):
    server = openrouter(FIVE, a_day=1)

    codes = [ask(text=f"number {number}").code for number in range(4)]

    assert codes == [0, 7, 7, 7]
    assert len(server.asked) == 2


def test_the_conversation_goes_along_over_a_switch(ask, openrouter):
    server = openrouter({R1: [Turn("Call me Brakel.")], LLAMA: [BROKEN], MISTRAL: ()})

    ask(text="Who are you?")
    told = ask(text="What is your name?")

    assert (told.code, server.asked) == (0, [R1, LLAMA, MISTRAL])
    assert [said["content"] for said in server.seen[-1].body["messages"]][-3:] == [
        "Who are you?",
        "Call me Brakel.",
        "What is your name?",
    ]


def test_an_error_in_the_middle_of_an_answer_goes_to_the_next_model(ask, openrouter, root):
    broken = Turn("one two three", stop="error", error="Provider disconnected")
    server = openrouter({R1: [broken], LLAMA: [Turn("It is 4.")]})

    told = ask()

    assert (told.code, server.asked) == (0, [R1, LLAMA])
    assert told.out.endswith("It is 4.\n")
    assert [one.status for one in calls(root)] == ["server", "ok"]


def test_a_laptop_without_a_network_marks_nothing_and_uses_no_quota(ask, openrouter):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    limits = [{"unit": "requests", "period": "day", "amount": 1}]
    openrouter.use(f"http://127.0.0.1:{port}/api/v1", [R1, LLAMA], limits=limits)
    offline = [ask(text=f"offline {number}").code for number in range(3)]

    server = openrouter_server.server({R1: (), LLAMA: ()}, port=port)
    with server:
        online = ask(text="online")

    assert offline == [9, 9, 9]
    assert (online.code, server.asked) == (0, [R1])


def test_a_ledger_that_was_damaged_is_told_of_once(ask, openrouter, root):
    openrouter({R1: ()})
    ask()
    (root / ".ledger.sqlite3").write_text("garbage")

    told, after = ask(text="and again"), ask(text="and again")

    assert (told.code, after.code) == (0, 0)
    assert told.err.count("warning: the ledger was damaged (") == 1
    assert "damaged" not in after.err


def test_a_sessions_folder_that_cannot_be_made_is_said_in_one_line(ask, openrouter, monkeypatch):
    openrouter({R1: ()})
    monkeypatch.setenv("SESSION_DIR", "/dev/null/sessions")

    told = ask()

    assert told.code == 11
    assert "(this is a bug)" not in told.err


def test_a_limit_of_the_users_own_counts_more_than_what_the_server_says(ask, openrouter):
    limits = [{"unit": "requests", "period": "day", "amount": 3}]
    server = openrouter(FIVE, pool={"limits": limits}, a_day=1)
    codes = [ask(text="one").code, ask(text="refused").code]
    server.account.a_day = 50
    codes += [ask("--model", key(FIVE[0]), text="it is open again").code]
    codes += [ask(text="three").code, ask(text="three are three").code]

    assert codes == [0, 7, 0, 0, 7]
    assert server.account.today == 3


def in_a_process(*words, **more):
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(LAUNCH), "chat", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ},
        text=True,
        **more,
    )


def test_processes_at_once_never_take_more_than_their_quota_has(openrouter):
    limits = [{"unit": "requests", "period": "day", "amount": 2}]
    server = openrouter([R1], pool={"limits": limits})
    processes = [in_a_process(f"talk-{number}", "hello") for number in range(4)]

    codes = sorted(process.wait(60) for process in processes)

    assert codes == [0, 0, 7, 7]
    assert len(server.asked) == 2


def test_ctrl_c_ends_the_call_and_asks_nobody_else(openrouter, root):
    server = openrouter({R1: [Turn("one two three", hang_after=2)], LLAMA: ()})
    process = in_a_process("notes", "hello")
    assert server.came.wait(60)
    process.send_signal(signal.SIGINT)
    process.communicate()

    assert process.returncode == 130
    assert server.asked == [R1]
    assert [one.status for one in calls(root)] == ["interrupted"]


def test_each_switch_is_an_event_for_programs(cli, openrouter):
    openrouter({R1: [BROKEN], LLAMA: ()})
    told = cli("chat", "notes", "hello", "--jsonl")

    events = [json.loads(line) for line in told.out.splitlines()]
    (switch,) = [one for one in events if one["event"] == "switch"]
    assert key(R1) in switch["text"]
    assert events[-1]["event"] == "result"
    assert events[-1]["interaction"]["detail"]["rotation"]["passed_over"]


def test_a_call_that_was_killed_counts_as_used(ask, openrouter):
    limits = [{"unit": "requests", "period": "day", "amount": 2}]
    server = openrouter({R1: [Turn("one two three", hang_after=2)]}, pool={"limits": limits})
    process = in_a_process("notes", "hello")
    assert server.came.wait(60)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()

    codes = [ask(text=f"number {number}").code for number in range(2)]

    assert codes == [0, 7]
    assert server.asked == [R1, R1]
