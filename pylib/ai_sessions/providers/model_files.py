"""Model files for the provider `local`: which are known by name, and how one comes here whole.

A file is used only if its SHA-256 is the one that was asked for. Those of `catalog/models.json` are
the publisher's files, with sums that several public projects recorded independently of each other;
a model whose sum nobody could tell us is not in there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from ai_sessions import config
from ai_sessions.disk import files, locks
from ai_sessions.errors import ChecksFailed, ConfigError, ProviderError, UsageError
from ai_sessions.lazy_dataclasses import dataclass

if TYPE_CHECKING:
    from hashlib import _Hash  # typeshed's name for what sha256() returns

    import httpx

_CATALOG = Path(__file__).parents[1] / "catalog" / "models.json"
_SUFFIX = ".gguf"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_CHUNK_BYTES = 1 << 20
_SILENCE_S = 60.0
_TENTHS = 10


@dataclass(frozen=True, slots=True)
class Model:
    """A file to fetch. `size` in bytes; 0: not known."""

    name: str
    url: str
    sha256: str
    size: int = 0
    licence: str = ""


def known() -> dict[str, Model]:
    """The models that can be pulled by name."""
    raw = json.loads(_CATALOG.read_text(encoding="utf-8"))
    return {
        name: Model(name, one["url"], one["sha256"], one["bytes"], one["licence"])
        for name, one in raw.items()
    }


def asked(what: str, sha256: str = "", name: str = "") -> Model:
    """The model that a name or an address means. Raises `ConfigError`, `UsageError`."""
    if "://" not in what:
        if sha256 or name:
            option = "--sha256" if sha256 else "--name"
            raise UsageError(f"{option} needs a URL, and {what!r} is a name")
        if what in (found := known()):
            return found[what]
        near = config.nearest(what, list(found))
        hint = f"did you mean {near}? " if near else ""
        raise ConfigError(
            f"no model is called {what!r}", f"{hint}there are {', '.join(found)}; or give a URL"
        )
    if not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        raise UsageError(
            "a URL needs --sha256, 64 hexadecimal digits", "its publisher's page shows it"
        )
    name = name or os.path.basename(urlsplit(what).path).removesuffix(_SUFFIX)
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for a model", "give one: --name my-model")
    return Model(name, what, sha256.lower())


def here(folder: Path) -> dict[str, Path]:
    """The files in `folder`, by the name that a model of them has."""
    found = sorted(folder.glob(f"*{_SUFFIX}")) if folder.is_dir() else []
    return {path.name.removesuffix(_SUFFIX): path for path in found}


def file_of(model: str, folder: Path) -> Path:
    """The file that a path or a name means. Raises `ConfigError` with what to do."""
    if (found := here(folder).get(model)) is not None:
        return found
    path = Path(model).expanduser()
    if not path.is_file():
        pull = f"ai-session.sh models pull {model}" if model in known() else ""
        raise ConfigError(
            f"no model file {model!r}, and none of that name in {folder}",
            pull or "give the path of a GGUF file, or a name: ai-session.sh models list",
        )
    return path


def pull(
    model: Model, folder: Path, mirror: str = "", tell: Callable[[str], None] = locks.silent
) -> Path:
    """Fetch `model` into `folder`, or find it there; goes on where an earlier try ended.

    `mirror` takes the place of the address's scheme and host. Raises `ChecksFailed` when what came
    is something else, `ProviderError` when it did not come, `LockBusy`, `StorageError`.
    """
    target = folder / (model.name + _SUFFIX)
    part = folder / f".{model.sha256}.part"
    with files.reported(folder):
        files.make_folders(folder)
        with locks.held(folder / ".lock", 0, f"the models in {folder}", tell):
            if target.exists() and _sum_of(target).hexdigest() == model.sha256:
                tell(f"{model.name} is here already")
                return target
            _fetch(model, _address(model.url, mirror), part, tell)
            os.rename(part, target)
            files.sync_folder(folder)
    return target


def _address(url: str, mirror: str) -> str:
    if not mirror:
        return url
    parts = urlsplit(url)
    return mirror.rstrip("/") + parts.path + (f"?{parts.query}" if parts.query else "")


def _fetch(model: Model, url: str, part: Path, tell: Callable[[str], None]) -> None:
    """Fill `part` and check it. What is wrong is thrown away, what is short is kept."""
    have = _sum_of(part)
    if have.hexdigest() != model.sha256:
        with os.fdopen(files.open_safely(part, os.O_RDWR | os.O_CREAT), "r+b") as file:
            file.seek(0, os.SEEK_END)
            have = _downloaded(model, url, file, have, tell)
            file.flush()
            files.sync_file(file.fileno())
    if have.hexdigest() != model.sha256:
        part.unlink()
        raise ChecksFailed(
            f"{model.name}: SHA-256 is {have.hexdigest()}, not {model.sha256}: thrown away",
            "check the address and the sum; a mirror may have an older file",
        )


def _downloaded(
    model: Model, url: str, file: IO[bytes], have: _Hash, tell: Callable[[str], None]
) -> _Hash:
    """The sum of all of `file` after the rest of it came."""
    begun = file.tell()
    with _network(model, url, file), _asked_for(url, begun) as response:
        if begun and response.status_code in (200, 416):
            tell(f"{model.name}: from the beginning")
            file.truncate(0)
            file.seek(0)
            have = hashlib.sha256()
            if response.status_code == 416:
                return _downloaded(model, url, file, have, tell)
        _check(response, model, url)
        size = file.tell() + int(response.headers.get("content-length") or 0)
        tell(f"{model.name}: {megabytes(size)} from {urlsplit(url).hostname}")
        for chunk in response.iter_bytes():
            _report(model.name, file.tell(), len(chunk), size, tell)
            file.write(chunk)
            have.update(chunk)
            if model.size and file.tell() > model.size:
                break
    return have


@contextlib.contextmanager
def _asked_for(url: str, begun: int) -> Iterator[httpx.Response]:
    import httpx

    headers = {"accept-encoding": "identity"}
    if begun:
        headers["range"] = f"bytes={begun}-"
    with (
        httpx.Client(timeout=_SILENCE_S, follow_redirects=True) as client,
        client.stream("GET", url, headers=headers) as response,
    ):
        yield response


@contextlib.contextmanager
def _network(model: Model, url: str, file: IO[bytes]) -> Iterator[None]:
    """What goes wrong on the way, in our words."""
    import httpx

    try:
        yield
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise ConfigError(f"{url}: {error}") from error
    except httpx.HTTPError as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ProviderError(
            f"{model.name}: the download from {urlsplit(url).hostname} ended: {reason}",
            f"run the same command again, it goes on after {megabytes(file.tell())}",
        ) from error


def _check(response: httpx.Response, model: Model, url: str) -> None:
    if response.is_success:
        return
    raise ProviderError(
        f"{model.name}: {url} answered {response.status_code} {response.reason_phrase}",
        "check the address; a mirror: --base-url",
    )


def _report(name: str, at: int, more: int, size: int, tell: Callable[[str], None]) -> None:
    """One line for each tenth."""
    if size and at * _TENTHS // size < (at + more) * _TENTHS // size:
        tell(f"{name}: {(at + more) * 100 // size} %")


def _sum_of(path: Path) -> _Hash:
    """The sum of a file, of nothing when there is none."""
    total = hashlib.sha256()
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            total.update(chunk)
    return total


def megabytes(size: int) -> str:
    """`676 MB`; `? MB` for 0, which means not known."""
    return f"{size / 1e6:.0f} MB" if size else "? MB"
