"""Words as the index has them: small letters without accents, by their stems; of scripts without
gaps between words every two letters.
"""

from __future__ import annotations

import re
import unicodedata

from ai_sessions.memory.stems import stem

_WORD = re.compile(r"[^\W_]+")
#: Letters of scripts that have no gaps between words, and of Korean.
_GAPLESS = re.compile(
    "[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]+"
)


def words(text: str) -> list[str]:
    """The words of a text in small letters, in order."""
    if text.isascii():
        return _WORD.findall(text.lower())
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(one for one in plain if not 0x300 <= ord(one) < 0x370)
    return _WORD.findall(_GAPLESS.sub(_spread, unicodedata.normalize("NFC", plain)))


def stems(text: str) -> list[str]:
    return list(map(stem, words(text)))


def joined(text: str) -> str:
    """Stems with a blank between them: one is in another text when it is a part of that."""
    return " ".join(stems(text))


def _spread(found: re.Match[str]) -> str:
    run = found[0]
    pairs = [run[at : at + 2] for at in range(len(run) - 1)] or [run]
    return f" {' '.join(pairs)} "
