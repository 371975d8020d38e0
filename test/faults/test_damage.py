"""Files that were damaged, replaced or edited: everything intact is read, and work goes on."""

import json
import os
import socket

import pytest

from ai_sessions.errors import AiSessionsError
from ai_sessions.store.files import checkpoints, lines

ACKED = ["a", "b", "c"]


def changed(**parts):
    """`metadata.json` with some members replaced."""

    def change(raw):
        metadata = json.loads(raw)
        for key, value in parts.items():
            part = metadata[key]
            metadata[key] = {**part, **value} if isinstance(value, dict) else value
        return json.dumps(metadata).encode()

    return change


METADATA = {
    "empty": lambda raw: b"",
    "half": lambda raw: raw[: len(raw) // 2],
    "zeros": lambda raw: bytes(len(raw)),
    "no UTF-8": lambda raw: raw.replace(b"plan-x", b"\xff\xfe"),
    "a list": lambda raw: b"[]",
    "null": lambda raw: b"null",
    "totals as text": changed(totals={"cost_nusd": "12"}),
    "NaN": changed(totals={"interactions": float("nan")}),
    "an offset below zero": changed(journal={"bytes": -5}),
    "an offset past the end": changed(journal={"bytes": 10**9}),
    "an offset in a line": changed(journal={"bytes": 300}),
    "100 MB of blanks": lambda raw: b" " * (100 << 20),
    "100,000 brackets": lambda raw: b"[" * 100_000,
    "wrong sums of another journal": changed(
        totals={"cost_nusd": 1}, journal={"tail": "00000000", "bytes": 0, "seq": -1}
    ),
}


@pytest.mark.parametrize("damage", METADATA.values(), ids=METADATA.keys())
def test_a_damaged_checkpoint_is_made_again_from_the_journal(root, faults, damage):
    faults.store(root).append(faults.name, [faults.call(ident) for ident in ACKED])
    path = root / faults.name / "metadata.json"
    path.write_bytes(damage(path.read_bytes()))

    faults.goes_on(root, ACKED, spare=0)


def test_a_journal_cut_at_any_byte_of_its_last_line_keeps_the_lines_before(tmp_path, faults):
    for kept in (True, False):
        root = tmp_path / str(kept)
        store = faults.store(root)
        store.append(faults.name, [faults.call(ident) for ident in ACKED[:2]])
        path, metadata = root / faults.name / "journal.jsonl", root / faults.name / "metadata.json"
        covered = path.stat().st_size
        store.append(faults.name, [faults.call("c")])
        whole, checkpoint = path.read_bytes(), metadata.read_bytes()
        for end in range(covered, len(whole)):
            path.write_bytes(whole[:end])
            metadata.write_bytes(checkpoint if kept else b"")
            assert store.read(faults.name).totals.interactions == 2
            totals = store.append(faults.name, [faults.call("d")]).totals
            counted = 4 if end == len(whole) - 1 else 3
            assert (totals.interactions, totals.cost_nusd) == (counted, counted * 16_500_001)
            bad = covered < end < len(whole) - 1
            assert store.read(faults.name).bad_lines == bad, end
        faults.goes_on(root, [*ACKED, "d"], spare=0)


def edited(change):
    """A journal with its list of lines changed."""
    return lambda raw: b"".join(change(raw.splitlines(keepends=True)))


#: name: (damage, ids that must still be there, bad lines)
JOURNAL = {
    "zeros at the end": (lambda raw: raw + bytes(512), "abc", 1),
    "zeros in the middle": (
        edited(lambda rows: [*rows[:2], bytes(99) + b"\n", *rows[3:]]),
        "ac",
        1,
    ),
    "a line deleted": (edited(lambda rows: [*rows[:2], *rows[3:]]), "ac", 0),
    "a line doubled": (edited(lambda rows: [*rows[:3], *rows[2:]]), "abc", 0),
    "CRLF": (lambda raw: raw.replace(b"\n", b"\r\n"), "abc", 0),
    "a byte order mark": (lambda raw: b"\xef\xbb\xbf" + raw, "abc", 0),
    "no UTF-8 in a text": (lambda raw: raw.replace(b"uuu", b"\xff\xfeuu", 1), "bc", 1),
    "blank lines": (lambda raw: raw.replace(b"\n", b"\n\n"), "abc", 0),
    "a wrong type": (lambda raw: raw.replace(b'"cost_nusd":1', b'"cost_nusd":"1"+', 1), "bc", 1),
    "a text for a number": (
        edited(
            lambda rows: [rows[0], rows[1].replace(b'"input":500', b'"input":"nine"'), *rows[2:]]
        ),
        "bc",
        1,
    ),
    "the first line gone": (edited(lambda rows: rows[1:]), "abc", 0),
    "lines in another order": (edited(lambda rows: [rows[0], *rows[:0:-1]]), "abc", 0),
}


@pytest.mark.parametrize(("damage", "left", "bad"), JOURNAL.values(), ids=JOURNAL.keys())
@pytest.mark.parametrize("checkpoint", ["kept", "gone"])
def test_a_damaged_journal_keeps_every_other_line(root, faults, damage, left, bad, checkpoint):
    store = faults.store(root)
    store.append(faults.name, [faults.call(ident) for ident in ACKED])
    path = root / faults.name / "journal.jsonl"
    path.write_bytes(damage(path.read_bytes()))
    if checkpoint == "gone":
        (root / faults.name / "metadata.json").unlink()

    ids = faults.goes_on(root, [*left], spare=0)
    assert sorted(ids) == [*left, "next"]
    session = store.read(faults.name)
    assert session.bad_lines == bad
    assert bool(session.notices) == bool(bad)


def test_a_line_of_64_megabytes_that_nobody_closed_is_skipped(root, faults):
    store = faults.store(root)
    store.append(faults.name, [faults.call("a")])
    with (root / faults.name / "journal.jsonl").open("ab") as journal:
        journal.write(b'{"type":"' + b"x" * lines.LONGEST)

    faults.goes_on(root, ["a"], spare=0)


def link(path, target):
    path.symlink_to(target)


def pipe(path, target):
    os.mkfifo(path)


def folder(path, target):
    path.mkdir()


def door(path, target):
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(path.parent, os.O_RDONLY)
        try:
            server.bind(f"/proc/self/fd/{here}/{path.name}")
        finally:
            os.close(here)


@pytest.mark.parametrize("make", [link, pipe, folder, door])
@pytest.mark.parametrize("name", ["", ".lock", ".turn", "metadata.json", "journal.jsonl"])
def test_whatever_lies_in_place_of_a_file_nothing_hangs_and_no_target_is_touched(
    root, tmp_path, faults, name, make
):
    if make is door and not os.path.isdir("/proc/self/fd"):
        pytest.skip("needs /proc to make a socket at a long path")
    store = faults.store(root)
    store.append(faults.name, [faults.call("a")])
    path = root / faults.name / name if name else root / faults.name
    path.rename(root / ".aside") if path.exists() else None
    target = tmp_path / "target"
    target.write_text("mine")
    make(path, target)

    for verb in (
        lambda: store.append(faults.name, [faults.call("b")]),
        lambda: store.read(faults.name),
        lambda: list(store.entries(faults.name)),
        lambda: store.turn(faults.name, 0).__enter__(),
        lambda: store.discard(faults.name),
    ):
        try:
            verb()
        except AiSessionsError as error:
            assert "\n" not in error.message
            assert error.exit_code in (4, 11)
    list(checkpoints.rows(root))
    assert target.read_text() == "mine"
