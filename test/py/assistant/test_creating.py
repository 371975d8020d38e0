"""The questions of a first meeting."""

import pytest

from ai_sessions.assistant import creating
from ai_sessions.assistant.creating import Answers
from ai_sessions.assistant.profile import Profile


class Person:
    """Gives their answers in turn, and then no more."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.prompts, self.told = [], []

    def answer(self, prompt):
        self.prompts.append(prompt)
        if not self.answers:
            raise EOFError
        return self.answers.pop(0)


def asked(person, models, **more):
    return creating.ask(person.answer, person.told.append, models, **more)


def test_three_questions_are_asked_as_the_first_program_did(models):
    person = Person("Declan", "Brakel", "1")

    assert asked(person, models) == Answers("Declan", "Brakel", "1")
    assert person.prompts == [
        "👤 What's your name? ",
        "🤖 What would you like to call me? ",
        "🎯 Choose your preferred model (1-5): ",
    ]


def test_the_models_to_choose_among_are_told_before(models):
    person = Person("Declan", "Brakel", "2")

    asked(person, models)

    assert person.told[1].startswith("   2. DeepSeek R1: reasoning, math, code analysis")
    assert "served no more since 20" in person.told[0]


def test_what_is_of_no_use_is_asked_for_again(models):
    person = Person(" ", "Declan", "\x07", "Brakel", "7", "gemini?", "1")

    assert asked(person, models) == Answers("Declan", "Brakel", "1")
    assert person.told.count("a name is needed") == 2
    assert len(person.prompts) == 7


def test_what_is_given_is_not_asked(models):
    person = Person("Brakel")

    told = asked(person, models, given=Answers("Declan", None, "2"))

    assert told == Answers("Declan", "Brakel", "2")
    assert person.prompts == ["🤖 What would you like to call me? "]


def test_an_empty_answer_takes_what_is_known(models):
    known = Profile("Declan", "Brakel", "deepseek/deepseek-r1:free", "", "")

    person = Person("", "Jarvis", "")

    told = asked(person, models, known=known)

    assert told == Answers("Declan", "Jarvis", "deepseek/deepseek-r1:free")
    assert person.prompts[0] == "👤 What's your name? [Declan] "
    assert person.prompts[2].endswith("(1-5): [DeepSeek R1] ")


def test_the_end_of_the_answers_ends_the_questions(models):
    with pytest.raises(EOFError):
        asked(Person("Declan"), models)
