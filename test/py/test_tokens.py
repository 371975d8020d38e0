"""The estimate of tokens: near the real vocabulary, exact about nothing, marked as what it is."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions import tokenizer, tokens

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

#: The same text in the languages, forms and things that conversations have.
TEXTS = {
    "English": ENGLISH,
    "Python": PYTHON,
    "JSON": JSON,
    "Chinese": CHINESE,
    "Japanese": JAPANESE,
    "Russian": RUSSIAN,
    "table": "| kind | median | worst |\n| --- | --- | --- |\n| prose | 2.1 % | 7.9 % |\n",
    "uuid": "5f0c1a52-9d3e-4b7a-8c61-2f40d9e6b713\n",
    "hash": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n",
    "base64": base64.encodebytes(hashlib.shake_128(b"").digest(270)).decode(),
    "emoji": "👍🎉🚀🔥 done ✅ 🙏😀\n",
    "log": "2026-11-29T10:15:02.118Z INFO worker-3 GET /api/orders/48213 200 in 37 ms\n",
}
#: Counted with the o200k vocabulary.
COUNTED = {
    "English": 53, "Python": 87, "JSON": 57, "Chinese": 32, "Japanese": 30, "Russian": 21,
    "table": 29, "uuid": 32, "hash": 36, "base64": 251, "emoji": 12, "log": 33,
}  # fmt: skip


@pytest.mark.parametrize("kind", TEXTS)
def test_the_tokens_of_a_text_are_those_that_the_vocabulary_has(kind):
    assert tokenizer.counter("o200k")(TEXTS[kind]) == COUNTED[kind]


@pytest.mark.parametrize("kind", TEXTS)
def test_an_estimate_is_within_a_quarter_of_the_real_count(kind):
    assert tokens.estimate(TEXTS[kind]) == pytest.approx(COUNTED[kind], rel=0.25)


def test_nothing_is_no_tokens():
    assert tokens.estimate("") == 0


@pytest.mark.parametrize("text", [" ", "\t", "\x00", "\r"])
def test_something_is_at_least_one_token(text):
    assert tokens.estimate(text) == 1


WORD, LETTER = 830, 43
#: Parts of a text and what each weighs, in thousandths, a space before it: a kind of its own,
#: whatever is beside it.
WEIGHED = {
    "word": WORD + 4 * LETTER, "Word": WORD + 4 * LETTER + 70, "getUrl": WORD + 6 * LETTER + 240,
    "internationalization": WORD + 20 * LETTER + 1400, "naïve": WORD + 5 * LETTER,
    "łan": WORD + 3 * LETTER + 1720, "a.b": 2 * (WORD + LETTER) + 860 - 670,
    "(a": 860 + WORD + LETTER, "--a": 860 + 270 + WORD + LETTER, "7": 2360, "123": 2360,
    "1234": 2360 + 1620, "!": 860, "({[": 860, "\n": 1470, "\n\n\n": 1470, ";\n": 860 + 1470 - 1100,
    "漢": 750, "한글": 1380, "かな漢": 2150, "Жя": 560, "Ωω": 800, "שלום": 1760, "سلام": 1320,
    "नम": 740, "→": 520, "。": 700, "\uff0c": 1030, "😀": 1900, "°": 1380, "\ud800": 690,
}  # fmt: skip


@given(st.lists(st.sampled_from(sorted(WEIGHED)), min_size=1))
def test_parts_that_stand_apart_add_up(parts):
    weight = sum(map(WEIGHED.get, parts))

    assert tokens.estimate("".join(f" {part}" for part in parts)) == max(1, round(weight / 1000))


@pytest.mark.parametrize(
    ("line", "weight"),
    [
        ("a  b", 2 * (WORD + LETTER) + 900),
        ("a          b", 2 * (WORD + LETTER) + 900),
        ("\ta", 370 + WORD + LETTER),
        ("aAaA1b", 2 * WORD + 5 * LETTER + 2 * (70 + 170) + 3500 + 8500 + 1000),
    ],
)
def test_blanks_and_random_letters_have_weights_of_their_own(line, weight):
    assert tokens.estimate(f"{line}\n" * 100) == round((weight + 1470) / 10)


@given(st.text(st.characters(codec=None)))
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
