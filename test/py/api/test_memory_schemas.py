"""Schemas of what a conversation is remembered by refer to schemas that are there."""

import re

import orjson

from ai_sessions.api import memory_schemas, schemas


def test_each_schema_that_is_named_is_there():
    named = re.findall(r"#/components/schemas/(\w+)", orjson.dumps(memory_schemas.SCHEMAS).decode())

    assert named
    assert set(named) <= set(schemas.SCHEMAS)
