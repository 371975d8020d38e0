"""Model files: fetched from a server, checked, gone on with, found by name."""

import hashlib
import re
import socket
from urllib.parse import urlsplit

import pytest

from ai_sessions.disk import locks
from ai_sessions.errors import ChecksFailed, ConfigError, LockBusy, ProviderError, UsageError
from ai_sessions.providers import model_files
from file_server import FileServer

DATA = b"GGUF" + bytes(range(256)) * 4000
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def server():
    with FileServer(DATA) as running:
        yield running


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "cache" / "models"


def wanted(server, **more):
    return model_files.Model("tiny", f"{server.url}/tiny.gguf", **{"sha256": SHA256, **more})


def test_a_model_comes_whole_and_private(server, folder):
    path = model_files.pull(wanted(server), folder)

    assert path == folder / "tiny.gguf"
    assert path.read_bytes() == DATA
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(folder.glob(".*.part")) == []


def test_a_model_that_is_here_is_not_fetched_again(server, folder):
    for _time in range(2):
        model_files.pull(wanted(server), folder)

    assert len(server.asked) == 1


def test_a_file_of_that_name_that_is_another_one_is_replaced(server, folder):
    folder.mkdir(parents=True)
    (folder / "tiny.gguf").write_bytes(b"GGUF of last year")

    assert model_files.pull(wanted(server), folder).read_bytes() == DATA


def test_what_is_something_else_is_thrown_away(server, folder):
    with pytest.raises(ChecksFailed, match=SHA256):
        model_files.pull(wanted(server, sha256="0" * 64), folder)

    assert [path.name for path in folder.iterdir()] == [".lock"]


def test_what_does_not_end_is_thrown_away(server, folder):
    short = hashlib.sha256(DATA[:1000]).hexdigest()
    with pytest.raises(ChecksFailed):
        model_files.pull(wanted(server, sha256=short, size=1000), folder)

    assert model_files.here(folder) == {}


@pytest.mark.parametrize("resumes", [True, False])
def test_a_download_that_was_cut_goes_on(folder, resumes):
    with FileServer(DATA, resumes=resumes) as server:
        server.cut_after = 700_000
        with pytest.raises(ProviderError, match="tiny") as caught:
            model_files.pull(wanted(server), folder)
        assert model_files.here(folder) == {}
        server.cut_after = None

        assert model_files.pull(wanted(server), folder).read_bytes() == DATA
    assert "goes on after 1 MB" in caught.value.hint
    assert server.asked[-1] == ("/tiny.gguf", "bytes=700000-")


def test_a_part_longer_than_the_file_is_begun_anew(server, folder):
    folder.mkdir(parents=True)
    (folder / f".{SHA256}.part").write_bytes(DATA + b"more")

    assert model_files.pull(wanted(server), folder).read_bytes() == DATA
    assert [wanted for _path, wanted in server.asked] == [f"bytes={len(DATA) + 4}-", ""]


def test_a_part_that_is_the_whole_file_needs_no_server(folder):
    folder.mkdir(parents=True)
    (folder / f".{SHA256}.part").write_bytes(DATA)
    model = model_files.Model("tiny", "http://127.0.0.1:1/tiny.gguf", SHA256)

    assert model_files.pull(model, folder).read_bytes() == DATA


@pytest.mark.parametrize("status", [403, 404, 416, 500])
def test_a_refusal_is_told_with_its_address(folder, status):
    with FileServer(b"", status=status) as server, pytest.raises(ProviderError) as caught:
        model_files.pull(wanted(server), folder)

    assert f"{server.url}/tiny.gguf answered {status}" in caught.value.message


def test_a_dead_server_is_a_clear_line(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody answers there
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/x.gguf"
        with pytest.raises(ProviderError, match=r"x: the download from 127\.0\.0\.1 ended"):
            model_files.pull(model_files.Model("x", url, SHA256), folder)


def test_an_address_that_is_none_is_a_clear_line(folder):
    with pytest.raises(ConfigError, match="ftp://"):
        model_files.pull(model_files.Model("x", "ftp://example.com/x.gguf", SHA256), folder)


def test_a_mirror_takes_the_place_of_scheme_and_host(server, folder):
    model = model_files.Model("tiny", "https://models.example/a/b.gguf?download=true", SHA256)
    model_files.pull(model, folder, f"{server.url}/mirror/")

    assert server.asked == [("/mirror/a/b.gguf?download=true", "")]


def test_two_downloads_at_once_do_not_mix(server, folder):
    model_files.pull(wanted(server), folder)
    with locks.held(folder / ".lock", 0, "the models"), pytest.raises(LockBusy):
        model_files.pull(wanted(server), folder)


def test_progress_is_told_in_tenths(server, folder):
    told = []
    model_files.pull(wanted(server), folder, tell=told.append)

    assert told[0] == "tiny: 1 MB from 127.0.0.1"
    assert told[-1] == "tiny: 100 %"


def test_an_unknown_name_is_an_error_with_the_nearest(folder):
    with pytest.raises(ConfigError) as caught:
        model_files.asked("qwen2.5-coder-1b")

    assert "did you mean qwen2.5-coder-" in caught.value.hint


@pytest.mark.parametrize("sha256", ["", "abc", "g" * 64])
def test_an_address_without_a_sum_is_refused(sha256):
    with pytest.raises(UsageError, match="--sha256"):
        model_files.asked("https://models.example/x.gguf", sha256)


@pytest.mark.parametrize(
    ("url", "name", "found"),
    [
        ("https://models.example/a/My-Model.Q4.gguf?download=true", "", "My-Model.Q4"),
        ("https://models.example/a", "mine", "mine"),
    ],
)
def test_a_model_from_an_address_has_a_name(url, name, found):
    assert model_files.asked(url, SHA256.upper(), name) == model_files.Model(found, url, SHA256)


@pytest.mark.parametrize("name", ["../x", ".hidden", "a b", "-x"])
def test_a_name_that_leads_elsewhere_is_refused(name):
    with pytest.raises(UsageError, match="no name for a model"):
        model_files.asked("https://models.example/x.gguf", SHA256, name)


def test_a_model_is_found_by_path_and_by_name(folder):
    folder.mkdir(parents=True)
    (folder / "tiny.gguf").write_bytes(DATA)

    assert model_files.file_of("tiny", folder) == folder / "tiny.gguf"
    assert model_files.file_of(str(folder / "tiny.gguf"), folder) == folder / "tiny.gguf"


@pytest.mark.parametrize(
    ("name", "hint"), [("qwen2.5-coder-0.5b", "models pull qwen2.5-coder-0.5b"), ("x", "GGUF")]
)
def test_a_model_that_is_not_here_is_an_error_with_what_to_type(folder, name, hint):
    with pytest.raises(ConfigError) as caught:
        model_files.file_of(name, folder)

    assert hint in caught.value.hint


@pytest.mark.parametrize("model", model_files.known().values(), ids=lambda model: model.name)
def test_a_model_of_the_catalog_says_what_it_is(model):
    assert model_files._NAME.fullmatch(model.name)
    assert urlsplit(model.url).scheme == "https"
    assert urlsplit(model.url).path.endswith(".gguf")
    assert re.fullmatch(r"[0-9a-f]{64}", model.sha256)
    assert model.size > 1e8
    assert model.licence
