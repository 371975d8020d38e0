"""Any JSON in any field: every other session is served, and nothing ends in a bug."""

import contextlib
import copy
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ai_sessions.errors import AiSessionsError
from ai_sessions.sessions import export
from ai_sessions.store.files import doctor

ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text()
    | some.sampled_from([-1, 2**63, 10**400, "\ud800", "", "2026-01-01T00:00:00Z"]),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def places(value, path=()):
    """The path of every field in a value."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items if isinstance(value, (dict, list)) else ():
        if isinstance(item, (dict, list)):
            yield from places(item, (*path, key))
        else:
            yield (*path, key)


def replaced(value, path, by):
    """A copy with something else at a place."""
    if not path:
        return by
    result = copy.deepcopy(value)
    at = result
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = by
    return result


def filled(faults, root):
    faults.store(root).append(faults.name, [faults.call("a"), faults.call("b")])
    faults.store(root).append("other", [faults.call("o")])


def check(faults, root):
    """Whatever became of one session, the other one and all commands over all go on."""
    said = []
    export.export(faults.store(root), export.Wanted(), said.append)
    names = [one["name"] for one in json.loads("".join(said))]
    assert "other" in names
    for form in ("csv", "md"):
        export.export(faults.store(root), export.Wanted(form=form), [].append)
    rows = {row["name"]: row for row in faults.store(root).source().rows()}
    assert rows["other"]["totals"]["cost_nusd"] == 16_500_001
    assert [session.name for session in faults.store(root).sessions()] == sorted(rows)
    list(doctor.examine(root))
    faults.store(root).append("other", [faults.call("p", 999)])
    with contextlib.suppress(AiSessionsError):  # not all could be looked into
        faults.store(root).redact("other", 2)
    assert "u" * 999 not in str(list(faults.store(root).plain_entries("other")))
    try:
        faults.store(root).append(faults.name, [faults.call("c")])
        ids = [entry.id for entry in faults.store(root).entries(faults.name)]
        assert ids.count("c") == 1
        assert doctor.mend(root / faults.name, print) in (True, False)
        [last] = [one for one in faults.store(root).entries(faults.name) if one.id == "c"]
        assert faults.name in faults.store(root).redact(faults.name, last.seq)
        assert "c" in [entry.id for entry in faults.store(root).entries(faults.name)]
    except AiSessionsError as error:  # a newer version's, for example
        assert "\n" not in error.message


@pytest.mark.parametrize("file", ["metadata.json", "journal.jsonl"])
def test_any_json_in_any_field_harms_no_other_session(faults, file):
    with tempfile.TemporaryDirectory() as temporary:
        filled(faults, Path(temporary) / "sample")
        sample = (Path(temporary) / "sample" / faults.name / file).read_text().splitlines()

    @settings(
        max_examples=400 if faults.long else 40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(some.data())
    def damage(data):
        number = data.draw(some.integers(0, len(sample) - 1))
        whole = json.loads(sample[number])
        path = data.draw(some.sampled_from(list(places(whole))))
        changed = replaced(whole, path, data.draw(ANYTHING))
        with tempfile.TemporaryDirectory() as temporary:
            root = Path(temporary) / "sessions"
            filled(faults, root)
            lines = [*sample[:number], json.dumps(changed), *sample[number + 1 :]]
            (root / faults.name / file).write_text("\n".join(lines) + "\n")
            check(faults, root)

    damage()
