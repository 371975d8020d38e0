"""What this release says of a model, without making records of it."""

import pytest

from ai_sessions.catalog import rotation, shipped


@pytest.mark.parametrize("name", ["id", "key"])
def test_a_model_that_is_served_has_its_title_by_id_and_by_key(name):
    served = [one for one in rotation.load().models if one.pool == "openrouter" and not one.retired]

    assert served
    assert [shipped.title(getattr(one, name)) for one in served] == [
        one.display_name for one in served
    ]


def test_one_that_is_retired_or_of_nobody_has_none():
    retired = [one.key for one in rotation.load().models if one.retired]

    assert retired
    assert {shipped.title(name) for name in (*retired, "", "nobody/knows:free")} == {""}
