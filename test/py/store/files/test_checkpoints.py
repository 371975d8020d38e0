"""`list` and `stats` read small files, are never wrong for it, and import next to nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import ai_sessions
from ai_sessions.errors import NotFound, StorageError
from ai_sessions.records import About, Note
from ai_sessions.store.files import checkpoints

from .conftest import edit, exported

NAME = "implement-auth"

PACKAGE = Path(ai_sessions.__file__).parent.parent


def only(root):
    (row,) = checkpoints.rows(root)
    return row


def test_no_folder_means_no_sessions(root):
    assert list(checkpoints.rows(root)) == []


def test_a_row_is_the_metadata_file(files, root, call):
    files.append("plan-x", [call()])

    assert only(root) == json.loads((root / "plan-x/metadata.json").read_text())


def test_what_the_checkpoint_does_not_cover_yet_is_folded(files, root, call):
    files.append("plan-x", [call()])
    behind = (root / "plan-x/metadata.json").read_bytes()
    files.append("plan-x", [call(), call()])
    (root / "plan-x/metadata.json").write_bytes(behind)

    assert only(root)["totals"]["interactions"] == 3


def test_a_session_that_is_begun_while_we_look_is_whole(files, root, monkeypatch):
    """Its files come one after the other; who looked for the first saw none of them."""
    (root / "plan-x").mkdir(parents=True)
    look_up = checkpoints._size_of

    def looked_up_before_it_began(path):
        size = look_up(path)
        monkeypatch.setattr(checkpoints, "_size_of", look_up)
        files.ensure("plan-x", About(uid="mine"))
        return size

    monkeypatch.setattr(checkpoints, "_size_of", looked_up_before_it_began)

    assert checkpoints.row(str(root / "plan-x"), "plan-x")["uid"] == "mine"


def test_a_journal_of_another_session_is_noticed(files, root, call):
    files.append("plan-x", [call()])
    files.append("plan-y", [call(), call(), call()])
    (root / "plan-y/journal.jsonl").replace(root / "plan-x/journal.jsonl")

    row = next(checkpoints.rows(root))
    assert (row["name"], row["totals"]["interactions"]) == ("plan-x", 3)


def test_one_that_cannot_be_read_does_not_hide_the_others(files, root, call):
    files.append("plan-a", [call()])
    files.append("plan-b", [call()])
    (root / "plan-a/journal.jsonl").unlink()
    os.mkfifo(root / "plan-a/journal.jsonl")

    first, second = checkpoints.rows(root)
    assert "not a regular file" in first["notices"][0]
    assert second["totals"]["interactions"] == 1


def test_names_that_are_no_sessions_are_foreign_and_not_opened(files, root, call):
    files.append("plan-a", [call()])
    files.discard("plan-a")
    odd = ("Upper", "a b", "a\nb", "_old", "-x", "a..b", "con", "a@b@c", "x" * 101, "ends.")
    for name in odd:
        (root / name).mkdir()
    (root / "file").touch()
    (root / "link").symlink_to(root)

    assert list(checkpoints.rows(root)) == []
    assert checkpoints.foreign(root) == sorted([*odd, "file", "link"])


def test_a_folder_without_our_files_is_no_session(files, root, call):
    files.append("plan-a", [call()])
    for name in ("projects", "cut-off"):
        (root / name).mkdir()
    (root / "cut-off/.lock").touch()
    (root / "cut-off/journal.jsonl").touch()

    assert [row["name"] for row in checkpoints.rows(root)] == ["plan-a"]
    with pytest.raises(NotFound):
        files.read("projects")
    assert files.append("cut-off", [call()]).totals.interactions == 1


def test_a_root_that_is_a_file_is_a_storage_error(root):
    root.write_text("")

    with pytest.raises(StorageError, match="Not a directory"):
        checkpoints.names(root)


def test_reading_sessions_imports_nothing_heavy(files, root, call):
    files.append("plan-x", [call()])
    program = (
        f"import sys; sys.path.insert(0, {str(PACKAGE)!r})\n"
        "from ai_sessions.store.files import checkpoints\n"
        f"assert len(list(checkpoints.rows({str(root)!r}))) == 1\n"
        "heavy = {'dataclasses', 'typing', 'pathlib', 'filelock', 'click', 'orjson', 'decimal'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def journal(root, name=NAME):
    return root / name / "journal.jsonl"


def metadata(root):
    return root / NAME / "metadata.json"


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
