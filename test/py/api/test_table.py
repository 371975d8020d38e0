"""No two routes are one."""

from ai_sessions.api.table import ROUTES


def test_every_method_of_a_path_is_one_route():
    pairs = [(route.method, route.path) for route in ROUTES]

    assert len(set(pairs)) == len(pairs)
