"""What every model for vectors promises."""

from collections.abc import Sequence
from typing import Protocol


class Embedder(Protocol):
    """Turns texts into vectors. Only the model itself knows what is in the bytes of one.

    The same text gives the same vector, whatever else is asked for with it.
    """

    @property
    def name(self) -> str:
        """The model, in the version that its vectors are comparable in."""
        ...

    @property
    def threshold(self) -> float:
        """Texts that are less alike than this have nothing to do with each other."""
        ...

    def check(self) -> None:
        """Raises `ConfigError` when the model is not there, or not the one it is taken for."""
        ...

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        """A vector for each text. Raises `ConfigError` when the model cannot be loaded."""
        ...

    def similarities(self, text: str, vectors: Sequence[bytes]) -> list[float]:
        """How alike `text` and each vector are: 1 is the same, 0 has nothing to do with it.

        Raises `ConfigError` when the model cannot be loaded.
        """
        ...
