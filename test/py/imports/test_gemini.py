"""Calls in Gemini CLI's chats: what a resume repeats is counted once."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ai_sessions.imports import fresh, gemini
from ai_sessions.records import Usage


def _answer(id_="a1", **changes):
    tokens = {"input": 3100, "output": 20, "cached": 3000, "thoughts": 5, "tool": 40}
    answer = {
        "id": id_,
        "timestamp": "2026-11-21T02:34:28.333Z",
        "type": "gemini",
        "tokens": tokens,
        "model": "gemini-2.5-flash",
    }
    return {**answer, **changes}


def _lines(*entries):
    return [json.dumps(entry) for entry in entries]


def test_a_recorded_chat_gives_its_two_calls_although_a_resume_repeats_one(recorded, log):
    found = gemini.read(log(recorded("gemini-chat.jsonl").rstrip("\n")), {})

    assert [past.usage for past in found.calls] == [Usage(3100, 25, 3000, 0, 0, 5)] * 2
    assert [past.id for past in found.calls] == [
        "gemini:b7f92ebd-c120-4d71-b08c-29af2a68b0eb",
        "gemini:70c21af8-4a6c-461b-b6fe-2ad0b0485c25",
    ]
    assert found.calls[0].model == "gemini-2.5-flash"
    assert found.calls[0].session == "66666666-6666-4666-8666-666666666666"
    assert found.bad == 0


def test_the_stub_that_a_resume_leaves_has_no_calls(recorded, log):
    found = gemini.read(log(recorded("gemini-chat-stub.jsonl").rstrip("\n")), {})

    assert (found.calls, found.bad) == ((), 0)


def test_messages_that_are_set_again_with_their_tokens_are_counted_once(log):
    again = {"$set": {"messages": [_answer(), _answer("a2"), "junk"]}}

    found = gemini.read(log(*_lines(_answer(), again, _answer("a2"))), {})

    assert [past.id for past in found.calls] == ["gemini:a1", "gemini:a2"]


def test_what_was_counted_at_the_last_look_is_not_counted_again(log):
    seen: set[str] = set()
    path = log(*_lines({"sessionId": "s1"}, _answer()))
    first = gemini.read(path, {})
    with path.open("a") as file:
        file.write(*_lines({"$set": {"messages": [_answer()]}}))
        file.write("\n" + _lines(_answer("a2"))[0] + "\n")
    second = gemini.read(path, first.state)

    found = list(fresh([*first.calls, *second.calls], seen))

    assert [(past.id, past.session) for past in found] == [
        ("gemini:a1", "s1"),
        ("gemini:a2", "s1"),
    ]


def test_thoughts_are_output_and_what_tools_sent_is_input(log):
    (past,) = gemini.read(log(*_lines(_answer())), {}).calls

    assert past.usage == Usage(3140, 25, 3000, 0, 0, 5)


def test_an_answer_without_an_id_or_a_time_is_a_bad_line(log):
    nameless = _answer()
    del nameless["id"]

    found = gemini.read(log(*_lines(nameless, _answer(timestamp=5), _answer())), {})

    assert (len(found.calls), found.bad) == (1, 2)


def test_the_folder_is_the_one_that_the_project_list_names(log, tmp_path):
    chat = log(*_lines(_answer()), name=".gemini/tmp/shop/chats/session-1-66.jsonl")
    log('{"projects": {"/src/shop": "shop", "/src/other": 5}}', name=".gemini/projects.json")

    assert list(gemini.files({"HOME": str(tmp_path)})) == [chat]
    assert gemini.read(chat, {}).calls[0].folder == "/src/shop"


def test_a_sub_agents_chat_lies_in_a_folder_of_its_conversation(log, tmp_path):
    place = tmp_path / ".gemini"
    name = ".gemini/tmp/shop/chats/parent-1/sub-1.jsonl"
    log('{"sessionId": "sub-1"}', *_lines(_answer("s1")), name=name)
    (place / "projects.json").write_text('{"projects": {"/src/shop": "shop"}}')
    (path,) = gemini.files({"HOME": str(tmp_path)})
    (past,) = gemini.read(path, {}).calls

    assert (past.session, past.folder) == ("parent-1", "/src/shop")
    assert [*gemini.conversation({"HOME": str(tmp_path)}, "parent-1")] == [path]


def test_without_a_project_list_the_folder_is_not_known(log):
    chat = log(*_lines(_answer()), name=".gemini/tmp/shop/chats/session-1-66.jsonl")
    log("[]", name=".gemini/projects.json")

    assert gemini.read(chat, {}).calls[0].folder == ""


def test_the_chats_of_sub_agents_are_found_in_the_folder_of_their_session(log, tmp_path):
    chat = log(*_lines(_answer()), name=".gemini/tmp/shop/chats/session-1-66.jsonl")
    sub = log(*_lines(_answer("s1")), name=".gemini/tmp/shop/chats/aaaa1111/sub001.jsonl")
    log('{"projects": {"/src/shop": "shop"}}', name=".gemini/projects.json")

    assert set(gemini.files({"HOME": str(tmp_path)})) == {chat, sub}
    assert set(gemini.SOURCE.within(tmp_path)) == {chat, sub}
    assert gemini.read(sub, {}).calls[0].folder == "/src/shop"


def test_a_chat_that_is_one_document_is_read_again_when_it_was_written_again(log, tmp_path):
    def chat(*messages):
        document = {"sessionId": "c1", "messages": [{"type": "user", "id": "u"}, *messages]}
        return log(json.dumps(document), name=".gemini/tmp/shop/chats/session-1-66.json")

    path = chat(_answer(), _answer("broken", tokens={"input": "much"}))
    first = gemini.read(path, {})
    again = gemini.read(chat(_answer(), _answer("a2")), first.state)

    assert list(gemini.files({"HOME": str(tmp_path)})) == [path]
    assert [(past.id, past.session) for past in first.calls] == [("gemini:a1", "c1")]
    assert first.bad == 1
    assert [past.id for past in again.calls] == ["gemini:a1", "gemini:a2"]
    assert gemini.read(path, again.state).calls == ()


def test_a_document_that_is_no_chat_is_unreadable(log):
    assert gemini.read(log("[5]", name="session-1.json"), {}).bad == 1


def test_more_cached_than_went_in_is_all_of_it(log):
    tokens = {"input": 100, "cached": 500, "output": 5}

    assert gemini.read(log(*_lines(_answer(tokens=tokens))), {}).calls[0].usage == Usage(
        100, 5, 100
    )


_COUNT = st.one_of(st.integers(0, 5000), st.sampled_from([-1, 1.0, "7", None, True, 2**60]))
_TOKENS = st.one_of(
    st.sampled_from([None, {}, 5]), st.dictionaries(st.sampled_from(gemini._COUNTS), _COUNT)
)
_MESSAGES = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "b", "c", None, 5]),
        "type": st.sampled_from(["gemini", "gemini", "user"]),
        "timestamp": st.sampled_from(["2026-11-21T02:34:28.333Z", "2026-11-21T02:34:28Z", None]),
        "tokens": _TOKENS,
    },
    optional={"model": st.sampled_from(["gemini-2.5-pro", None]), "sessionId": st.just("s2")},
)
_ENTRIES = st.one_of(
    _MESSAGES,
    st.fixed_dictionaries({"sessionId": st.sampled_from(["s1", ""])}),
    st.fixed_dictionaries({"$set": st.fixed_dictionaries({"messages": st.lists(_MESSAGES)})}),
)


@given(entries=st.lists(_ENTRIES, max_size=8), name=st.sampled_from(["session-1", "main/sub"]))
def test_an_answer_of_the_usual_form_gives_what_any_does(entries, name, tmp_path_factory):
    path = tmp_path_factory.mktemp("gemini") / f".gemini/tmp/shop/chats/{name}.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"{line}\n" for line in _lines(*entries)))

    assert gemini.scan(path, {}).found == gemini.read(path, {})
