"""What messages say that may be worth keeping."""

from ai_sessions.memory.extraction import of_messages
from ai_sessions.records import Message, ToolCall


def found(*messages, is_beginning=False):
    candidates = of_messages(messages, {}, is_beginning=is_beginning)
    return [(one.item.kind, one.item.text) for one in candidates]


def test_a_sentence_that_goes_on_is_told_with_the_one_before_it():
    text = "We decided on cursors. Because offsets skip rows. Our logo was made by Ann."

    assert found(Message("user", text)) == [
        ("decision", "We decided on cursors. Because offsets skip rows."),
        ("fact", "Our logo was made by Ann."),
    ]


def test_a_first_request_is_the_goal():
    request = Message("user", "Speed up the search page")

    assert found(request, is_beginning=True) == [("goal", "Speed up the search page")]
    assert found(request) == [("said", "Speed up the search page")]


def test_an_item_has_the_commit_of_its_message():
    said = (Message("user", "Port 8080 it is.", id="1.0"),)
    (one,) = of_messages(said, {"1.0": "abc"}, is_beginning=False)

    assert one.item.commit == "abc"


def test_a_file_that_a_tool_changed_is_told_and_one_that_it_read_is_not():
    calls = (
        ToolCall("1", "Edit", {"file_path": "src/a.py"}),
        ToolCall("2", "Read", {"file_path": "src/b.py"}),
    )

    assert found(Message("assistant", "", tool_calls=calls)) == [("artifact", "src/a.py")]


def test_of_a_tool_s_error_the_line_that_says_it_is_told():
    text = "starting\nfatal: not a git repository\nbye"

    assert found(Message("tool", text, is_error=True)) == [("error", "fatal: not a git repository")]
    assert found(Message("tool", text)) == []


def test_a_question_that_is_answered_at_once_is_told_with_its_answer():
    assert found(Message("user", "And the quotas? They are in conf/acme.yaml.")) == [
        ("fact", "And the quotas? They are in conf/acme.yaml.")
    ]


def test_a_guess_is_no_goal():
    guess = Message("user", "Perhaps 89 arguments are too many there")

    assert found(guess, is_beginning=True) == [("fact", guess.text)]
