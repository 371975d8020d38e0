"""Rows as a tree: every line leads to what it belongs to."""

import pytest

from ai_sessions.display.trees import drawn


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ([], []),
        ([(0, "a")], ["a"]),
        ([(0, "a"), (1, "b")], ["a", "└─ b"]),
        ([(0, "a"), (1, "b"), (1, "c")], ["a", "├─ b", "└─ c"]),
        (
            [(0, "a"), (1, "b"), (2, "c"), (2, "d"), (1, "e"), (2, "f")],
            ["a", "├─ b", "│  ├─ c", "│  └─ d", "└─ e", "   └─ f"],
        ),
        (
            [(0, "a"), (1, "b"), (2, "c"), (3, "d"), (1, "e")],
            ["a", "├─ b", "│  └─ c", "│     └─ d", "└─ e"],
        ),
        ([(0, "a"), (1, "b"), (0, "c"), (1, "d")], ["a", "└─ b", "c", "└─ d"]),
    ],
)
def test_each_row_stands_below_the_one_it_belongs_to(rows, lines):
    assert drawn(rows) == lines


def test_a_long_line_of_successors_is_no_wider_at_its_end():
    lines = drawn([(depth, f"{depth}") for depth in range(5000)])

    assert len(lines) == 5000
    assert max(map(len, lines)) < 50
    assert lines[-1].endswith("└─ 4999")
