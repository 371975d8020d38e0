"""Past usage of agents: all of it once, none of ours, and a second look that reads nothing."""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ai_sessions import imports, workers
from ai_sessions.accounting import pricing
from ai_sessions.disk import files
from ai_sessions.errors import NotFound, StorageError
from ai_sessions.imports import SOURCES, claims, importer
from ai_sessions.imports.import_state import FOLDER, StateFile
from ai_sessions.imports.importer import Importer, ImportResult
from ai_sessions.imports.partition import Partition
from ai_sessions.records import About, Change, Cost, Interaction, Resume, stamp
from ai_sessions.store.files import FileStore, journal

NOW = datetime.now(UTC)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "sessions"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def line(number: int, **changes: object) -> str:
    usage = {"input_tokens": 1000, "output_tokens": 100}
    entry = {
        "type": "assistant",
        "message": {"id": f"m{number}", "model": "claude-opus-4-1", "usage": usage},
        "requestId": f"r{number}",
        "timestamp": f"2026-10-{number:02}T10:00:00.000Z",
        "sessionId": "s1",
        "cwd": "/src/shop",
        "gitBranch": "main",
    }
    return json.dumps({**entry, **changes}) + "\n"


def write(home: Path, text: str, name: str = "s1.jsonl", mode: str = "a") -> Path:
    path = home / ".claude" / "projects" / "-src-shop" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open(mode) as file:
        file.write(text)
    return path


def importer_of(root: Path, source: imports.Source = SOURCES["claude"]) -> Importer:
    def store_at(moment):
        return FileStore(root, fsync="none", **({"now": lambda: moment} if moment else {}))

    return Importer(source, root, store_at, pricing.price_of)


def imported(root: Path, home: Path, **more: bool) -> ImportResult:
    logs = list(SOURCES["claude"].files({"HOME": str(home)}))
    return importer_of(root).run(logs, NOW, **more)


def calls(root: Path) -> dict[str, list[str]]:
    """The ids of the calls of each session."""
    store = FileStore(root)
    return {
        session.name: [
            entry.id for entry in store.entries(session.name) if isinstance(entry, Interaction)
        ]
        for session in store.sessions()
    }


def test_an_agent_without_logs_leaves_nothing_behind(root, home):
    assert imported(root, home) == ImportResult("claude", 0)
    assert not root.exists()


def test_calls_come_in_by_project_priced_by_their_day(root, home):
    write(home, line(2) + line(1))
    write(home, line(3, cwd="/src/wiki", sessionId="s2"), "s2.jsonl")

    found = imported(root, home)

    assert (found.calls, found.sessions) == (3, ("import-claude-shop", "import-claude-wiki"))
    assert found.cost_nusd == 3 * (1000 * 15_000 + 100 * 75_000)
    session = FileStore(root).read("import-claude-shop")
    assert session.about == About("import", "", "/src/shop")
    assert session.totals.cost_nusd == 2 * (1000 * 15_000 + 100 * 75_000)
    assert session.created_at == "2026-10-01T10:00:00.000Z"
    assert session.last_used == "2026-10-02T10:00:00.000Z"
    assert session.resume["claude"].id == "s1"
    [first, _second] = FileStore(root).entries("import-claude-shop")
    assert (first.purpose, first.branch) == ("imported", "main")


def test_what_was_written_is_safe_before_anybody_notes_that_it_is_in(root, home):
    write(home, line(1) + line(2, cwd="/src/wiki"))
    logs = list(SOURCES["claude"].files({"HOME": str(home)}))
    noted = []

    def sync(name):
        noted.append((name, (root / FOLDER / "claude.ids").exists()))

    def store_at(_moment):
        return FileStore(root, fsync="none")

    for _look in range(2):
        Importer(SOURCES["claude"], root, store_at, pricing.price_of, sync=sync).run(logs, NOW)

    sessions = {("import-claude-shop", False), ("import-claude-wiki", False)}
    assert (set(noted[:2]), noted[2:]) == (sessions, [("", False)])


def test_a_second_look_adds_nothing_and_writes_nothing(root, home):
    write(home, line(1))
    imported(root, home)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*.json*")}

    assert imported(root, home).calls == 0
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*.json*")} == before


def test_only_what_was_added_to_a_log_is_read(root, home, monkeypatch):
    path = write(home, line(1) + "x" * 1000 + "\n")
    imported(root, home)
    write(home, line(2))
    state = json.loads((root / FOLDER / "claude.json").read_text())

    found = imported(root, home)

    assert state["logs"][str(path)]["offset"] == len(line(1)) + 1001
    assert (found.calls, calls(root)) == (
        1,
        {"import-claude-shop": ["claude:m1:r1", "claude:m2:r2"]},
    )


def test_a_call_that_a_fork_repeats_in_another_log_comes_in_once(root, home):
    write(home, line(1))
    imported(root, home)
    write(home, line(1, sessionId="s2", cwd="/src/wiki") + line(2, sessionId="s2"), "s2.jsonl")

    assert imported(root, home).calls == 1
    assert calls(root) == {"import-claude-shop": ["claude:m1:r1", "claude:m2:r2"]}


@pytest.mark.parametrize("anew", [True, False])
def test_a_lost_or_damaged_note_changes_nothing(root, home, anew):
    write(home, line(1) + line(2))
    imported(root, home)
    if not anew:
        (root / FOLDER / "claude.json").write_text('{"schema": 1')

    assert imported(root, home, anew=anew).calls == 0
    assert imported(root, home).calls == 0
    assert len(calls(root)["import-claude-shop"]) == 2


def test_killed_after_the_sessions_were_written_the_next_look_adds_nothing(root, home, monkeypatch):
    write(home, line(1) + line(2))
    with monkeypatch.context() as patch:
        patch.setattr(StateFile, "write_marks", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            imported(root, home)
    write(home, line(3))

    assert imported(root, home).calls == 1
    assert len(calls(root)["import-claude-shop"]) == 3


def test_killed_between_two_sessions_the_next_look_brings_in_what_is_missing(root, home):
    write(home, line(1) + line(2, cwd="/src/wiki"))
    stored = Partition._store

    def killed(partition, name, folder):
        if name.endswith("wiki"):
            os._exit(9)
        return stored(partition, name, folder)

    child = os.fork()
    if not child:
        Partition._store = killed
        imported(root, home)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9

    imported(root, home)

    assert calls(root) == {
        "import-claude-shop": ["claude:m1:r1"],
        "import-claude-wiki": ["claude:m2:r2"],
    }
    assert imported(root, home).calls == 0


def test_two_looks_at_once_bring_in_every_call_once(root, home):
    for number in range(1, 29):
        write(home, line(number, cwd=f"/src/p{number % 5}"), f"s{number}.jsonl")

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: imported(root, home), range(4)))

    assert sorted(one.calls for one in found) == [0, 0, 0, 28]
    assert sum(map(len, calls(root).values())) == 28


def test_a_session_that_is_cleaned_away_during_a_look_stops_nobody(root, home, monkeypatch):
    write(home, line(1) + line(2, cwd="/src/wiki"))
    imported(root, home)
    write(home, line(3))
    entries = journal.entries

    def cleaned(path, *wanted):
        if "wiki" in str(path):
            FileStore(root).discard("import-claude-wiki")
        return entries(path, *wanted)

    (root / FOLDER / "claude.json").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(journal, "entries", cleaned)
        imported(root, home)

    assert calls(root)["import-claude-shop"] == ["claude:m1:r1", "claude:m3:r3"]


def test_a_session_that_cannot_be_read_is_named_and_nothing_comes_in_twice(root, home):
    write(home, line(1))
    imported(root, home)
    (root / FOLDER / "claude.json").unlink()
    written = root / "import-claude-shop" / "journal.jsonl"
    aside = written.rename(root.parent / "aside")
    written.mkdir()

    with pytest.raises(StorageError, match="import-claude-shop"):
        imported(root, home)
    written.rmdir()
    aside.rename(written)
    assert imported(root, home).calls == 0
    assert calls(root) == {"import-claude-shop": ["claude:m1:r1"]}


def test_a_log_that_was_rewritten_brings_in_only_what_it_did_not_have(root, home):
    path = write(home, line(1) + line(2))
    imported(root, home)
    path.write_text(line(2) + line(1) + line(3))
    again = imported(root, home)
    path.write_text(line(4))
    shorter = imported(root, home)

    assert (again.calls, shorter.calls) == (1, 1)
    assert sorted(calls(root)["import-claude-shop"]) == [f"claude:m{n}:r{n}" for n in (1, 2, 3, 4)]


def test_an_imported_session_that_was_removed_stays_away_until_asked_for(root, home):
    write(home, line(1))
    imported(root, home)
    FileStore(root).discard("import-claude-shop")
    write(home, line(2))

    assert imported(root, home).calls == 1
    assert imported(root, home, anew=True).calls == 1


def led(root: Path, conversation: str, at: str = "2026-10-01T10:00:01.000Z", **more: Any) -> None:
    """A call of ours that ended at that time and took ten seconds."""
    store = FileStore(root, fsync="none")
    store.ensure("plan-a", About("plan", "a", "/src/shop"))
    facts = {"cost": Cost(1), "duration_ms": 10_000, "resume": Resume(conversation), **more}
    call = Interaction(os.urandom(8).hex(), at, "claude", "m", (), **facts)
    store.append("plan-a", [call])


def test_our_own_calls_are_left_out_what_a_person_said_there_is_not(root, home):
    led(root, "s1")
    write(home, line(1) + line(2) + line(1, sessionId="s2", requestId="r9"))

    first = imported(root, home)

    assert (first.calls, first.ours) == (2, 1)
    assert calls(root)["import-claude-shop"] == ["claude:m1:r9", "claude:m2:r2"]


def test_our_later_calls_are_left_out_by_later_looks(root, home):
    led(root, "s1")
    write(home, line(1))
    imported(root, home)
    led(root, "s1", "2026-10-03T10:00:05.000Z")
    write(home, line(3))

    found = imported(root, home)
    assert (found.calls, found.ours) == (0, 1)


def test_a_call_of_ours_that_was_cut_off_counts_from_its_beginning(root, home):
    begun = {"begun": "2026-10-01T09:00:00.000Z"}
    led(root, "s1", "2026-10-02T09:00:00.000Z", duration_ms=0, detail=begun)
    write(home, line(1))

    assert imported(root, home).ours == 1


@pytest.mark.parametrize("place", ["s1.jsonl", "s1/subagents/agent-a.jsonl", "copy.jsonl"])
def test_a_log_of_a_call_of_ours_that_is_under_way_waits_and_no_other(root, home, place):
    store = FileStore(root, fsync="none")
    store.ensure("plan-a", About("plan", "a"))
    begun = {"at": stamp(NOW - timedelta(minutes=5)), "provider": "claude", "resume": "s1"}
    store.append("plan-a", [Change("calling", begun)])
    write(home, line(1, sessionId="other"), "s2.jsonl")
    path = home / ".claude/projects/-src-shop" / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(line(2, timestamp=stamp(NOW - timedelta(minutes=1))))

    assert (imported(root, home).calls, imported(root, home).calls) == (1, 0)
    store.append("plan-a", [Change("calling", {})])
    assert imported(root, home).calls == 1


def test_what_is_said_by_hand_right_after_a_call_of_ours_comes_in(root, home):
    led(root, "s1", "2026-10-02T10:00:05.000Z")
    write(home, line(1, timestamp="2026-10-02T10:00:05.000Z"))
    write(home, line(2, timestamp="2026-10-02T10:00:05.100Z"))

    found = imported(root, home)
    assert (found.calls, found.ours) == (1, 1)


def test_a_call_of_ours_that_no_session_has_is_left_out(root, home):
    folder = root / ".imports"
    told = {"resume": {"id": "s1"}, "duration_ms": 10_000}
    claims.add(folder, [{"provider": "claude", "ts": "2026-10-01T10:00:05.000Z", **told}])
    claims.add(folder, [{"provider": "codex", "ts": "2026-10-02T10:00:05.000Z", **told}])
    write(home, line(1) + line(2))

    found = imported(root, home)
    assert (found.calls, found.ours) == (1, 1)


def test_two_sessions_may_have_called_in_one_conversation(root, home):
    led(root, "s1", "2026-10-01T10:00:05.000Z")
    write(home, line(1))
    imported(root, home)
    other = FileStore(root, fsync="none")
    other.ensure("plan-b", About("plan", "b", "/src/shop"))
    facts = {"cost": Cost(1), "duration_ms": 10_000, "resume": Resume("s1")}
    call = Interaction("other", "2026-10-03T10:00:05.000Z", "claude", "m", (), **facts)
    other.append("plan-b", [call])
    write(home, line(2) + line(3))

    found = imported(root, home)
    assert (found.calls, found.ours) == (1, 1)


def test_a_log_of_a_call_of_ours_that_has_no_id_yet_waits(root, home):
    store = FileStore(root, fsync="none")
    store.ensure("plan-a", About("plan", "a"))
    begun = {"at": stamp(NOW - timedelta(minutes=5)), "provider": "claude", "resume": ""}
    store.append("plan-a", [Change("calling", begun)])
    write(home, line(1))
    os.utime(write(home, line(2, sessionId="old"), "old.jsonl"), (0, 0))

    assert imported(root, home).calls == 1
    led(root, "s1")
    found = imported(root, home)
    assert (found.calls, found.ours) == (0, 1)


def test_two_projects_of_the_same_name_are_two_sessions(root, home):
    write(home, line(1) + line(2, cwd="/other/shop") + line(3, cwd=""))
    imported(root, home)

    projects = {session.about.project: session.name for session in FileStore(root).sessions()}
    assert set(projects) == {"/src/shop", "/other/shop", ""}
    assert all(name.startswith("import-claude-") for name in projects.values())
    write(home, line(4, cwd="/other/shop"))
    assert imported(root, home).sessions == (projects["/other/shop"],)


def test_unreadable_lines_and_files_are_counted_and_stop_nobody(root, home):
    write(home, line(1, timestamp="late") + '{"type":"assistant", broken\n' + line(2))
    (home / ".claude/projects/-src-shop/packed.jsonl.gz").write_bytes(b"no gzip")

    found = imported(root, home)

    assert (found.calls, found.unreadable, found.unreadable_files) == (1, 2, 1)


def test_an_unknown_price_is_counted_and_not_zero(root, home):
    message = {"id": "m", "model": "nobody-9", "usage": {"input_tokens": 5}}
    write(home, line(1, message=message))

    assert imported(root, home).unknown_costs == 1


def test_a_full_disk_is_said_and_the_next_look_brings_all_in(root, home, monkeypatch):
    write(home, line(1))
    with monkeypatch.context() as patch:

        def full(*_words, **_more):
            raise OSError(28, "No space left on device")

        patch.setattr(files, "replace", full)
        with pytest.raises(StorageError):
            imported(root, home)

    assert imported(root, home).calls == 1


def test_everything_is_private(root, home):
    write(home, line(1))
    imported(root, home)

    modes = {oct(path.stat().st_mode & 0o777) for path in (root / FOLDER).iterdir()}
    assert modes == {"0o600"}


@pytest.mark.parametrize(
    ("name", "fixture", "place"),
    [
        ("codex", "codex-rollout.jsonl", ".codex/sessions/2026/11/21/rollout-x.jsonl"),
        ("gemini", "gemini-chat.jsonl", ".gemini/tmp/shop/chats/session-x.jsonl"),
    ],
)
def test_every_agent_that_writes_lines_is_read(root, home, name, fixture, place):
    path = home / place
    path.parent.mkdir(parents=True)
    path.write_text((Path(__file__).parents[2] / "fixtures" / fixture).read_text())
    source = SOURCES[name]
    logs = list(source.files({"HOME": str(home)}))

    assert source.within(home) == logs == source.within(path)
    first = importer_of(root, source).run(logs, NOW)
    assert first.calls > 0
    assert importer_of(root, source).run(logs, NOW).calls == 0
    with pytest.raises(NotFound):
        FileStore(root).read("import-claude-shop")


@pytest.fixture
def split(monkeypatch):
    """Logs are read by several processes, however small they are."""
    if sys.platform != "linux":
        pytest.skip("forks on Linux only")
    monkeypatch.setattr(importer, "_WORTH_SPLITTING_BYTES", 1)
    monkeypatch.setattr(workers, "cores", lambda: 3)


def test_partitions_import_what_one_process_does(root, home, split, tmp_path, monkeypatch):
    for number in range(1, 29):
        at_home = write(home, line(number, cwd=f"/src/p{number % 5}"), f"s{number}.jsonl")
        place = at_home.parent.with_name(f"-src-p{number % 4}")
        place.mkdir(exist_ok=True)
        at_home.rename(place / at_home.name)
    in_parts = imported(root, home)
    monkeypatch.undo()
    alone = imported(tmp_path / "alone", home)

    assert in_parts == alone
    assert calls(root) == calls(tmp_path / "alone")
    assert (alone.calls, len(alone.sessions)) == (28, 5)
    assert imported(root, home).calls == 0


@pytest.mark.parametrize("oldest", ["wiki", "shop", "till"])
def test_a_call_in_the_logs_of_two_partitions_comes_in_once_from_the_older(
    root, home, split, oldest
):
    for number, project in ((1, "wiki"), (2, "shop"), (3, "till")):
        text = line(1, cwd=f"/src/{project}") + line(9 + number)
        # the largest go to the first partition
        path = write(home, text * (1 if project == oldest else 3), f"{project}.jsonl")
        place = home / f".claude/projects/-src-{project}"
        place.mkdir(exist_ok=True)
        at = 1 if project == oldest else 100 - number
        os.utime(path.rename(place / path.name), (at, at))

    assert imported(root, home).calls == 4
    found = calls(root)
    assert "claude:m1:r1" in found.pop(f"import-claude-{oldest}")
    assert "claude:m1:r1" not in [id_ for ids in found.values() for id_ in ids]


def test_a_worker_that_is_killed_is_said_and_the_next_import_brings_in_the_rest(
    root, home, split, monkeypatch
):
    for number, project in enumerate(("shop", "wiki"), 1):
        path = write(home, line(number, cwd=f"/src/{project}"), f"{project}.jsonl")
        place = home / f".claude/projects/-src-{project}"
        place.mkdir(exist_ok=True)
        path.rename(place / path.name)
    stored = Partition._store

    def killed(partition, name, folder):
        stored(partition, name, folder)
        os._exit(9)

    with monkeypatch.context() as patch:
        patch.setattr(Partition, "_store", killed)
        with pytest.raises(StorageError, match="killed"):
            imported(root, home)
    imported(root, home)

    assert calls(root) == {
        "import-claude-shop": ["claude:m1:r1"],
        "import-claude-wiki": ["claude:m2:r2"],
    }
    assert imported(root, home).calls == 0
