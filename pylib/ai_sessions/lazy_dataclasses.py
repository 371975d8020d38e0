"""Dataclasses that cost next to nothing to define, because a command defines a hundred of them.

`@dataclass` of the standard library compiles six methods for each class as its module is loaded,
0.6 ms of them, which is a third of the start of a command that then makes objects of every second
class. Here one method is compiled, and when the first object is made. Objects behave as those of
the standard library, whose functions (`replace`, `fields`, `asdict`) take them.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["dataclass"]
_PLAIN = dataclasses.field()


class _Fields:
    """`__dataclass_fields__`, by which the standard library knows a dataclass: made when asked."""

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields
        self._made: dict[str, Any] = {}

    def __get__(self, _instance: object, _owner: type) -> dict[str, Any]:
        if not self._made:
            annotations = dict.fromkeys(self._fields, Any)
            space = {"__annotations__": annotations, "__doc__": "", **_given(self._fields)}
            twin: Any = dataclasses.dataclass(type("Twin", (), space))  # noqa: TID251
            self._made = twin.__dataclass_fields__
        return self._made


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    """Copies, since the standard library marks the field objects that it has taken."""
    names = ("default", "default_factory", "repr", "compare", "kw_only")
    return {
        name: dataclasses.field(**{key: getattr(one, key) for key in names})
        for name, one in fields.items()
    }


def _lazy(cls: Any = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True) -> Any:
    def made(plain: Any) -> Any:
        fields = _fields_of(plain)
        whole = _with_slots(plain, fields) if slots else plain
        whole.__lazy_fields__ = fields
        whole.__dataclass_fields__ = _Fields(fields)
        placed = tuple(name for name, one in fields.items() if not _by_name(one))
        setattr(whole, "__match_args__", placed)  # noqa: B010 (mypy allows it in no other way)
        _give_methods(whole, fields, frozen=frozen, eq=eq)
        return whole

    return made if cls is None else made(cls)


def _fields_of(cls: Any) -> dict[str, Any]:
    """Those of the classes it is made from, then its own, which may take their place."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__[1:]):
        found |= base.__dict__.get("__lazy_fields__", {})
    for name in cls.__annotations__:
        given = cls.__dict__.get(name, _PLAIN)
        found[name] = (
            given if type(given) is dataclasses.Field else dataclasses.field(default=given)
        )
    return found


def _with_slots(cls: Any, fields: dict[str, Any]) -> Any:
    """The class once more: slots can only be given to one that is made."""
    taken = {name for base in cls.__mro__[1:] for name in base.__dict__.get("__slots__", ())}
    left_out = {"__dict__", "__weakref__", *fields}
    space = {name: value for name, value in cls.__dict__.items() if name not in left_out}
    space["__slots__"] = tuple(name for name in fields if name not in taken)
    whole = type(cls)(cls.__name__, cls.__bases__, space)
    whole.__qualname__ = cls.__qualname__
    return whole


def _give_methods(cls: Any, fields: dict[str, Any], *, frozen: bool, eq: bool) -> None:
    own = cls.__dict__
    compared = _values([name for name, one in fields.items() if one.compare])
    methods: dict[str, Any] = {"__init__": _first_init(cls, fields, frozen=frozen)}
    methods["__repr__"] = _repr([name for name, one in fields.items() if one.repr])
    if eq:
        methods["__eq__"] = _eq(compared)
        methods["__hash__"] = (lambda self: hash(compared(self))) if frozen else None
    if frozen:
        methods |= {"__setattr__": _no_setattr, "__delattr__": _no_delattr}
        methods |= {"__getstate__": _getstate(list(fields)), "__setstate__": _setstate}
    for name, method in methods.items():
        # a class without a hash of its own has None there, put by Python beside its __eq__
        if name not in own or (name == "__hash__" and own[name] is None):
            setattr(cls, name, method)


def _first_init(cls: Any, fields: dict[str, Any], *, frozen: bool) -> Callable[..., None]:
    """The `__init__` until the first object is made, which puts the real one in its place."""

    def init(self: Any, *args: Any, **named: Any) -> None:
        real = _compiled_init(cls, fields, frozen=frozen)
        real.__qualname__ = f"{cls.__qualname__}.__init__"
        if cls.__dict__["__init__"] is init:
            cls.__init__ = real
        real(self, *args, **named)

    return init


def _compiled_init(cls: Any, fields: dict[str, Any], *, frozen: bool) -> Callable[..., None]:
    space: dict[str, Any] = {"_set": object.__setattr__, "_MISSING": dataclasses.MISSING}
    words = ["self"]
    named: list[str] = []
    lines: list[str] = []
    for name, one in fields.items():
        value, word = name, name
        if one.default_factory is not dataclasses.MISSING:
            space[f"_make_{name}"] = one.default_factory
            word = f"{name}=_MISSING"
            value = f"_make_{name}() if {name} is _MISSING else {name}"
        elif one.default is not dataclasses.MISSING:
            space[f"_default_{name}"] = one.default
            word = f"{name}=_default_{name}"
        (named if _by_name(one) else words).append(word)
        slot = getattr(cls, name, None)
        if not frozen:
            lines.append(f"self.{name} = {value}")
        elif type(slot) is MemberDescriptorType:  # a third faster than by name
            space[f"_put_{name}"] = slot.__set__
            lines.append(f"_put_{name}(self, {value})")
        else:
            lines.append(f"_set(self, {name!r}, {value})")
    words += ["*", *named] if named else []
    text = f"def __init__({', '.join(words)}):\n " + "\n ".join(lines or ["pass"])
    exec(text, space)  # noqa: S102 (names of fields and of ours, as the standard library does)
    made: Callable[..., None] = space["__init__"]
    return made


def _by_name(field: Any) -> bool:
    return field.kw_only is True


def _values(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    """What an object holds, as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda one: tuple(getattr(one, name) for name in names)


def _eq(values: Callable[[Any], tuple[Any, ...]]) -> Callable[[Any, Any], Any]:
    def eq(self: Any, other: Any) -> Any:
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    return eq


def _repr(names: list[str]) -> Callable[[Any], str]:
    def shown(self: Any) -> str:
        held = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({held})"

    return shown


def _no_setattr(_self: Any, name: str, _value: Any) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _no_delattr(_self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(names: list[str]) -> Callable[[Any], list[Any]]:
    """For copies of frozen objects."""
    return lambda self: [getattr(self, name) for name in names]


def _setstate(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__lazy_fields__, state, strict=True):
        object.__setattr__(self, name, value)


if TYPE_CHECKING:
    from dataclasses import dataclass  # noqa: TID251
else:
    dataclass = _lazy
