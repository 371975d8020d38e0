"""How a model is to answer: what may be asked for, and by which names."""

import pytest

from ai_sessions.errors import UsageError
from ai_sessions.providers import options

ALL = {"temperature": 0.2, "top_p": 1, "max_tokens": 50, "stop": ["END"], "seed": 7}


def test_what_is_not_given_is_left_to_the_model():
    assert options.checked({**ALL, "top_p": None}) == {
        name: value for name, value in ALL.items() if name != "top_p"
    }


def test_one_stop_is_a_list_of_one():
    assert options.checked({"stop": "END"}) == {"stop": ["END"]}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("temperature", one) for one in (-0.1, 2.1, True, "warm", float("nan"))),
        *(("top_p", one) for one in (-0.1, 1.1)),
        *(("max_tokens", one) for one in (0, -1, 1.5, True, "9")),
        *(("stop", one) for one in ("", [], [1], ["x"] * 17, {})),
        *(("seed", one) for one in (1.0, "1", False)),
    ],
)
def test_a_wrong_value_is_refused_with_what_it_should_be(name, value):
    with pytest.raises(UsageError, match=f"^{name} is a .*, not "):
        options.checked({name: value})


def test_an_unknown_one_is_refused_with_those_that_there_are():
    with pytest.raises(UsageError, match="no option 'temprature'") as caught:
        options.checked({"temprature": 1})

    assert caught.value.hint == (
        "there are: temperature, top_p, max_tokens, stop, seed, presence_penalty, frequency_penalty"
    )


def test_anthropic_has_other_names_and_neither_seed_nor_penalties():
    assert options.for_anthropic({**ALL, "presence_penalty": 1}) == {
        "temperature": 0.2,
        "top_p": 1,
        "max_tokens": 50,
        "stop_sequences": ["END"],
    }
