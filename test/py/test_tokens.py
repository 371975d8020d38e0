"""The estimate of tokens: near the real vocabulary, exact about nothing, marked as what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions import tokens

ENGLISH = (
    "The session keeps what was said, so that the next task begins where the last one ended. "
    "Every call is recorded with its cost, its duration and its outcome, and nothing that was paid "
    "for is lost when the machine goes down in the middle of an answer.\n"
)
PYTHON = '''def shares(rows: list[Row], *, known: bool = True) -> dict[str, int]:
    """Sums by model, the largest first."""
    found: dict[str, int] = {}
    for row in rows:
        found[row["model"]] = found.get(row["model"], 0) + row["cost_nusd"]
    return dict(sorted(found.items(), key=lambda item: -item[1]))
'''
JSON = (
    '{"type":"interaction","seq":12,"id":"5f0c1a52","model":"claude-sonnet-4-5","tokens":'
    '{"input":14320,"output":512,"cache_read":12800},"cost":0.031,"status":"ok"}\n'
)
CHINESE = (
    "会话会保存所说过的内容，"  # noqa: RUF001
    "这样下一个任务就可以从上一个任务结束的地方开始。每次调用都会记录费用。\n"
)
JAPANESE = (
    "セッションは話した内容を保存するので、次の作業は前の作業が終わったところから始まります。\n"
)
RUSSIAN = (
    "Сессия хранит сказанное, поэтому следующая задача начинается там, где закончилась прошлая.\n"
)

#: Counted with the o200k vocabulary.
COUNTED = {ENGLISH: 53, PYTHON: 87, JSON: 57, CHINESE: 32, JAPANESE: 30, RUSSIAN: 21}


@pytest.mark.parametrize("text", COUNTED)
def test_an_estimate_is_within_a_quarter_of_the_real_count(text):
    assert tokens.estimate(text) == pytest.approx(COUNTED[text], rel=0.25)


def test_nothing_is_no_tokens():
    assert tokens.estimate("") == 0


@pytest.mark.parametrize("text", [" ", "\t", "\x00", "\r"])
def test_something_is_at_least_one_token(text):
    assert tokens.estimate(text) == 1


#: Parts of a text and what each weighs, in hundredths: a kind of its own, whatever is beside it.
WEIGHED = {
    "word": 98, "longest": 98 + 17, "internationalization": 98 + 14 * 17, "7": 200, "123": 200,
    "1234": 400, "\n": 230, "\n\n\n": 230, "!": 41, "({[": 41, "漢": 69, "한글": 138, "かな漢": 207,
    "é": 27, "Жя": 54, "😀": 27, "\ud800": 27, " ": 0, "\t": 0, "\x00": 0,
}  # fmt: skip


@given(st.lists(st.sampled_from(sorted(WEIGHED)), min_size=1))
def test_parts_that_stand_apart_add_up(parts):
    weight = sum(map(WEIGHED.get, parts))

    assert tokens.estimate(" ".join(parts)) == max(1, round(weight / 100))


@given(st.text())
def test_any_text_has_a_count(text):
    assert 0 <= tokens.estimate(text) <= 3 * len(text) + 1


def test_a_lone_surrogate_is_counted_like_any_sign():
    assert tokens.estimate("\ud800") == 1


def test_a_long_text_is_about_the_sum_of_its_parts():
    assert tokens.estimate(ENGLISH * 50) == pytest.approx(50 * tokens.estimate(ENGLISH), rel=0.02)


def test_the_counter_that_is_always_there_says_that_it_estimates():
    assert (tokens.ESTIMATE(PYTHON), tokens.ESTIMATE.source) == (
        tokens.estimate(PYTHON),
        "estimate",
    )


def test_the_usage_made_of_it_says_that_it_is_an_estimate():
    usage = tokens.usage(ENGLISH, "yes")

    assert usage.estimated
    assert (usage.input_tokens, usage.output_tokens) == (tokens.estimate(ENGLISH), 1)
