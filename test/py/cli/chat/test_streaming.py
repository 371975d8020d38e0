"""An answer is on stdout while it comes, whole at the end, and no progress line in the middle."""

import io

import pytest

from ai_sessions.cli.chat.streaming import Answer
from ai_sessions.cli.output import Output
from ai_sessions.providers.contract import Event, Quirks
from ai_sessions.records import Usage

PLAIN = Quirks(keeps_context=False, edits_files=False)
AGENT = Quirks(keeps_context=True, edits_files=True)
BEGUN = Event("phase", "chat")
TOOL = Event("tool", "Read")
SPENT = Event("usage", usage=Usage(1200, 34))


def text(said, begins=False):
    return Event("text", said, begins=begins)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("CI", "LC_ALL", "LC_CTYPE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def shown():
    """What both streams have after these events, and the end: `shown(PLAIN, events, "answer")`."""

    def show(quirks, events, answer, out=io.StringIO, err=io.StringIO, **more):
        output = Output(stdout=out(), stderr=err(), **more)
        watching = Answer(output, quirks)
        for event in events:
            watching.watch(event)
        seen_by_then = output.stdout.getvalue()
        watching.finish(answer)
        return seen_by_then, output.stdout.getvalue(), output.stderr.getvalue()

    return show


PIECES = [BEGUN, text("One, ", True), text("two"), SPENT]


@pytest.mark.parametrize("out", [io.StringIO, Terminal], ids=["pipe", "terminal"])
def test_pieces_are_shown_as_they_come_and_none_of_them_twice(shown, out):
    assert shown(PLAIN, PIECES, "One, two", out)[:2] == ("One, two", "One, two\n")


def test_a_pipe_gets_an_agents_answer_and_nothing_that_it_said_before(shown):
    events = [BEGUN, text("Let me look.", True), TOOL, text("It is a shop.", True)]

    assert shown(AGENT, events, "It is a shop.")[:2] == ("", "It is a shop.\n")


def test_a_person_reads_what_an_agent_says_on_its_way(shown):
    events = [text("Let me ", True), text("look."), TOOL, text("It is a ", True), text("shop.")]
    told = "Let me look.\n\nIt is a shop."

    assert shown(AGENT, events, "It is a shop.", Terminal)[:2] == (told, f"{told}\n")


def test_an_answer_that_was_not_streamed_is_shown_at_the_end(shown):
    assert shown(PLAIN, [BEGUN], "whole")[:2] == ("", "whole\n")


def test_an_answer_that_is_another_than_what_was_streamed_is_shown_too(shown):
    _before, told, _err = shown(AGENT, [text("Working on it", True)], "Done.", Terminal)

    assert told == "Working on it\n\nDone.\n"


@pytest.mark.parametrize("answer", ["", "  \n"])
def test_no_answer_leaves_no_empty_line(shown, answer):
    assert shown(PLAIN, [BEGUN], answer)[1] == ""


def test_an_answer_that_ends_its_line_gets_no_second_end(shown):
    assert shown(PLAIN, [text("a\n", True)], "a\n")[1] == "a\n"


@pytest.mark.parametrize("out", [io.StringIO, Terminal], ids=["pipe", "terminal"])
def test_nothing_in_an_answer_steers_a_terminal(shown, out):
    _before, told, _err = shown(PLAIN, [text("a\x1b[31mb\x07\x9b2Jc", True)], "", out)

    assert told == "abc\n"


@pytest.mark.parametrize("cut", range(1, 16))
def test_a_sequence_that_comes_in_two_pieces_is_none_of_the_text(shown, cut):
    said = "a\x1b[31mb\x1b]0;t\x07c"
    pieces = [text(said[:cut], True), text(said[cut:])]

    assert shown(PLAIN, pieces, said)[1] == "abc\n"


def test_the_progress_line_is_gone_before_the_text_and_stays_away_from_its_line(shown):
    _before, told, err = shown(PLAIN, PIECES, "One, two", Terminal, Terminal)

    assert told == "One, two\n"
    assert err.endswith("\r\x1b[K")
    assert "1,234 tokens" not in err


def test_a_tool_after_a_text_ends_its_line_first(shown):
    events = [BEGUN, text("Let me look.", True), TOOL]
    before, _told, err = shown(AGENT, events, "Let me look.", Terminal, Terminal)

    assert before == "Let me look.\n"
    assert "chat" in err


def test_a_log_has_no_line_about_the_only_phase_there_is(shown):
    assert shown(PLAIN, PIECES, "One, two")[2] == ""


def test_a_pipe_gets_an_answer_letter_for_letter_in_every_locale(shown, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")

    assert shown(PLAIN, [text("wait…", True)], "wait…")[1] == "wait…\n"
    assert shown(PLAIN, [text("wait…", True)], "wait…", Terminal)[1] == "wait...\n"


def test_with_json_stdout_is_left_to_the_object(shown):
    assert shown(PLAIN, PIECES, "One, two", json=True)[1] == ""


def test_with_jsonl_each_piece_is_an_event(shown):
    _before, told, _err = shown(PLAIN, PIECES, "One, two", jsonl=True)

    assert told.count('"event": "text"') == 2
    assert '"text": "One, "' in told


def test_a_reader_that_goes_away_does_not_stop_the_answer():
    class Gone(io.StringIO):
        def write(self, _text):
            raise BrokenPipeError

        def fileno(self):
            raise OSError

    answer = Answer(Output(stdout=Gone(), stderr=io.StringIO()), PLAIN)
    answer.watch(text("a", True))
    answer.finish("a")
