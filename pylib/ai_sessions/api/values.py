"""JSON Schemas of single values, of which those of resources are made."""

from __future__ import annotations

from ai_sessions.api.routes import Json

TEXT: Json = {"type": "string"}
COUNT: Json = {"type": "integer"}
YES_OR_NO: Json = {"type": "boolean"}
OBJECT: Json = {"type": "object"}
ANYTHING: Json = {}
MAYBE_TEXT: Json = {"type": ["string", "null"]}
MAYBE_COUNT: Json = {"type": ["integer", "null"]}
#: What clients give.
SOME_TEXT: Json = {"type": "string", "minLength": 1}
LABEL: Json = {"type": "string", "minLength": 1, "maxLength": 128}
NAME: Json = {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{0,99}$"}
MAYBE_LIMIT: Json = {"type": ["integer", "null"], "minimum": 1, "maximum": 2**53 - 1}
LIMIT: Json = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
#: Ids of other programs are numbers or texts, and compared as texts.
EXTERNAL_ID: Json = {"type": ["string", "integer"], "maxLength": 256}
