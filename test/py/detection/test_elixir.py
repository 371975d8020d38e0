"""Elixir."""

from ai_sessions.detection.elixir import elixir


def test_mix_takes_files(made):
    found = elixir(made({"mix.exs": "", "test/a_test.exs": ""}))

    assert (found.test, found.suite, found.files) == (
        *(("mix", "test", "{tests}"), ("mix", "test")),
        1,
    )
    assert elixir(made({"a.ex": ""})) is None
