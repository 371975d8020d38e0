"""Schemas are schemas."""

import pytest
from jsonschema import Draft202012Validator

from ai_sessions.api.schemas import SCHEMAS, resolved


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_schema_is_one(name):
    Draft202012Validator.check_schema(resolved(SCHEMAS[name]))
