"""Damage that parses: wrong types, absurd numbers, links, and what is lost costs only itself."""

import errno
import json
import os
import time
from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.disk import files as disk
from ai_sessions.records import About, Cost, Interaction, Message, Note, Resume, Usage
from ai_sessions.sessions import export
from ai_sessions.store.files import FileStore, doctor, lines, spool
from ai_sessions.store.files.upkeep import FileUpkeep

NAME = "implement-auth"
LINE = (
    '{"v":2,"type":"interaction","seq":9,"id":"z","ts":"2026-01-01T00:00:00Z","provider":"c",'
    '"model":"m","messages":[],"tokens":{},"cost":0,"cost_nusd":5,"status":"ok"}'
)


def journal(root, name=NAME):
    return root / name / "journal.jsonl"


def metadata(root):
    return root / NAME / "metadata.json"


def calls(store, name=NAME):
    return [entry.id for entry in store.entries(name) if isinstance(entry, Interaction)]


def exported(store):
    said = []
    assert export.export(store, export.Wanted(), said.append) == []
    return json.loads("".join(said))


def edit(path, change):
    found = json.loads(path.read_text())
    change(found)
    path.write_text(json.dumps(found))


def test_a_repeat_is_seen_by_readers_when_only_a_newline_was_lost(files, root, call):
    given = [call(id="a"), call(id="b")]
    files.append(NAME, given)
    journal(root).write_bytes(journal(root).read_bytes()[:-1])
    metadata(root).unlink()

    assert files.append(NAME, [given[1]]).totals.interactions == 2
    assert calls(files) == ["a", "b"]
    assert files.read(NAME).totals.cost_nusd == 33_000_000


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.update(resume={"claude": 5}),
        lambda found: found.update(resume={"claude": {"id": 5}}),
        lambda found: found.update(recent_ids=[{}]),
        lambda found: found.update(tags=[{}]),
        lambda found: found.update(calling=[]),
        lambda found: found.update(pinned=1),
        lambda found: found["totals"].update(cost_nusd=10**400),
        lambda found: found["totals"].update(interactions=-3),
        lambda found: found["totals"].update(by_model={"m": 5}),
        lambda found: found["totals"]["by_model"]["sonnet"].update(cost_nusd=10**400),
        lambda found: found["journal"].update(bytes=-1),
        lambda found: found["journal"].update(seq=10**400),
    ],
)
def test_a_checkpoint_of_wrong_types_is_made_again(files, root, call, change):
    files.append(NAME, [call(id="a")])
    right = files.read(NAME)
    edit(metadata(root), change)

    assert files.read(NAME) == right
    assert exported(files)[0]["interactions"][0]["cost_nusd"] == 16_500_000
    assert files.append(NAME, [call(id="paid")]).totals.interactions == 2


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace('"cost_nusd":5', f'"cost_nusd":{10**400}'),
        LINE.replace('"cost_nusd":5', '"cost_nusd":-5'),
        LINE.replace('"tokens":{}', f'"tokens":{{"input":{10**30}}}'),
        LINE.replace('"tokens":{}', '"tokens":{"input":-1}'),
        LINE.replace('"seq":9', f'"seq":{10**400}'),
        LINE.replace('"seq":9', '"seq":"9"'),
        LINE.replace('"ts":"2026-01-01T00:00:00Z"', '"ts":7'),
        LINE.replace('"status":"ok"', '"status":"carried"'),
        '{"v":2,"type":"session","seq":6,"carried":7}',
        '{"v":2,"type":"session","seq":6,"carried":{"totals":5}}',
        '{"v":2,"type":"note","topic":"x","body":{},"ts":7}',
        '{"v":2,"type":"note","id":7,"topic":"x","body":{}}',
        '{"v":9,"type":"segment","ts":7}',
    ],
)
def test_an_edited_line_costs_nothing_but_itself(files, root, call, line):
    files.append(NAME, [call(id="a")])
    files.append("other", [call(id="b")])
    with journal(root).open("a") as file:
        file.write(f"{line}\n")

    assert calls(files) == ["a"]
    assert files.read(NAME).notices == ("1 damaged line skipped",)
    assert [one["name"] for one in exported(files)] == [NAME, "other"]
    assert files.append(NAME, [call(id="c")]).totals.interactions == 2
    assert [one.problem for one in doctor.examine(root)] == ["a damaged line"]


def test_half_a_surrogate_pair_in_a_line_is_replaced(files, root, call):
    files.append(NAME, [call(id="a")])
    said = '"messages":[{"role":"user","text":"x\\ud800y","at":""}]'
    with journal(root).open("a") as file:
        file.write(LINE.replace('"messages":[]', said) + "\n")

    assert list(files.entries(NAME))[-1].messages[0].text == "x\ufffdy"
    assert "x\ufffdy" in json.dumps(exported(files), ensure_ascii=False)


def test_a_field_of_a_later_version_stays_and_erases_nothing(files, root, call):
    files.append(NAME, [call(id="a")])
    edit(metadata(root), lambda found: found.update(expires_at="2030"))
    journal(root).unlink()

    assert files.read(NAME).totals.cost_nusd == 16_500_000
    assert files.append(NAME, [Note("x", {})]).totals.cost_nusd == 16_500_000
    assert not (root / NAME / "metadata.damaged").exists()


def test_a_field_that_an_earlier_version_did_not_write_has_its_usual_value(files, root, call):
    files.append(NAME, [call(id="a")])
    before = metadata(root).read_text()
    edit(metadata(root), lambda found: found.pop("forgot_ids_until"))
    edit(metadata(root), lambda found: found["totals"].pop("cache_write_1h_tokens"))

    assert files.source().row(NAME)["totals"] == json.loads(before)["totals"]


def test_what_a_later_version_wrote_into_a_checkpoint_survives_a_write(files, root, call):
    files.append(NAME, [call(id="a")])
    edit(metadata(root), lambda found: found.update(expires_at="2030"))
    files.append(NAME, [call(id="b")])

    assert json.loads(metadata(root).read_text())["expires_at"] == "2030"


def test_after_the_loss_of_a_journal_the_bill_and_the_totals_agree(files, root, call):
    files.append(NAME, [call(id="a", status="timeout"), call(model="opus", cost=Cost())])
    files.append(NAME, [call(id="c", by_model={"haiku": Usage(1, 2)})])
    before = files.read(NAME).totals
    journal(root).unlink()
    session = files.append(NAME, [call(id="new")])

    assert session.totals.interactions == before.interactions + 1 == 4
    assert session.totals.errors == before.errors == 1
    assert session.totals.messages == before.messages + 2
    assert session.totals.unknown_costs == 1
    assert session.totals.usage.input_tokens == before.usage.input_tokens + 500
    [told] = exported(files)
    assert sum(one["cost_nusd"] or 0 for one in told["interactions"]) == session.totals.cost_nusd
    assert files.read(NAME).notices == ("history missing: 3 calls known by their sums alone",)
    assert session.resume["claude"].id == "conversation-1"


def test_a_repair_keeps_what_the_checkpoint_still_knew(files, root, call):
    files.ensure(NAME, About("implement", "auth", "/repo/shop"))
    before = files.append(NAME, [call(id="a"), call(id="b")])
    raw = journal(root).read_bytes().split(b"\n")
    raw[0], raw[1] = b"X" + raw[0][1:], b"X" + raw[1][1:]
    journal(root).write_bytes(b"\n".join(raw))

    assert doctor.mend(root / NAME, print)
    after = FileStore(root, fsync="none").read(NAME)
    assert (after.about, after.uid, after.created_at) == (
        before.about,
        before.uid,
        before.created_at,
    )
    assert after.totals == before.totals
    assert calls(files)[0] == "b"
    assert sum(one["cost_nusd"] for one in exported(files)[0]["interactions"]) == 33_000_000


def test_a_busy_session_slows_no_other_one(files, root, call):
    told = []
    quick = FileStore(root, fsync="none", tell=told.append)
    for name in ("busy", "other"):
        files.append(name, [call()])
    with disk_lock(root / "busy" / ".lock"):
        for number in range(40):
            plain = next(iter(spooled(call(id=f"s{number}"))))
            spool.keep(root, "busy", {}, [plain])
        started = time.process_time()
        quick.append("other", [call()])
        assert time.process_time() - started < 2
    assert len(told) == 1
    assert told[0].startswith("40 answers wait to be written to session busy")
    for _ in range(5):
        quick.append("other", [Note("x", {})])
    assert len([one for one in calls(files, "busy") if one.startswith("s")]) == 40
    assert spool.names(root) == []


def spooled(entry):
    from ai_sessions.store.entries import plain_of

    yield plain_of(entry, "2026-01-01T00:00:00.000Z")


def disk_lock(path):
    from ai_sessions.disk import locks

    return locks.held(path, 0, "a test")


def test_a_waiting_file_that_parses_and_is_damaged_is_set_aside(files, root, call):
    files.append(NAME, [call()])
    (root / ".spool").mkdir()
    content = f'{{"session":"{NAME}","about":{{}},"entries":[{{"type":"interaction"}}]}}'
    (root / ".spool" / "x.json").write_text(content)

    assert files.append(NAME, [call()]).totals.interactions == 2
    assert [path.name for path in (root / ".spool").iterdir()] == ["x.damaged"]


def test_links_inside_the_store_are_not_followed(files, root, call, tmp_path):
    files.append(NAME, [call()])
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "package.json").write_text("{}")
    os.utime(mine / "package.json", (1, 1))
    (root / ".spool").symlink_to(mine)
    (root / NAME / "logs").symlink_to(mine)
    (root / ".trash").symlink_to(mine)

    files.append(NAME, [call()])
    later = datetime.now(UTC) + timedelta(days=1)
    assert FileUpkeep(root).drop_raw_output(NAME, later) == 0
    assert FileUpkeep(root).raw_output_before(NAME, later) == 0
    for verb in (lambda: files.purge(later), lambda: files.discard(NAME)):
        with pytest.raises(Exception, match=r"link|directory|folder"):
            verb()
    assert os.listdir(mine) == ["package.json"]


def test_a_session_being_deleted_cannot_be_restored_in_part(files, root, call, monkeypatch):
    files.append(NAME, [call()])
    files.discard(NAME)

    def interrupted(path):
        with pytest.raises(Exception, match="nothing called"):
            files.restore(NAME)
        raise KeyboardInterrupt

    monkeypatch.setattr("shutil.rmtree", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.purge(datetime.now(UTC) + timedelta(days=1))
    monkeypatch.undo()
    assert files.discarded() == []
    files.purge(datetime.now(UTC))
    assert list((root / ".trash").iterdir()) == []


def test_a_file_system_without_a_sync_of_folders_is_written_to(root, call, monkeypatch):
    def refuse(fd):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(disk.os, "fsync", refuse)

    assert FileStore(root).append(NAME, [call()]).totals.interactions == 1


def test_an_answer_that_is_too_long_is_cut_and_its_cost_kept(files, call, monkeypatch):
    monkeypatch.setattr(lines, "LONGEST", 16_000)
    long = (Message("user", "u" * 500), Message("assistant", "b" * 9_000 + "e" * 9_000))
    session = files.append(NAME, [call(messages=long, detail={"turns": 3, "log": "x" * 20_000})])
    [kept] = files.entries(NAME)

    assert session.totals.cost_nusd == kept.cost.nusd == 16_500_000
    assert kept.messages[0].text == "u" * 500
    assert kept.messages[1].text.startswith("bbb")
    assert "17,000 characters cut" in kept.messages[1].text
    assert kept.messages[1].text.endswith("eee")
    assert kept.detail == {"turns": 3}


@pytest.mark.parametrize("error", [RuntimeError("masking failed"), KeyboardInterrupt()])
def test_an_answer_that_cannot_be_made_fit_to_show_waits_as_it_is(
    files, root, call, monkeypatch, error
):
    files.ensure(NAME, About())

    def fail(text):
        raise error

    monkeypatch.setattr("ai_sessions.store.masking.masked", fail)
    with pytest.raises(type(error)):
        files.append(NAME, [call(id="paid")])
    monkeypatch.undo()
    (kept,) = (root / ".spool").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    files.append(NAME, [call(id="next")])

    assert calls(files) == ["next", "paid"]


def test_any_failure_of_a_write_keeps_a_paid_answer(files, root, call, monkeypatch):
    files.ensure(NAME, About())

    def fail(*_given):
        raise KeyError("x")

    monkeypatch.setattr("ai_sessions.store.files.writing.Writer.add", fail)
    with pytest.raises(KeyError):
        files.append(NAME, [call(id="paid")])
    monkeypatch.undo()
    files.append("other", [Note("x", {})])

    assert calls(files) == ["paid"]


def test_what_is_nested_deeper_than_anybody_means_is_cut(files, call):
    deep = {"a": 1}
    for _ in range(5000):
        deep = {"a": deep}
    files.append(NAME, [call(detail=deep)])

    assert "nested too deeply" in json.dumps(next(files.entries(NAME)).detail)


def test_what_a_conversation_carries_over_survives_the_loss_of_a_journal(files, root, call):
    files.append(NAME, [call(resume=Resume("c1", "sonnet", "/x", {"sonnet": {"costUSD": 12.5}}))])
    journal(root).unlink()
    session = files.append(NAME, [Note("x", {})])

    assert session.resume["claude"].carry == {"sonnet": {"costUSD": 12.5}}
