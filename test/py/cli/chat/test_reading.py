"""What is typed where there is no terminal to edit lines on; test_prompt has the terminals."""

import io

import pytest

from ai_sessions.cli.chat.reading import Reader


@pytest.fixture
def reader(monkeypatch):
    def typed(text, history=()):
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        return Reader(history)

    return typed


def test_a_line_is_a_message_and_the_prompt_is_not_on_stdout(reader, capsys):
    reading = reader("one\ntwo")

    assert [reading.read(), reading.read()] == ["one", "two"]
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "> > ")


def test_the_end_of_the_input_is_told(reader):
    reading = reader("one\n", history=["zero"])
    reading.read()

    with pytest.raises(EOFError):
        reading.read()


def test_an_interruption_behind_nothing_is_known(reader):
    assert reader("").is_empty()


def test_without_readline_lines_are_read_all_the_same(reader, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setattr("sys.stdout", Terminal())
    reading = reader("")
    monkeypatch.setattr("sys.stdin", Terminal("one\n"))

    assert Reader().read() == "one"
    assert reading.is_empty()


class Terminal(io.StringIO):
    def isatty(self):
        return True
