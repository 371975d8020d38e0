"""An import by the compiled scan leaves what one by Python does, to the byte."""

import json
import os
import sys
from pathlib import Path

import pytest

from ai_sessions import workers
from ai_sessions.accounting import pricing
from ai_sessions.compiled import build
from ai_sessions.compiled.calls import table
from ai_sessions.imports import SOURCES, importer
from ai_sessions.imports.importer import Importer
from ai_sessions.imports.partition import Compiled
from ai_sessions.records import About, Cost, Interaction, Resume
from ai_sessions.store.files import FileStore
from ai_sessions.times import parsed

NOW = parsed("2026-11-29T10:00:00.000Z")
#: When the conversation s2 had its call 2.
AT = "2026-10-03T10:00:02.000Z"
MODELS = ("claude-opus-4-1", "claude-sonnet-4-5", "nobody-knows", "dear", "claude-opus-4-1")


@pytest.fixture(autouse=True)
def compiled():
    if not build.build(os.environ):
        pytest.skip("no C compiler (cc) here: the compiled scan cannot be compared")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Transcripts of five projects; one has a line that only Python reads, one repeats another."""
    for file in range(12):
        lines = [answer(number) for number in range(file * 7, file * 7 + 20)]
        if file == 3:
            lines[5] = answer(5000, costUSD=0.25)
        if file == 6:
            lines += [lines[0], "{broken assistant", answer(6001)]
        place = tmp_path / f"home/.claude/projects/-src-p{file % 4}/s{file}.jsonl"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("".join(f"{line}\n" for line in lines))
        os.utime(place, (1_700_000_000 + file, 1_700_000_000 + file))
    return tmp_path / "home"


def answer(number: int, **more: object) -> str:
    usage = {"input_tokens": 1000 + number, "output_tokens": 100, "cache_read_input_tokens": number}
    message = {"id": f"m{number}", "model": MODELS[number % 5], "usage": usage}
    entry = {
        "type": "assistant",
        "message": message,
        "requestId": f"r{number}",
        "timestamp": f"2026-10-{number % 28 + 1:02}T10:00:{number % 60:02}.000Z",
        "sessionId": f"s{number % 6}" if number % 9 else "",
        "cwd": f"/src/shöp{number % 5}",
        "gitBranch": 'feature/"x"' if number == 8 else "main",
    }
    return json.dumps({**entry, **more}, ensure_ascii=False, separators=(",", ":"))


def imported(root: Path, home: Path, *, with_table: bool, **more: bool):
    def store_at(moment):
        return FileStore(root, fsync="none", **({"now": lambda: moment} if moment else {}))

    own = {"dear": {"input": 100_000_000, "output": 1}}
    prices = pricing.PricesOfCounts(pricing.overrides_of(own))
    scan = Compiled(lambda _size: table() if with_table else None, prices.units)
    one = pricing.with_overrides(pricing.overrides_of(own))
    made = Importer(SOURCES["claude"], root, store_at, one, prices, compiled=scan)
    logs = list(SOURCES["claude"].files({"HOME": str(home)}))
    return made.run(logs, NOW, **more)


def left(root: Path) -> dict[str, tuple[list[bytes], object]]:
    """The lines of each session but the first, which has an id of its own; and its sums."""
    found = {}
    for journal in sorted(root.glob("*/journal.jsonl")):
        sums = json.loads((journal.parent / "metadata.json").read_text())
        found[journal.parent.name] = (
            journal.read_bytes().split(b"\n")[1:],
            [sums[name] for name in ("totals", "resume", "last_used", "recent_ids")],
        )
    return found


def both(tmp_path: Path, home: Path, **more: bool):
    """What an import came to and what it left, by the compiled scan and by Python."""
    roots = {with_table: tmp_path / f"root-{with_table}" for with_table in (True, False)}
    results = [imported(root, home, with_table=way, **more) for way, root in roots.items()]
    return results, [left(root) for root in roots.values()]


def test_logs_of_the_usual_form_are_read_by_the_compiled_scan(home):
    calls, source = table(), SOURCES["claude"]
    for log in source.files({"HOME": str(home)}):
        source.rows(log, {}, calls)

    # two logs have escapes, one a cost of its own, one a line that is no JSON
    assert len(calls) == 8 * 20


@pytest.mark.parametrize("cores", [1, 3])
def test_the_same_comes_in_and_the_same_is_left(tmp_path, home, cores, monkeypatch):
    if sys.platform != "linux" and cores > 1:
        pytest.skip("forks on Linux only")
    monkeypatch.setattr(importer, "_WORTH_SPLITTING_BYTES", 1)
    monkeypatch.setattr(workers, "cores", lambda: cores)

    (by_c, by_python), (left_by_c, left_by_python) = both(tmp_path, home)

    assert by_c == by_python
    assert by_c.calls == 99
    assert left_by_c == left_by_python


def test_the_next_import_finds_the_new_calls_alone(tmp_path, home):
    both(tmp_path, home)
    log = next(home.rglob("s2.jsonl"))
    with log.open("a") as file:
        file.write(answer(7000) + "\n" + answer(14) + "\n")

    (by_c, by_python), (left_by_c, left_by_python) = both(tmp_path, home)

    assert by_c == by_python
    assert by_c.calls == 1
    assert left_by_c == left_by_python


def test_all_logs_anew_bring_in_nothing_twice(tmp_path, home):
    both(tmp_path, home)

    (by_c, _), (left_by_c, left_by_python) = both(tmp_path, home, anew=True)

    assert by_c.calls == 0
    assert left_by_c == left_by_python


def test_calls_of_ours_are_left_out(tmp_path, home):
    for way in (True, False):
        store = FileStore(tmp_path / f"root-{way}", fsync="none")
        store.ensure("plan-x", About("plan", "x"))
        resume = Resume("s2", "m", "/src")
        said = {"resume": resume, "duration_ms": 5000, "cost": Cost()}
        ours = Interaction("1", AT, "claude", "m", (), **said)
        store.append("plan-x", [ours])

    (by_c, by_python), _ = both(tmp_path, home)

    assert by_c == by_python
    assert by_c.ours > 0


def test_a_cost_too_large_for_the_table_is_written_by_python(tmp_path, home):
    _, (left_by_c, _) = both(tmp_path, home)

    costs = [
        json.loads(line)["cost_nusd"]
        for lines, _sums in left_by_c.values()
        for line in lines
        if line and json.loads(line)["model"] == "dear"
    ]
    assert min(costs) > 1 << 46
