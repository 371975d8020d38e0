"""Check values of a request against the JSON Schema of what is taken."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson

from ai_sessions.api import schemas

if TYPE_CHECKING:
    from jsonschema import ValidationError

#: Most faults that are told, and most characters of one.
_TOLD, _LONGEST = 5, 200
#: From here on a number with a point is not exact: two that differ may be read as one.
_INEXACT = 2**53


def faults(schema: Mapping[str, Any], value: Any) -> list[str]:
    """What does not fit, one line each, at most `_TOLD`. A whole number that is written 1.0 where
    an integer is taken is made one, in `value`.
    """
    return _checker(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS))(value)


@lru_cache(maxsize=512)
def _checker(schema: bytes) -> Callable[[Any], list[str]]:
    from jsonschema import Draft202012Validator, validators

    rules = Draft202012Validator.VALIDATORS
    own = {"properties": _first(_in_object, rules["properties"])}
    own["items"] = _first(_in_array, rules["items"])
    extend: Any = validators.extend
    types = Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)
    kind = extend(Draft202012Validator, own, type_checker=types)
    validator = kind(schemas.resolved(orjson.loads(schema)))

    def check(value: Any) -> list[str]:
        each = islice(validator.iter_errors(value), _TOLD)
        # of several ways to be right, none of which it is, the one that is nearest
        found = [_nearest(one) for one in each]
        return [f"{one.json_path}: {_told(one)}" if one.path else _told(one) for one in found]

    return check


def _nearest(error: ValidationError) -> ValidationError:
    """Of several ways to be right the one that is most like what was given, else the first."""
    from jsonschema.exceptions import best_match

    found: ValidationError = best_match([error])
    while found.context:
        found = found.context[0]
    return found


def _told(error: ValidationError) -> str:
    """What does not fit, with values as JSON has them: null, where Python says None."""
    value, told = error.instance, error.message
    if not isinstance(value, str):
        rest = told.removeprefix(repr(value))
        told = f"{json.dumps(value)}{rest}" if rest != told else told
    return told[:_LONGEST]


def _is_integer(_types: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _first(change: Callable[[Any, Any], None], rule: Any) -> Any:
    """A rule that finds the integers below it as such."""

    def changed(validator: Any, schema: Any, value: Any, parent: Any) -> Iterator[ValidationError]:
        change(schema, value)
        yield from rule(validator, schema, value, parent) or ()

    return changed


def _in_object(properties: Any, value: Any) -> None:
    if not isinstance(value, dict):
        return
    for name, schema in properties.items():
        if name in value:
            value[name] = _whole(schema, value[name])


def _in_array(schema: Any, value: Any) -> None:
    if isinstance(value, list):
        value[:] = [_whole(schema, one) for one in value]


def _whole(schema: Any, value: Any) -> Any:
    """JSON has one kind of numbers: 1.0 is an integer there, and none for Python. One of more than
    64 bits comes as 1e30, of which nobody knows what it was.
    """
    if not isinstance(value, float) or not isinstance(schema, dict) or abs(value) >= _INEXACT:
        return value
    kinds = schema.get("type", ())
    is_integer = "integer" in ([kinds] if isinstance(kinds, str) else kinds)
    return int(value) if is_integer and value.is_integer() else value
