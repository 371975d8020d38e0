"""What a program has told a session already."""

from ai_sessions.library.new_messages import Before
from ai_sessions.records import Message, Said

PROMPT, ASKED = Message("system", "Be brief."), Message("user", "Hello!")


def test_in_a_session_that_is_not_there_all_is_new(core):
    assert Before(core, "none").new([PROMPT, ASKED]) == (PROMPT, ASKED)


def test_what_the_session_has_is_not_new(core, tracked):
    tracked("chat").add(Said(ASKED))

    assert Before(core, "chat").new([PROMPT, ASKED]) == (PROMPT,)


def test_a_prompt_that_was_told_is_not_looked_for_again(core, tracked):
    tracked("chat").add(Said(ASKED))
    before = Before(core, "chat")
    before.told([PROMPT])

    assert before.new([PROMPT, ASKED]) == ()
