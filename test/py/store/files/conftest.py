"""What users are told of all sessions, and a JSON file that was edited by hand."""

import json

from ai_sessions.sessions import export


def exported(store):
    said = []
    assert export.export(store, export.Wanted(), said.append) == []
    return json.loads("".join(said))


def edit(path, change):
    found = json.loads(path.read_text())
    change(found)
    path.write_text(json.dumps(found))
