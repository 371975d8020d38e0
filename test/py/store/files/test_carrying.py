"""The sums of lines that are lost go on in every bill."""

import pytest

from ai_sessions.index import Index
from ai_sessions.index.calls import by
from ai_sessions.records import Change, Cost, Interaction, Message, Note, Resume, Said, Usage

from .conftest import exported

NAME = "plan-x"


def test_a_lost_journal_leaves_its_sums_and_the_next_write_carries_them(files, root, call):
    files.append(NAME, [call(), Change("tags", ["t"])])
    (root / NAME / "journal.jsonl").unlink()
    missing = files.read(NAME)
    session = files.append(NAME, [call()])
    (root / NAME / "metadata.json").unlink()

    assert missing.notices == ("history missing: totals from the checkpoint",)
    assert (session.totals.interactions, session.tags) == (2, ("t",))
    assert session.uid == missing.uid
    assert files.read(NAME).totals == session.totals


@pytest.mark.parametrize("left", [None, b"", b"torn", b"not one\nline of ours\n"])
def test_the_sums_of_a_lost_journal_are_in_every_bill_at_once(files, root, call, left):
    files.append(NAME, [call(), call(model="opus"), Said(Message("user", "hi"))])
    before = files.read(NAME).totals
    (root / NAME / "journal.jsonl").unlink()
    if left is not None:
        (root / NAME / "journal.jsonl").write_bytes(left)
    billed = [one for one in files.entries(NAME) if isinstance(one, Interaction)]
    (group,) = by(Index(files.source(), str(root)), "session").answer.values()

    assert sum(one.cost.nusd for one in billed) == group["cost_nusd"] == before.cost_nusd
    assert group["interactions"] == 2
    assert list(files.entries(NAME, last=1)) == list(files.entries(NAME))[-1:]
    files.append(NAME, [Change("pinned", True)])
    carried = [one for one in files.entries(NAME) if isinstance(one, Interaction)]
    assert [one.id for one in carried] == [one.id for one in billed]
    assert files.read(NAME).totals == before


def journal(root, name=NAME):
    return root / name / "journal.jsonl"


def metadata(root):
    return root / NAME / "metadata.json"


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


def test_what_a_conversation_carries_over_survives_the_loss_of_a_journal(files, root, call):
    files.append(NAME, [call(resume=Resume("c1", "sonnet", "/x", {"sonnet": {"costUSD": 12.5}}))])
    journal(root).unlink()
    session = files.append(NAME, [Note("x", {})])

    assert session.resume["claude"].carry == {"sonnet": {"costUSD": 12.5}}
