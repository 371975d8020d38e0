"""Looking after sessions: a name that is none reaches no file, one in use is left alone."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from ai_sessions.errors import UsageError
from ai_sessions.records import About
from ai_sessions.store.files.upkeep import FileUpkeep

NAME = "plan-x"
LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def upkeep(files, root):
    """Of a store with one session that has ten bytes of raw output."""
    files.ensure(NAME, About())
    (root / NAME / "logs").mkdir()
    (root / NAME / "logs" / "a.log").write_bytes(b"x" * 10)
    return FileUpkeep(root)


def test_a_name_that_is_none_reaches_no_file(upkeep, root):
    verbs = (
        lambda: upkeep.examine("../elsewhere"),
        lambda: upkeep.mend("../elsewhere"),
        lambda: upkeep.raw_output_before("..", LATER),
        lambda: upkeep.drop_raw_output("..", LATER),
    )
    for verb in verbs:
        with pytest.raises(UsageError, match="not a session name"):
            verb()


def test_the_raw_output_of_a_session_in_use_stays(files, upkeep, root):
    with files.turn(NAME, 0):
        assert upkeep.drop_raw_output(NAME, LATER) == 0
        assert list(upkeep.in_use()) == [NAME]
    assert os.listdir(root / NAME / "logs") == ["a.log"]

    assert upkeep.raw_output_before(NAME, LATER) == 10
    assert upkeep.drop_raw_output(NAME, LATER) == 10
    assert upkeep.in_use() == {}


def test_a_session_that_is_gone_has_nothing_to_free(upkeep):
    assert upkeep.drop_raw_output("plan-gone", LATER) == 0


def test_each_session_is_named_before_it_is_examined(files, upkeep, root):
    files.ensure("plan-y", About())
    seen = []

    assert list(FileUpkeep(root, progress=seen.append).examine()) == []
    assert sorted(seen) == [NAME, "plan-y"]


def test_one_session_is_examined_and_mended_alone(files, upkeep, root):
    files.ensure("plan-y", About())
    for name in (NAME, "plan-y"):
        with (root / name / "journal.jsonl").open("a") as file:
            file.write("damaged\n")

    assert [found.problem for found in upkeep.examine(NAME)] == ["a damaged line"]
    assert upkeep.mend(NAME)
    assert list(upkeep.examine(NAME)) == []
    assert len(list(upkeep.examine())) == 1


def test_the_room_is_that_of_the_store(upkeep):
    assert upkeep.room().sessions == 1
