"""Search by meaning: there, not there, turned off, or broken."""

import pytest

from ai_sessions import embeddings
from ai_sessions.diagnosis.extras import search
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
