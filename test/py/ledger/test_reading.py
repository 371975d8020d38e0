"""What a ledger tells readers, without a step that writes."""

from ai_sessions.ledger import pools, reading
from ai_sessions.records import stamp

from .conftest import CENT, NOW, call, lease

HOUR_US = 3_600_000_000


def test_where_there_is_no_ledger_nothing_is_told(tmp_path):
    with reading.opened(str(tmp_path)) as ledger:
        assert ledger is None
    assert reading.used(str(tmp_path), 0, 1) is None
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_one_tells_nothing(root):
    root.mkdir()
    (root / reading.NAME).write_bytes(b"no database" * 99)

    assert reading.used(str(root), 0, 1) is None


def test_what_was_used_of_a_time(root, ledger):
    ledger.record([call("1", 10), call("2", None, tokens={"input": 1})])
    now = pools.bucket_of(stamp(NOW))

    assert reading.used(str(root), now, now + HOUR_US) == (10 * CENT, 1)
    assert reading.used(str(root), 0, now) == (0, 0)


def test_calls_are_told_as_entries_since_a_version(root, ledger):
    ledger.record([call("1"), call("2", uid=""), call("3", tokens={"input": 5})])
    with reading.opened(str(root)) as found:
        latest = found.latest()
        [first, third] = found.calls("u1")
        assert [one["id"] for one in found.calls("u1", first["version"])] == ["3"]
        assert [one["id"] for one in found.calls("")] == ["2"]

    assert latest == {"u1": third["version"], "": 2}
    assert (third["type"], third["ts"], third["tokens"]) == (
        "interaction",
        stamp(NOW),
        {"input": 5},
    )


def test_a_call_that_moved_is_news_in_both_its_sessions(root, ledger):
    ledger.record([call("1")])
    ledger.record([call("1", uid="u2")])

    with reading.opened(str(root)) as found:
        assert found.latest() == {"u1": 2, "u2": 2}


def test_owners_that_are_gone_and_calls_that_were_cut_off(root, ledger, monkeypatch):
    ledger.reserve(lease("a", 5), [])
    with reading.opened(str(root)) as found:
        assert not found.has_gone_owners()
        assert found.not_stored() == []
    monkeypatch.setattr("ai_sessions.processes.table.of", lambda _pid: None)
    with reading.opened(str(root)) as found:
        assert found.has_gone_owners()
    ledger.settle_gone()
    with reading.opened(str(root)) as found:
        assert [one["id"] for one in found.not_stored()] == ["a"]
