"""A question is taken apart into what it asks for."""

import pytest

from ai_sessions.memory.questions import asked


def own(question):
    return [next(iter(one.variants)) for one in asked(question).wanted]


def test_words_that_say_nothing_are_left_out():
    assert own("Please tell me again, what is the port?") == ["port"]
    assert asked("What about it?").wanted == ()


def test_words_side_by_side_are_looked_for_as_such_too():
    assert own("the rate limit of uploads") == ["rate", "limit", "uploads", "rate limit"]


def test_two_forms_of_a_word_are_one_thing():
    assert own("deploy what is deployed and deploys") == ["deploy"]


def test_names_come_first_in_a_long_question_and_weigh_more():
    found = asked(
        " ".join(f"thing{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(99))
        + " src/pay.py"
    )

    assert list(found.wanted[0].variants)[:1] == ["src"]
    assert found.wanted[0].variants["src"] > 1
    assert len(found.wanted) <= 40


@pytest.mark.parametrize(
    ("question", "answer", "other"),
    [
        ("When is the deadline?", "by 14 March", "by hand"),
        ("Which port?", "it is 8080", "it is open"),
        ("Where is the report?", "in build/out.xml", "in the cupboard"),
        ("Who owns it?", "ask Priya about it", "ask again"),
        ("What is the url?", "http://localhost:80", "a page"),
        ("Why did it fail?", "because of the clock", "it failed"),
        ("Which version?", "v2.1.0", "the newest"),
    ],
)
def test_the_form_of_an_answer_is_known(question, answer, other):
    forms = asked(question).forms

    assert any(form.search(answer) for form in forms)
    assert not any(form.search(other) for form in forms)


def test_who_where_and_why_are_asked_for_by_what_answers_them():
    variants = {word for one in asked("why?").wanted for word in one.variants}

    assert "because" in variants
    assert "why" not in variants


def test_the_index_is_not_asked_for_words_that_nearly_everything_has():
    sought = {word for one in asked("When is the deadline?").index_terms() for word in one}

    assert {"deadline", "due", "no later than"} <= sought
    assert "before" not in sought
