"""The real model for search by meaning, from the package index, by hash (`weights.py`).

What it computes is compared with what is published for it, and with the same computed in another
way: number by number, in double precision, with the error function of the standard library.
"""

import json
import math

import pytest

import weights
from ai_sessions.embeddings import is_installed
from ai_sessions.embeddings.minilm import MiniLM, forward, packed, unpacked
from ai_sessions.errors import ConfigError
from ai_sessions.index import Index
from ai_sessions.index.meaning import Meaning
from ai_sessions.index.search_fused import search_fused
from ai_sessions.records import About, Message, Said
from ai_sessions.store.files import FileStore

#: Cosines to "That is a happy person", as the model's page at Hugging Face shows them.
PUBLISHED = {
    "That is a happy dog": 0.695,
    "That is a very happy person": 0.943,
    "Today is a sunny day": 0.257,
}


@pytest.fixture(scope="module")
def model():
    try:
        weights.use()
    except weights.CannotInstall as reason:
        pytest.skip(f"the model cannot be installed: {reason}")
    return MiniLM()


@pytest.fixture
def np(model):
    return pytest.importorskip("numpy")


def test_the_packages_are_found_and_the_weights_are_the_official_ones(model):
    assert is_installed()
    model.check()


def test_texts_are_as_alike_as_is_published(model):
    found = model.similarities("That is a happy person", model.embed(list(PUBLISHED)))

    assert found == pytest.approx(list(PUBLISHED.values()), abs=0.003)


@pytest.mark.parametrize("text", ["Kafka is off the table.", "def main(): pass", "Größe, 界", ""])
def test_it_computes_what_the_definition_says(model, np, text):
    ids = model._tokenizer.encode(text).ids
    exact = {name: array.astype(np.float64) for name, array in model._weights.items()}

    assert np.abs(forward(model._weights, ids) - by_definition(np, exact, ids)).max() < 1e-5


def by_definition(np, weights, ids):
    """BERT as its paper has it, one head after the other."""

    def linear(name, x):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(name, x):
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    gelu = np.vectorize(lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2))))
    parts = ("word", "position", "token_type")
    places = (ids, range(len(ids)), [0] * len(ids))
    embedded = (weights[f"embeddings.{one}_embeddings.weight"] for one in parts)
    x = norm("embeddings.LayerNorm", sum(a[list(b)] for a, b in zip(embedded, places, strict=True)))
    for layer in range(6):
        own = f"encoder.layer.{layer}"
        q, k, v = np.split(linear(f"{own}.attention.self", x), 3, axis=1)
        heads = []
        for head in range(12):
            part = slice(head * 32, head * 32 + 32)
            scores = np.exp(q[:, part] @ k[:, part].T / math.sqrt(32))
            heads.append(scores / scores.sum(1, keepdims=True) @ v[:, part])
        seen = linear(f"{own}.attention.output.dense", np.concatenate(heads, axis=1))
        x = norm(f"{own}.attention.output.LayerNorm", x + seen)
        inner = linear(f"{own}.output.dense", gelu(linear(f"{own}.intermediate.dense", x)))
        x = norm(f"{own}.output.LayerNorm", x + inner)
    mean = x.mean(0)
    return mean / np.linalg.norm(mean)


def test_a_vector_is_kept_in_388_bytes_right_to_two_thousandths(model, np):
    vector = forward(model._weights, model._tokenizer.encode("We pay 400 dollars a month.").ids)
    scales, numbers = unpacked([packed(vector)])

    assert len(packed(vector)) == 388
    assert scales[0] * (numbers[0] @ vector) == pytest.approx(1, abs=0.002)


def test_the_same_text_has_the_same_bytes_whatever_else_is_asked_for(model):
    alone = model.embed(["Use Redis."])

    assert model.embed(["a much longer text beside it, of many words", "Use Redis."])[1:] == alone
    assert MiniLM().embed(["Use Redis."]) == alone


def test_a_text_is_cut_at_256_word_pieces(model):
    long = "word " * 1000

    assert len(model._tokenizer.encode(long).ids) == 256
    assert model.embed([long]) == model.embed([long * 2])


def test_half_a_surrogate_pair_has_a_vector(model):
    assert model.embed(["\ud83d broken"]) == model.embed(["? broken"])


def test_weights_that_are_cut_short_are_refused(model, tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"\0" * 100)
    tokenizer = model._file("tokenizer.json").read_bytes()
    (tmp_path / "tokenizer.json").write_bytes(tokenizer)
    assert json.loads(tokenizer)["model"]["type"] == "WordPiece"

    with pytest.raises(ConfigError, match="by its size"):
        MiniLM(str(tmp_path)).embed(["a"])


def test_what_was_said_in_other_words_is_found(model, tmp_path):
    store = FileStore(tmp_path, fsync="none")
    store.ensure("chat", About("chat"))
    for text in ("Kafka is off the table.", "Deploys are forbidden on Fridays.", "Buy milk."):
        store.append("chat", [Said(Message("user", text))])
    meaning = Meaning(model, str(tmp_path))

    found = search_fused(Index(store.source(), str(tmp_path)), meaning, "releases before weekends")

    assert found.hits[0].excerpt == "Deploys are forbidden on Fridays."
    assert found.hits[0].by == ("meaning",)
