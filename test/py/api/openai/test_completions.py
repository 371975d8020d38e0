"""Clients of OpenAI's API talk through our sessions, and each conversation is in one of them."""

import asyncio
import json

import pytest

from ai_sessions import times
from ai_sessions.conversations import messages
from ai_sessions.providers.contract import Failure, Quirks, Reply
from ai_sessions.records import About, Interaction, ToolCall

PATH = "/v1/chat/completions"


def data(answer):
    """The data of each event of a stream; the last one is a text."""
    lines = [one.removeprefix("data: ") for one in answer.text.splitlines() if one[:5] == "data:"]
    return [*map(json.loads, lines[:-1]), lines[-1]]


def said(service, name):
    """What was said in a session, in order."""
    return [one.text for one in messages.said(service.store, name)]


def test_an_answer_has_openais_form_and_says_where_it_is_on_record(say, service):
    answer = say("Hi")
    told, choice = answer.json(), answer.json()["choices"][0]

    assert (answer.status_code, told["object"], told["model"]) == (
        200,
        "chat.completion",
        "model-1",
    )
    assert choice["message"] == {"role": "assistant", "content": "Hello", "refusal": None}
    assert (choice["finish_reason"], told["usage"]["total_tokens"]) == ("stop", 15)
    assert said(service, answer.headers["x-session"]) == ["Hi", "Hello"]


def test_a_conversation_told_whole_each_time_is_recorded_once(say, service, model):
    first = say("Hi")
    second = say("Hi", "Hello", "And?")
    third = say("Hi", "Hello", "And?", "Hello", "So?")

    assert len({one.headers["x-session"] for one in (first, second, third)}) == 1
    name = first.headers["x-session"]
    assert said(service, name) == ["Hi", "Hello", "And?", "Hello", "So?", "Hello"]
    assert [one.text for one in model.asked[-1].history] == ["Hi", "Hello", "And?", "Hello"]


def test_conversations_that_begin_alike_are_told_apart_by_their_answers(say, model):
    first = say("Hi")
    model.pieces = ["Hey"]
    second = say("Hi")

    assert first.headers["x-session"] != second.headers["x-session"]
    assert say("Hi", "Hey", "x").headers["x-session"] == second.headers["x-session"]
    assert say("Hi", "Hello", "x").headers["x-session"] == first.headers["x-session"]


def test_other_users_and_tokens_have_conversations_of_their_own(say, client, service):
    names = {say("Hi").headers["x-session"], say("Hi", user="ann").headers["x-session"]}
    client.token = service.access.add("phone", "write", service.now())
    names.add(say("Hi").headers["x-session"])

    assert len(names) == 3


def test_a_client_may_name_its_session(say, service):
    by_header = say("Hi", headers={"X-Session": "notes"})
    by_metadata = say("And?", metadata={"session_id": "notes"})

    assert by_header.headers["x-session"] == by_metadata.headers["x-session"] == "openai-notes"
    assert service.store.read("openai-notes").totals.interactions == 2


def test_a_session_of_another_interface_can_be_named(say, service):
    there = service.core.get_or_create_session(conversation_id="1", interface_type="api")

    answer = say("Hi", headers={"X-Session": there.uid})

    assert answer.headers["x-session"] == there.name


@pytest.mark.parametrize("given", [7, "x" * 300, "a\nb"])
def test_what_is_no_id_of_a_session_is_refused(say, given):
    refused = say("Hi", metadata={"session_id": given})

    assert (refused.status_code, refused.json()["error"]["type"]) == (400, "invalid_request_error")


def test_a_stream_comes_in_chunks_and_ends_with_done(say):
    answer = say("Hi", stream=True)
    *chunks, done = data(answer)

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [one["choices"][0]["delta"].get("content") for one in chunks] == ["", "Hel", "lo", None]
    assert (chunks[-1]["choices"][0]["finish_reason"], done) == ("stop", "[DONE]")
    assert all("usage" not in one for one in chunks)


def test_a_stream_tells_what_was_used_where_that_is_asked_for(say):
    *chunks, last, _done = data(say("Hi", stream=True, stream_options={"include_usage": True}))

    assert [one["usage"] for one in chunks] == [None] * len(chunks)
    assert (last["choices"], last["usage"]["completion_tokens"]) == ([], 3)


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_that_failed_before_a_word_has_its_status(say, model, service, stream):
    model.pieces, model.failure = [], Failure("rate_limit", "too many")

    failed = say("Hi", stream=stream)

    assert (failed.status_code, failed.json()["error"]["type"]) == (429, "rate_limit_error")
    assert [one.totals.interactions for one in service.store.sessions()] == [1]


def test_a_stream_that_breaks_off_ends_with_an_error(say, model):
    model.failure = Failure("server", "it broke")

    answer = say("Hi", stream=True)

    assert answer.status_code == 200
    assert '"error":{"message":"scripted: it broke' in answer.text
    assert "[DONE]" not in answer.text


def test_a_call_that_failed_is_said_again_in_the_same_session(say, model, service):
    model.pieces, model.failure = [], Failure("overloaded", "busy")
    failed = say("Hi")
    model.pieces, model.failure = ["Hello"], None

    name = say("Hi").headers["x-session"]

    assert (failed.status_code, failed.headers["retry-after"]) == (503, "5")
    assert said(service, name) == ["Hi", "Hello"]


def test_a_client_that_goes_away_ends_its_stream(client, model, service):
    model.go.clear()

    async def left():
        body = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}
        asked = asyncio.create_task(client.asked("POST", PATH, json=body))
        await asyncio.to_thread(model.began.wait, 60)
        while not service.turns.under_way()[0].words:
            await asyncio.sleep(0)
        [turn] = service.turns.under_way()
        asked.cancel()
        await asyncio.wait([asked])
        was_stopped = turn.stop.is_set()
        await service.turns.finish(60)
        return was_stopped

    assert asyncio.run(left())

    call = next(one for one in service.store.sessions())
    assert said(service, call.name) == ["Hi", "Hel"]


def test_a_client_that_goes_away_before_the_first_word_ends_its_stream(client, model, service):
    def silent(request, _watch):
        model.began.set()
        request.stop.wait(60)
        return Reply("", "model-1", failure=Failure("interrupted", "x"))

    model.run = silent

    async def left():
        body = {"messages": [{"role": "user", "content": "Hi"}], "stream": True}
        asked = asyncio.create_task(client.asked("POST", PATH, json=body))
        await asyncio.to_thread(model.began.wait, 60)
        [turn] = service.turns.under_way()
        while not turn._changed:  # the client waits for its first word
            await asyncio.sleep(0)
        asked.cancel()
        await asyncio.wait([asked])
        was_stopped = turn.stop.is_set()
        turn.stop.set()
        await service.turns.finish(60)
        return was_stopped

    assert asyncio.run(left())


def test_calls_of_one_session_do_not_wait_for_each_other(client, model):
    model.go.clear()

    async def both():
        body = {"messages": [{"role": "user", "content": "Hi"}]}
        tasks = [
            asyncio.create_task(client.asked("POST", PATH, json=body, headers={"x-session": "a"}))
            for _ in range(2)
        ]
        while len(model.asked) < 2:
            await asyncio.sleep(0.001)
        model.go.set()
        return await asyncio.gather(*tasks)

    assert [one.status_code for one in asyncio.run(both())] == [200, 200]


def test_an_agent_is_asked_by_admins_alone_and_leaves_no_session(say, client, service, model):
    model.quirks = Quirks(keeps_context=True, edits_files=True)
    client.token = service.access.add("phone", "write", service.now())

    refused = say("Hi")

    assert (refused.status_code, refused.json()["error"]["type"]) == (403, "permission_error")
    assert list(service.store.sessions()) == []


def test_a_model_that_nobody_has_is_told_at_once(say, service):
    del service.environment["AI_PROVIDER"]

    refused = say("Hi", model="gpt-1")

    assert (refused.status_code, refused.headers["x-should-retry"]) == (404, "false")
    assert refused.json()["error"]["code"] == "model_not_found"


def test_a_budget_that_is_used_up_is_told_and_not_tried_again(say, service):
    service.environment["BUDGET_DAY"] = "0.0005"
    say("Hi")

    refused = say("And?")

    assert (refused.status_code, refused.headers["x-should-retry"]) == (429, "false")
    assert refused.json()["error"]["code"] == "insufficient_quota"


def test_a_budget_of_a_day_says_when_it_is_over(say, service):
    service.environment["BUDGET_DAY"] = "0.0005"
    say("Hi")
    wait_s = int(say("And?").headers["retry-after"])

    ends = times.spanned(service.now(), "day", None)[1]
    assert abs((ends - service.now()).total_seconds() - wait_s) < 600


def test_an_answer_of_which_nothing_came_before_its_limit_is_no_matter_of_money(say, model):
    model.pieces, model.failure = [], Failure("limit", "it was cut at the output limit")
    refused = say("Hi")

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "max_output_tokens")
    assert refused.json()["error"]["type"] == "invalid_request_error"
    assert (refused.headers["x-should-retry"], "retry-after" in refused.headers) == ("false", False)


def test_a_damaged_session_is_not_written_into(client, model, service, tmp_path):
    service.store.ensure("hurt", About())
    for path in (tmp_path / "sessions" / "hurt").glob("*.json*"):
        path.write_bytes(b"\xff\x00" * 40)
    body = {"messages": [{"role": "user", "content": "Hi"}]}
    refused = client.post(PATH, json=body, headers={"x-session": "hurt"})

    assert (refused.status_code, refused.json()["error"]["code"]) == (507, "storage")


def test_a_token_that_may_only_read_gets_openais_error(client, service, model):
    client.token = service.access.add("eye", "read", service.now())

    refused = client.post(PATH, json={"messages": [{"role": "user", "content": "Hi"}]})

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "scope")


def test_a_body_that_is_wrong_gets_openais_error(client, model):
    refused = client.post(PATH, json={"model": "x"})

    assert refused.status_code == 400
    assert "'messages' is a required property" in refused.json()["error"]["message"]


def test_an_answer_that_was_cut_is_an_answer_and_goes_on_in_its_session(say, model, service):
    model.failure = Failure("limit", "its answer was cut at the output limit")
    cut = say("Hi")
    model.failure = None

    on = say("Hi", "Hello", "Go on")

    assert cut.json()["choices"][0]["finish_reason"] == "length"
    assert on.headers["x-session"] == cut.headers["x-session"]
    assert said(service, on.headers["x-session"]) == ["Hi", "Hello", "Go on", "Hello"]


def test_a_prompt_that_is_too_long_has_the_code_that_clients_know(say, model):
    model.pieces, model.failure = [], Failure("context_too_long", "too long")

    error = say("Hi").json()["error"]

    assert (error["code"], error["type"]) == ("context_length_exceeded", "invalid_request_error")


def test_no_title_has_words_where_none_are_kept(say, service, monkeypatch):
    titles = [say("Hello you").headers["x-session"]]
    monkeypatch.setattr(type(service.store), "keeps_words", False)
    titles.append(say("Secret").headers["x-session"])

    assert [service.store.read(one).about.title for one in titles] == ["Hello you", ""]


ADD = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
SUM = {"role": "user", "content": "1 + 2?"}


@pytest.fixture
def add(client, model):
    """Asks with the tool `add`; `messages` is what was said after the question."""

    def asked(*messages, **more):
        body = {"model": "model-1", "messages": [SUM, *messages], "tools": [ADD], **more}
        return client.post(PATH, json=body)

    return asked


def call(id_, arguments):
    return {"id": id_, "type": "function", "function": {"name": "add", "arguments": arguments}}


def result(id_, content):
    return {"role": "tool", "tool_call_id": id_, "content": content}


def test_what_the_model_asks_for_is_told_and_the_next_prompt_knows_it(add, model, service):
    model.pieces, model.calls = [], [(0, "c1", "add", '{"a":1}'), (1, "c2", "add", "")]
    first = add()
    model.pieces, model.calls = ["3"], []
    told = first.json()["choices"][0]
    second = add(told["message"], result("c1", "3"), result("c2", ""))

    assert told == {
        "index": 0,
        "message": {
            **{"role": "assistant", "content": None, "refusal": None},
            "tool_calls": [call("c1", '{"a": 1}'), call("c2", "{}")],
        },
        "logprobs": None,
        "finish_reason": "tool_calls",
    }
    assert second.json()["choices"][0]["finish_reason"] == "stop"
    name = second.headers["x-session"]
    assert first.headers["x-session"] == name
    kept = messages.said(service.store, name)
    assert [one.role for one in kept] == ["user", "assistant", "tool", "tool", "assistant"]
    assert [(one.id, one.arguments) for one in kept[1].tool_calls] == [("c1", {"a": 1}), ("c2", {})]
    assert [one.tool_call_id for one in model.asked[1].history] == ["", "", "c1", "c2"]
    assert model.asked[1].tools.tools[0].name == "add"


def test_a_stream_tells_calls_piece_by_piece_with_their_index(add, model):
    model.pieces = []
    model.calls = [(0, "c1", "add", ""), (0, "", "", '{"a":'), (0, "", "", "1}"), (1, "c2", "add")]

    *chunks, _done = data(add(stream=True))
    deltas = [one["choices"][0]["delta"].get("tool_calls") for one in chunks]

    assert deltas[1] == [
        {
            **{"index": 0, "id": "c1", "type": "function"},
            "function": {"name": "add", "arguments": ""},
        }
    ]
    assert deltas[2:4] == [
        [{"index": 0, "function": {"arguments": one}}] for one in ('{"a":', "1}")
    ]
    assert [one[0]["index"] for one in deltas[4:6]] == [1, 1]
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_calls_of_a_model_that_tells_no_pieces_are_told_at_its_end(add, model):
    def run(_request, _watch):
        return Reply("", "model-1", tool_calls=(ToolCall("c1", "add", {"a": 1}),))

    model.run = run
    *chunks, _done = data(add(stream=True))

    assert chunks[1]["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"] == '{"a": 1}'


def test_conversations_that_begin_with_calls_are_told_apart_by_their_ids(add, model):
    model.pieces, model.calls = [], [(0, "c1", "add", "")]
    first = add()
    model.calls = [(0, "c2", "add", "")]
    second = add()

    said = {"role": "assistant", "content": None, "tool_calls": [call("c1", "{}")]}
    on = add(said, result("c1", "3"))

    assert first.headers["x-session"] != second.headers["x-session"]
    assert on.headers["x-session"] == first.headers["x-session"]


def test_calls_of_an_answer_that_broke_off_are_not_on_record(add, model, service):
    model.pieces, model.calls = [], [(0, "c1", "add", '{"a"')]
    model.failure = Failure("network", "gone")

    failed = add()

    assert failed.status_code == 502
    (session,) = service.store.sessions()
    entries = service.store.entries(session.name)
    kept = [one.messages for one in entries if isinstance(one, Interaction)]
    assert [[one.role for one in said] for said in kept] == [["user"]]


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_that_takes_no_tools_is_named_with_those_that_do(add, model, service, stream):
    model.quirks = Quirks(keeps_context=True, edits_files=True)
    service._models = (float("inf"), ["claude", "openai:gpt-5.4", "scripted:model-1"])

    refused = add(stream=stream)
    error = refused.json()["error"]

    assert (refused.status_code, error["param"], error["code"], error["type"]) == (
        *(400, "tools", "unsupported_parameter"),
        "invalid_request_error",
    )
    assert error["message"] == (
        "tools: scripted model-1 takes no tools of a client (an agent has tools of its own; "
        "name another model; these take tools: openai:gpt-5.4)"
    )
    assert list(service.store.sessions()) == []


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"stop": ["x"]}, "stop"),
        ({"n": 2}, "n"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
    ],
)
def test_what_an_agent_would_not_be_told_is_refused(say, model, more, param):
    model.quirks = Quirks(keeps_context=True, edits_files=True)

    refused = say("Hi", **more)

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, param)


@pytest.mark.parametrize("stream", [False, True])
def test_an_agent_answers_without_what_only_tunes_and_says_so(say, model, service, stream):
    model.quirks = Quirks(keeps_context=True, edits_files=True)
    answer = say("Hi", stream=stream, temperature=0.2, max_tokens=50, top_p=1, seed=7)

    assert (answer.status_code, answer.headers["x-ignored"]) == (
        200,
        "temperature, seed, max_tokens",
    )
    told = data(answer)[-2] if stream else answer.json()
    assert told["warnings"] == ["scripted model-1 takes no temperature, seed, max_tokens: ignored"]
    (call,) = kept(service, answer)
    assert call.detail["ignored"] == ["temperature", "seed", "max_tokens"]


def test_a_model_that_takes_all_of_it_is_told_and_nothing_is_ignored(say, model, service):
    answer = say("Hi", temperature=0.2, presence_penalty=0.5)

    assert "x-ignored" not in answer.headers
    assert model.asked[0].options == {"temperature": 0.2, "presence_penalty": 0.5}
    assert "ignored" not in kept(service, answer)[0].detail


def kept(service, answer):
    """The calls of the session of an answer."""
    entries = service.store.entries(answer.headers["x-session"])
    return [one for one in entries if isinstance(one, Interaction)]


def test_an_image_that_a_model_cannot_be_shown_is_refused(client, model):
    image = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}}
    body = {"model": "model-1", "messages": [{"role": "user", "content": [image]}]}

    refused = client.post(PATH, json=body)

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "messages")
    assert model.asked == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([result("c1", "3")], "a result of no call"),
        ([{"role": "assistant", "tool_calls": [call("c1", "{}")]}], "without a result: c1"),
        ([{"role": "assistant", "tool_calls": [{"id": "c1"}]}], r"messages[1]: tool_calls are not"),
    ],
)
def test_calls_and_results_that_do_not_belong_together_are_refused(add, model, said, told):
    refused = add(*said)

    assert refused.status_code == 400
    assert told in refused.json()["error"]["message"]
    assert model.asked == []


def test_what_a_server_finds_wrong_is_the_clients_to_mend(say, model):
    model.pieces, wrong = [], {"refused": True, "http": 400}
    model.failure = Failure("other", "m does not support tools", **wrong)
    refused = say("Hi")
    model.failure = Failure("other", "who knows", http=400)

    assert (refused.status_code, refused.headers["x-should-retry"]) == (400, "false")
    assert say("Hi").status_code == 502


@pytest.mark.parametrize("stream", [False, True])
def test_a_signature_goes_to_the_client_and_back(add, model, stream):
    model.pieces, model.calls = [], [(0, "c1", "add", "{}", "abc")]
    answer = add(stream=stream)
    choice = data(answer)[1]["choices"][0]["delta"] if stream else first_message(answer)
    (told,) = choice["tool_calls"]
    said = {"role": "assistant", "content": None, "tool_calls": [told]}
    add(said, result("c1", "3"))

    assert told["extra_content"] == {"google": {"thought_signature": "abc"}}
    assert model.asked[1].history[1].tool_calls[0].signature == "abc"


def first_message(answer):
    return answer.json()["choices"][0]["message"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_call_that_was_cut_is_told_as_one_that_was(add, model, stream):
    model.pieces, model.calls = [], [(0, "c1", "add", '{"a"')]
    model.failure = Failure("limit", "its answer was cut at the output limit")

    answer = add(stream=stream)

    if stream:
        told = [one["choices"][0] for one in data(answer)[:-1]]
        said, last = told[1]["delta"], told[-1]
    else:
        (last,) = answer.json()["choices"]
        said = last["message"]
    assert said["tool_calls"][0]["function"]["arguments"] == '{"a"'
    assert last["finish_reason"] == "length"
