"""Clients of OpenAI's API that know nothing of us talk through serve.sh, and are on record."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import anthropic_server
import openai_server
from loopback import Turn
from toolchains import from_npm

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"
#: A question whose answer begins and does not end.
HANG = "Hang"
#: What the model asks for when it is given tools.
WANTED = ({"name": "add", "input": {"a": 1, "b": 2}}, {"name": "add", "input": {"a": 3, "b": 4}})
NUMBERS = {"a": {"type": "number"}, "b": {"type": "number"}}
ADD: Any = {
    "type": "function",
    "function": {
        "name": "add",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": NUMBERS,
            "required": ["a", "b"],
            "additionalProperties": False,
        },
    },
}
OPENAI_NPM = "openai@7.59.0"
#: A program in JavaScript: a stream with its usage, one that goes on, and what it is refused.
PROGRAM = """
import OpenAI from "openai";
const client = new OpenAI();
const model = "gpt-4o";
const messages = [{role: "user", content: "Hi from Node"}];
const stream = await client.chat.completions.create({
  model, messages, stream: true, stream_options: {include_usage: true},
});
let text = "", usage;
for await (const chunk of stream) {
  text += chunk.choices[0]?.delta?.content ?? "";
  usage = chunk.usage ?? usage;
}
messages.push({role: "assistant", content: text}, {role: "user", content: "And?"});
const {data, response} = await client.chat.completions.create({model, messages}).withResponse();
const models = [];
for await (const one of client.models.list()) models.push(one.id);
const add = ADD;
const sums = [];
const runner = client.chat.completions.runTools({
  model, stream: true, messages: [{role: "user", content: "1 + 2, 3 + 4?"}],
  tools: [{...add, function: {
    ...add.function, parse: JSON.parse,
    function: ({a, b}) => { sums.push(a + b); return `${a + b}`; },
  }}],
});
const answered = await runner.finalContent();
const refused = await client.chat.completions.create({model, messages, n: 2}).catch((e) => e);
const stranger = new OpenAI({apiKey: "wrong"});
const denied = await stranger.models.list().catch((e) => e);
console.log(JSON.stringify({
  sums, answered, text, tokens: usage.total_tokens, second: data.choices[0].message.content, models,
  session: response.headers.get("x-session"), refused: [refused.constructor.name, refused.message],
  denied: [denied.constructor.name, denied.message],
}));
"""


class Served:
    """serve.sh in front of a model server. `url`: what clients call the base URL."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        words = [SCRIPTS / "serve.sh", "--port", "0"]
        self.process = subprocess.Popen(
            words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.process.stdout
        self.url = f"{self.process.stdout.readline().strip()}/v1"
        self.token = self.run("serve.sh", "token", "show").strip()

    def run(self, script: str, *words: str) -> str:
        """What one of our commands says."""
        done = subprocess.run(
            [SCRIPTS / script, *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout

    def calls(self, session: str) -> list[dict[str, Any]]:
        """What `show` has of a session."""
        found: list[dict[str, Any]] = json.loads(
            self.run("ai-session.sh", "show", session, "--json")
        )["interactions"]
        return found


@pytest.fixture(params=["openai"])
def served(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Served]:
    """In front of a server of OpenAI's API, or of that which a test names."""
    turns = iter(("One two.", "Three four.", "Five six."))

    def turn(body: dict[str, Any]) -> Turn:
        last = body["messages"][-1]
        if "tools" in body and "tool_result" not in str(last) and last["role"] != "tool":
            return Turn("", tools=WANTED)
        is_endless = last["content"] == HANG
        return Turn("One two.", hang_after=3) if is_endless else Turn(next(turns))

    speaks = {
        "openai": lambda: openai_server.server(turn, models=("gpt-4o", "gpt-4o-mini")),
        "anthropic": lambda: anthropic_server.server(turn),
    }
    with speaks[request.param]() as upstream:
        environment = {
            "PATH": f"{ROOT / 'test/bin/agents'}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "SESSION_DIR": str(tmp_path / "sessions"),
            "AI_PROVIDER": request.param,
            "OPENAI_BASE_URL": f"{upstream.url}/v1",
            "OPENAI_API_KEY": "no-key",
            "ANTHROPIC_BASE_URL": upstream.url,
        }
        found = Served(environment)
        yield found
        found.process.terminate()
        assert found.process.wait(30) == 0


def test_the_openai_sdk(served: Served, sdk: Callable[[str], Path]) -> None:
    sdk("openai")
    import openai

    client = openai.OpenAI(base_url=served.url, api_key=served.token)
    said: list[Any] = [{"role": "user", "content": "Hi"}]
    with client.chat.completions.stream(
        model="gpt-4o", messages=said, stream_options={"include_usage": True}
    ) as events:
        first = events.get_final_completion()
    said += [first.choices[0].message.to_dict(), {"role": "user", "content": "And?"}]
    raw = client.chat.completions.with_raw_response.create(model="gpt-4o", messages=said)
    second = raw.parse()

    assert first.choices[0].message.content == "One two."
    assert second.choices[0].message.content == "Three four."
    assert first.usage and second.usage
    assert first.usage.total_tokens == second.usage.total_tokens == 3520
    assert "openai:gpt-4o" in [one.id for one in client.models.list()]
    with pytest.raises(openai.BadRequestError, match=r"takes no tools.*openai:gpt-4o") as refused:
        client.chat.completions.create(model="echo", messages=said, tools=[ADD])
    assert (refused.value.param, refused.value.code) == ("tools", "unsupported_parameter")
    with pytest.raises(openai.AuthenticationError, match="the token is not valid"):
        client.with_options(api_key="wrong").models.list()

    calls = served.calls(raw.headers["x-session"])
    assert [[one["text"] for one in call["messages"]] for call in calls] == [
        ["Hi", "One two."],
        ["And?", "Three four."],
    ]
    assert all(call["cost"] > 0 for call in calls)


def test_an_agent_with_what_editors_always_send(served: Served, sdk: Callable[[str], Path]) -> None:
    sdk("openai")
    import openai

    client = openai.OpenAI(base_url=served.url, api_key=served.token)
    said: Any = [{"role": "user", "content": "Hi"}]
    usual: Any = {"temperature": 0.2, "top_p": 0.9, "max_tokens": 500}
    given: Any = {"model": "claude", "messages": said, **usual}
    whole = client.chat.completions.with_raw_response.create(**given)
    streamed = client.chat.completions.with_raw_response.create(**given, stream=True)
    pieces = [one.choices[0].delta.content or "" for one in streamed.parse()]

    for answer in (whole, streamed):
        assert answer.headers["x-ignored"] == "temperature, top_p, max_tokens"
    assert whole.parse().choices[0].message.content
    assert "".join(pieces)
    for more in ({"stop": ["x"]}, {"tools": [ADD]}, {"n": 2}):
        with pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(**given, **more)
        assert refused.value.param == next(iter(more))
    (call,) = served.calls(whole.headers["x-session"])
    assert call["detail"]["ignored"] == ["temperature", "top_p", "max_tokens"]


@pytest.mark.parametrize("served", ["openai", "anthropic"], indirect=True)
@pytest.mark.parametrize("is_streamed", [False, True])
def test_tools_with_the_openai_sdk(
    served: Served, sdk: Callable[[str], Path], is_streamed: bool
) -> None:
    sdk("openai")
    import openai

    client = openai.OpenAI(base_url=served.url, api_key=served.token)
    model = {"openai": "gpt-4o"}.get(served.environment["AI_PROVIDER"], "claude-haiku-4-5")
    said: list[Any] = [{"role": "user", "content": "1 + 2, 3 + 4?"}]

    def asked() -> Any:
        given: Any = {"model": model, "messages": said, "tools": [ADD]}
        if not is_streamed:
            return client.chat.completions.create(**given).choices[0]
        with client.chat.completions.stream(**given) as events:
            return events.get_final_completion().choices[0]

    first = asked()
    calls = first.message.tool_calls
    said.append(first.message.to_dict())
    for one in calls:
        given = json.loads(one.function.arguments)
        content = str(given["a"] + given["b"])
        said.append({"role": "tool", "tool_call_id": one.id, "content": content})
    second = asked()

    assert (first.finish_reason, second.finish_reason) == ("tool_calls", "stop")
    assert second.message.content == "One two."
    (row,) = json.loads(served.run("ai-session.sh", "list", "--json"))["sessions"]
    kept = served.calls(row["name"])
    assert [[one["role"] for one in call["messages"]] for call in kept] == [
        ["user", "assistant"],
        ["tool", "tool", "assistant"],
    ]
    asked_for = kept[0]["messages"][1]["tool_calls"]
    assert [one["arguments"] for one in asked_for] == [one["input"] for one in WANTED]
    assert [one["text"] for one in kept[1]["messages"]] == ["3", "7", "One two."]
    assert all(call["cost"] > 0 for call in kept)


def test_llm(served: Served, sdk: Callable[[str], Path], tmp_path: Path) -> None:
    folder, home = sdk("llm"), tmp_path / "llm"
    home.mkdir()
    model = {
        "model_id": "ours",
        "model_name": "gpt-4o",
        "api_base": served.url,
        "api_key_name": "ours",
    }
    (home / "extra-openai-models.yaml").write_text(json.dumps([model]))
    environment = {**served.environment, "PYTHONPATH": str(folder), "LLM_USER_PATH": str(home)}

    def llm(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "llm", "-m", "ours", "--key", served.token, *words],
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert llm("Hi from llm") == "One two."
    assert llm("-c", "And?", "--no-stream") == "Three four."
    (row,) = json.loads(served.run("ai-session.sh", "list", "--json"))["sessions"]
    calls = served.calls(row["name"])
    assert [call["messages"][0]["text"] for call in calls] == ["Hi from llm", "And?"]
    assert all(call["cost"] > 0 for call in calls)


def test_a_client_in_javascript(served: Served) -> None:
    tools = ROOT / ".tools" / "clients" / "openai-npm"
    from_npm(tools, OPENAI_NPM, "openai/package.json")
    (tools / "program.mjs").write_text(PROGRAM.replace("ADD", json.dumps(ADD)))
    given = {"OPENAI_BASE_URL": served.url, "OPENAI_API_KEY": served.token}
    done = subprocess.run(
        ["node", "program.mjs"],
        cwd=tools,
        env={**served.environment, **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)

    assert (told["text"], told["second"], told["tokens"]) == ("One two.", "Three four.", 3520)
    assert (told["sums"], told["answered"]) == ([3, 7], "Five six.")
    assert "openai:gpt-4o" in told["models"]
    assert told["refused"][0] == "BadRequestError"
    assert "n other than 1" in told["refused"][1]
    assert told["denied"] == ["AuthenticationError", told["denied"][1]]
    assert "the token is not valid" in told["denied"][1]
    calls = served.calls(told["session"])
    assert [call["messages"][0]["text"] for call in calls] == ["Hi from Node", "And?"]
    assert all(call["cost"] > 0 for call in calls)


def test_a_stream_that_is_closed_ends_its_call(served: Served, sdk: Callable[[str], Path]) -> None:
    sdk("openai")
    import openai

    client = openai.OpenAI(base_url=served.url, api_key=served.token)
    said: Any = [{"role": "user", "content": HANG}]
    stream = client.chat.completions.create(model="gpt-4o", messages=said, stream=True)
    heard = [piece.choices[0].delta.content for piece in itertools.islice(stream, 2)]
    session = stream.response.headers["x-session"]
    stream.close()

    looks = (served.calls(session) for _ in range(40))
    (call,) = next(filter(None, looks))
    assert (heard[0], call["status"]) == ("", "interrupted")
    assert call["messages"][-1]["text"].startswith("One")
