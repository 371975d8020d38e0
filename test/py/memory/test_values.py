"""Values that statements tell, each with what it is."""

import pytest

from ai_sessions.memory.values import values


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It costs $500 in all.", [("money", "$500")]),
        ("Below five hundred dollars.", [("money", "five hundred dollars")]),
        ("Due on 2026-11-15.", [("date", "2026-11-15")]),
        ("Due on March 14, not Friday.", [("date", "march 14"), ("date", "friday")]),
        ("It starts at 10:30 UTC.", [("time", "10:30"), ("zone", "utc")]),
        ("See src/app.py for it.", [("path", "src/app.py")]),
        ("It waits 30 seconds.", [("amount of second", "30 seconds")]),
        ("A load of 81 % is fine.", [("percent", "81 %")]),
        ("Fix AB-12 at commit a1b2c3d.", [("id", "ab-12"), ("id", "a1b2c3d")]),
        ("Call https://a.example/b?c=1, then.", [("url", "https://a.example/b?c=1")]),
        ("It runs on cluster-b.", [("label", "cluster-b")]),
        ("It reads orders_v3.", [("label", "orders_v3")]),
        ("It runs on db2.", [("label", "db2")]),
        ("Alerts go to #ops-red.", [("label", "#ops-red")]),
        ("We rotate keys weekly.", [("frequency", "weekly")]),
        ("The nightly build is slow.", []),
        ("It may opt-in to read_all.", []),
        ("We run Redis.", [("name", "redis")]),
        ("It is `parse_v2`.", [("quoted", "parse_v2")]),
        ("The port is 8080.", [("number", "8080")]),
        ("I say I'd take the slow ones.", []),
        ("nothing here", []),
    ],
)
def test_a_value_has_its_sort(text, found):
    assert [(value.sort, value.text) for value in values(text)] == found


def test_a_value_says_where_it_is():
    (value,) = values("The port is 8080.")

    assert (value.start, value.end) == (12, 16)
