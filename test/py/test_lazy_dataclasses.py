"""Dataclasses that are compiled late behave as those of the standard library."""

import copy
import dataclasses
from collections.abc import Callable
from dataclasses import field
from typing import Any

import pytest

from ai_sessions.lazy_dataclasses import dataclass

BOTH = pytest.mark.parametrize("make", [dataclass, dataclasses.dataclass], ids=["lazy", "standard"])
Make = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0
    names: tuple[str, ...] = field(default=())


@dataclass(slots=True)
class Bag:
    held: list[int] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict, compare=False, repr=False)


def made(make: Make, **options: Any) -> Any:
    @make(**options)
    class One:
        a: int
        b: str = "b"
        c: list[int] = field(default_factory=list)
        d: int = field(kw_only=True)

        def doubled(self) -> int:
            return 2 * self.a

    return One


@BOTH
@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("slots", [True, False])
def test_objects_hold_what_they_are_given(make: Make, frozen: bool, slots: bool) -> None:
    one = made(make, frozen=frozen, slots=slots)(1, d=4)

    assert (one.a, one.b, one.c, one.d, one.doubled()) == (1, "b", [], 4, 2)
    assert hasattr(one, "__dict__") is not slots


@BOTH
@pytest.mark.parametrize(
    ("args", "named", "told"),
    [
        ((), {"d": 1}, "missing 1 required positional argument: 'a'"),
        ((1,), {}, "missing 1 required keyword-only argument: 'd'"),
        ((1, "b", [], 4), {"d": 1}, "takes from 2 to 4 positional arguments"),
        ((1,), {"d": 1, "e": 1}, "unexpected keyword argument 'e'"),
    ],
)
def test_wrong_arguments_are_told(
    make: Make, args: tuple[Any, ...], named: dict[str, int], told: str
) -> None:
    with pytest.raises(TypeError, match=told):
        made(make, frozen=True, slots=True)(*args, **named)


@BOTH
def test_they_are_equal_when_they_hold_the_same(make: Make) -> None:
    class_, other = made(make, frozen=True), made(make, frozen=True)

    assert class_(1, d=2) == class_(1, d=2) != class_(1, d=3)
    assert class_(1, d=2) != other(1, d=2)
    assert made(make, eq=False)(1, d=2) != made(make, eq=False)(1, d=2)


def test_only_what_counts_is_compared_and_shown() -> None:
    assert Bag([1], {"a": 1}) == Bag([1], {"b": 2})
    assert repr(Bag([1], {"a": 1})) == "Bag(held=[1])"
    assert repr(Point(1)) == "Point(x=1, y=0, names=())"


def test_a_default_that_can_change_is_each_objects_own() -> None:
    first = Bag()
    first.held.append(1)

    assert Bag().held == []


def test_frozen_ones_are_keys_and_never_change() -> None:
    point = Point(1, 2)

    assert {point: "there"}[Point(1, 2)] == "there"
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'x'"):
        point.x = 3  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'x'"):
        del point.x
    with pytest.raises(TypeError, match="unhashable"):
        hash(Bag())


def test_a_method_of_the_class_itself_stays() -> None:
    @dataclass(frozen=True)
    class Named:  # noqa: PLW1641 (the decorator adds it)
        name: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Named) and self.name.lower() == other.name.lower()

        def __repr__(self) -> str:
            return f"<{self.name}>"

    assert Named("A") == Named("a")
    assert repr(Named("A")) == "<A>"
    assert hash(Named("a")) == hash(Named("a"))


def test_fields_are_inherited_and_those_of_the_same_name_replaced() -> None:
    @dataclass(frozen=True, slots=True)
    class Place(Point):
        y: int = 7
        z: int = 9

    assert repr(Place(1)).endswith("Place(x=1, y=7, names=(), z=9)")
    assert [one.name for one in dataclasses.fields(Place)] == ["x", "y", "names", "z"]


def test_functions_of_the_standard_library_take_them() -> None:
    assert dataclasses.is_dataclass(Point)
    assert dataclasses.replace(Point(1, 2), y=5) == Point(1, 5)
    assert dataclasses.asdict(Point(1, 2, ("a",))) == {"x": 1, "y": 2, "names": ("a",)}
    assert [one.name for one in dataclasses.fields(Bag)] == ["held", "seen"]
    assert dataclasses.replace(Bag([1]), seen={"a": 1}).seen == {"a": 1}


@pytest.mark.parametrize("one", [Point(1, 2, ("a",)), Bag([1], {"a": 2})])
def test_they_can_be_copied(one: Any) -> None:
    assert copy.copy(one) == copy.deepcopy(one) == one


def test_positional_patterns_match() -> None:
    match Point(1, 2):
        case Point(x, 2):
            assert x == 1
        case _:
            pytest.fail("no match")


def test_nothing_is_compiled_before_the_first_object(monkeypatch: pytest.MonkeyPatch) -> None:
    def standard(*_args: Any, **_named: Any) -> Any:
        pytest.fail("the standard library was asked to compile a class")

    monkeypatch.setattr(dataclasses, "dataclass", standard)
    class_ = made(dataclass, frozen=True, slots=True)
    before = class_.__init__
    class_(1, d=2)

    assert class_.__init__ is not before
    assert class_(1, d=3).d == 3
