"""Columns stand under each other on a terminal, whatever is written in them."""

import pytest

from ai_sessions.display import columns

ROWS = [
    ("name", "calls", "model", "cost"),
    ("plan-a", "2", "sonnet", "$0.01"),
    ("支付网关", "1,234", "naïve", "$12.00"),
]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("abc", 3),
        ("naïve", 5),
        ("nai\u0308ve", 5),
        ("支付", 4),
        ("한글", 4),
        ("a\u200bb", 2),
        ("", 0),
    ],
)
def test_the_width_is_that_of_the_cells(text, cells):
    assert columns.width(text) == cells


def test_a_wide_character_moves_no_column():
    lines = columns.aligned(ROWS).split("\n")

    assert len({columns.width(line) for line in lines}) == 1
    assert lines[2].startswith("支付网关  1,234")


def test_columns_named_left_stand_to_the_left():
    assert columns.aligned(ROWS[:2], left={"model"}) == (
        "name    calls  model    cost\nplan-a      2  sonnet  $0.01"
    )


def test_the_least_needed_columns_go_first_until_it_fits():
    least = ("model", "calls")

    assert "model" in columns.fitted(ROWS, 31, least)
    assert columns.fitted(ROWS, 24, least).split("\n")[0].split() == ["name", "calls", "cost"]
    assert columns.fitted(ROWS, 5, least).split("\n")[0].split() == ["name", "cost"]
    assert columns.fitted(ROWS, None, least) == columns.aligned(ROWS)


def test_amounts_stand_with_their_points_under_each_other():
    rows = [("day", "cost"), ("a", "$0.0123"), ("b", "$1,200.50+?"), ("c", "?"), ("d", "-$2.00")]

    assert columns.aligned(rows).split("\n") == [
        "day         cost",
        "a        $0.0123",
        "b    $1,200.50+?",
        "c              ?",
        "d       -$2.00",
    ]


def test_long_names_are_cut_before_columns_make_way():
    rows = [("name", "calls", "cost"), ("x" * 70, "2", "$0.01"), ("short", "3", "$0.02")]
    lines = columns.fitted(rows, 60, ("calls",)).split("\n")

    assert max(map(columns.width, lines)) == 60
    assert lines[1].split() == ["x" * 45 + "…", "2", "$0.01"]
    assert lines[2].startswith("short ")


def test_of_several_words_the_last_one_stays():
    rows = [("task", "cost"), (f"{'x' * 70} T1.1", "$0.01"), (f"{'x' * 70} T1.2", "$0.02")]

    assert [line.split()[1] for line in columns.fitted(rows, 40, ()).split("\n")[1:]] == [
        "T1.1",
        "T1.2",
    ]


def test_of_a_name_enough_to_type_stays_however_narrow_it_is():
    rows = [("name", "calls", "cost"), ("x" * 70, "2", "$0.01")]

    assert columns.fitted(rows, 10, ("calls",), mark="...").split()[2] == "x" * 21 + "..."


def test_a_line_break_in_a_value_makes_no_second_row():
    assert columns.aligned([("a",), ("x\ny",)]) == "a\nx y"
    assert columns.markdown([("a",), ("x\n|y",)]).split("\n")[-1] == "| x \\|y |"


@pytest.mark.parametrize(
    ("text", "cells", "shown"),
    [("short", 5, "short"), ("longer", 5, "long…"), ("支付网关", 6, "支付…"), ("支付", 1, "")],
)
def test_what_is_too_long_is_cut_by_cells(text, cells, shown):
    assert columns.cut(text, cells) == shown


LONG = [f"implement-payment-gateway-refunds-{end}" for end in ("by-card-v1", "by-card-v2", "all")]


def test_two_names_are_never_shown_as_one():
    short = columns.shortened([*LONG, "plan-a"], 24)

    assert short == [
        "implement-payment-g…d-v1",
        "implement-payment-g…d-v2",
        "implement-payment-g…-all",
        "plan-a",
    ]


def test_names_that_differ_in_the_middle_alone_stay_whole():
    names = [f"{'x' * 30}{middle}{'y' * 30}" for middle in "ab"]

    assert columns.shortened(names, 24) == names


def test_the_same_name_twice_is_still_the_same():
    assert columns.shortened([LONG[0], LONG[0]], 24) == ["implement-payment-gatew…"] * 2


def test_a_name_cut_in_the_middle_is_not_one_that_is_there():
    names = ["plan-aaaaaaaaaaaa-one", "plan-aaaaaaaaaaaa-two", "plan-aaa…-one"]

    assert len(set(columns.shortened(names, 13))) == 3


def test_wide_names_are_told_apart_within_their_cells():
    names = [f"{'支付' * 10}{end}" for end in ("一二三", "四五六")]
    short = columns.shortened(names, 24)

    assert len(set(short)) == 2
    assert max(map(columns.width, short)) <= 24


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("short", ["short"]),
        ("  one two three four", ["  one two", "    three", "    four"]),
        ("/a/path/that/is/long x", ["/a/path/that/is/long", "  x"]),
        ("支付 网关 支付 网关", ["支付 网关", "  支付", "  网关"]),
        ("a   b        cccc", ["a   b", "  cccc"]),
    ],
)
def test_a_wide_line_is_broken_between_words(line, lines):
    assert columns.wrapped(line, 10).split("\n") == lines


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("    plan.sh f --check", ["    plan.sh f --check"]),
        ("    plan.sh f --check     # now", ["    # now", "    plan.sh f --check"]),
        ("    do --one 1 --two 2 --three 3", ["    do --one 1 --two 2 \\", "      --three 3"]),
        ("    without-options-but-very-long x", ["    without-options-but-very-long x"]),
    ],
)
def test_a_command_that_is_too_wide_can_still_be_pasted(line, lines):
    assert columns.command(line, 27).split("\n") == lines


def test_beside_a_task_the_end_of_its_feature_tells_it_apart():
    names = [f"{name} T1.{number}" for name in LONG[:2] for number in (1, 2)]

    assert columns.shortened(names, 30) == [
        "implement-payment-ga…d-v1 T1.1",
        "implement-payment-ga…d-v1 T1.2",
        "implement-payment-ga…d-v2 T1.1",
        "implement-payment-ga…d-v2 T1.2",
    ]


def test_ten_thousand_rows_are_measured_once_each(monkeypatch):
    """Work that grows with the square of the rows took seconds."""
    looks = 0
    inner = columns._is_amount

    def counting(cell):
        nonlocal looks
        looks += 1
        return inner(cell)

    monkeypatch.setattr(columns, "_is_amount", counting)
    rows = [("name", "cost"), *((f"n{number}", f"${number}.5") for number in range(1000))]
    assert columns.fitted(rows, 40, ()).endswith("n999  $999.5")
    assert looks <= 3 * len(rows)
