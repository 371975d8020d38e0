"""The plainest forms of commands are answered without click, and to the byte as with it."""

import pytest

from ai_sessions.accounting import reports
from ai_sessions.cli import plain_forms

STATS = [
    *(["stats", "--by", key] for key in reports.KEYS),
    ["stats"],
    ["stats", "--json"],
    ["stats", "--json", "--by", "feature"],
    ["stats", "--since", "2001-01-01", "--quiet"],
    ["stats", "--by", "day", "--since", "2001-01", "--until", "today"],
    ["stats", "--until", "2001-01-01"],
    ["stats", "--feature", "payment", "--by", "task"],
    ["stats", "--feature", "payment"],
    ["stats", "--feature", "nobody", "--by", "task", "-q"],
    ["stats", "--feature", "nobody"],
    ["stats", "--since", "nonsense"],
    ["stats", "--since", "2026-02-01", "--until", "2026-01-01", "--json"],
]
SEARCHES = [
    ["search", "gateway"],
    ["search", "gateway", "--json"],
    ["search", "-q", "add nonsense"],
    ["search", "nowhere"],
    ["search", "--json", "nowhere"],
    ["search", "!!"],
]
IMPORTS = [
    ["import", "--from", "all"],
    ["import", "--json", "--from", "claude", "--anew"],
    ["import", "--from", "codex", "-q"],
    ["import", "--from", "nobody"],
]
ASSISTANT = [
    ["assistant"],
    ["assistant", "--json"],
    ["assistant", "--greeting", "-q"],
    ["assistant", "--greeting", "--json"],
    ["assistant", "--stats"],
    ["assistant", "--json", "--stats"],
    ["assistant", "--stats", "--csv", "--quiet"],
]
LEFT_TO_CLICK = [
    ["import"],
    ["import", "--anew"],
    ["import", "--from"],
    ["import", "--from", "--anew"],
    ["import", "--from", "claude", "--anew", "--anew"],
    ["import", "--from", "claude", "--from", "codex"],
    ["import", "--from=claude"],
    ["import", "--from", "claude", "place"],
    ["import", "file.json"],
    ["stats", "--by"],
    ["stats", "--by", "nonsense"],
    ["stats", "--by", "day", "--by", "week"],
    ["stats", "--by=day"],
    ["stats", "--si", "today"],
    ["stats", "--since", ""],
    ["stats", "--since", "--json"],
    ["stats", "--tz", "UTC"],
    ["stats", "--", "--by"],
    ["stats", "day"],
    ["search"],
    ["search", ""],
    ["search", "--limit", "1", "x"],
    ["search", "--", "-x"],
    ["search", "two", "words"],
    ["show", "x"],
    ["assistant", "--csv"],
    ["assistant", "--stats", "--csv", "--json"],
    ["assistant", "--greeting", "--stats"],
    ["assistant", "ask", "--stats"],
]


@pytest.mark.parametrize("args", [*STATS, *SEARCHES], ids=" ".join)
def test_the_answer_is_the_one_that_click_gives(cli, store, monkeypatch, args):
    assert plain_forms.stats(args) is not None or plain_forms.search(args) is not None
    fast = cli(*args)
    monkeypatch.setattr(plain_forms, "stats", lambda _args: None)
    monkeypatch.setattr(plain_forms, "search", lambda _args: None)

    assert cli(*args) == fast


@pytest.mark.parametrize("args", IMPORTS, ids=" ".join)
def test_an_import_says_what_it_does_with_click(cli, root, monkeypatch, tmp_path, args):
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    assert plain_forms.imports(args) is not None
    fast = cli(*args)
    monkeypatch.setattr(plain_forms, "imports", lambda _args: None)

    assert cli(*args) == fast


@pytest.mark.parametrize("args", ASSISTANT, ids=" ".join)
@pytest.mark.parametrize("is_known", [True, False])
def test_the_assistant_shows_what_it_shows_with_click(cli, root, monkeypatch, args, is_known):
    monkeypatch.setenv("ASSISTANT_DIR", str(root / "me"))
    if is_known:
        words = ("--name", "Declan", "--assistant", "Brakel", "--model", "2")
        assert cli("assistant", "--init", *words).code == 0
    assert plain_forms.assistant(args) is not None
    fast = cli(*args)
    monkeypatch.setattr(plain_forms, "assistant", lambda _args: None)

    assert cli(*args) == fast


@pytest.mark.parametrize("args", LEFT_TO_CLICK, ids=" ".join)
def test_what_is_not_plain_is_left_to_click(args):
    assert plain_forms.stats(args) is None
    assert plain_forms.search(args) is None
    assert plain_forms.imports(args) is None
    assert plain_forms.assistant(args) is None
