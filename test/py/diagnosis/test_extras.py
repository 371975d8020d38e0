"""What the extras do, by whether they are there, turned off, or broken."""

import pytest

from ai_sessions import embeddings, telemetry
from ai_sessions.diagnosis.extras import search, spans, tokens
from concepts import Concepts


@pytest.mark.parametrize(
    ("setting", "installed", "broken", "status", "told"),
    [
        ("auto", True, "", "ok", "by words and by meaning (concepts)"),
        ("auto", False, "", "ok", "by words alone; the extra `semantic`"),
        ("true", False, "", "missing", "by words alone; the extra `semantic`"),
        ("false", True, "", "ok", "by words alone (SEMANTIC=false)"),
        ("auto", True, "other weights", "warning", "other weights"),
    ],
)
def test_what_search_goes_by_is_told(monkeypatch, setting, installed, broken, status, told):
    monkeypatch.setattr(embeddings, "is_installed", lambda: installed)
    check = search(setting, Concepts(broken=broken))

    assert check.status == status
    assert check.detail.startswith(told)


def test_where_it_is_not_there_the_way_to_get_it_is_told(monkeypatch):
    monkeypatch.setattr(embeddings, "is_installed", lambda: False)

    assert "--semantic" in search("auto", Concepts()).hint


@pytest.mark.parametrize(
    ("setting", "package", "status", "told"),
    [
        ("auto", "toktok", "ok", "counted exactly (o200k)"),
        ("cl100k", "toktok", "ok", "counted exactly (cl100k)"),
        ("estimate", "toktok", "ok", "estimated (TOKENIZER=estimate)"),
        ("auto", "no_such_package", "ok", "estimated; the extra `tokens` counts exactly"),
        ("o200k", "no_such_package", "missing", "TOKENIZER=o200k needs the extra `tokens`"),
    ],
)
def test_who_counts_tokens_is_told(monkeypatch, setting, package, status, told):
    monkeypatch.setattr("ai_sessions.tokenizer._PACKAGE", package)
    check = tokens(setting)

    assert (check.status, check.detail) == (status, told)
    assert ("--tokens" in check.hint) == (package != "toktok")


def test_a_tokenizer_that_does_not_load_is_told(tmp_path, monkeypatch):
    (tmp_path / "broken_tokenizer.py").write_text("raise ImportError('wrong ELF class')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("ai_sessions.tokenizer._PACKAGE", "broken_tokenizer")

    assert tokens("auto").status == "missing"
    assert "wrong ELF class" in tokens("auto").detail


@pytest.mark.parametrize(
    ("is_on", "installed", "status", "told"),
    [
        (False, False, "ok", "no spans are exported (OTEL=false)"),
        (True, True, "ok", "spans of calls go to http://c:1"),
        (True, False, "missing", "OTEL=true needs the extra `otel`"),
    ],
)
def test_where_spans_go_is_told(monkeypatch, is_on, installed, status, told):
    monkeypatch.setattr(telemetry, "is_installed", lambda: installed)
    check = spans(is_on, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:1"})

    assert (check.status, check.detail) == (status, told)
    assert ("--otel" in check.hint) == (status == "missing")
