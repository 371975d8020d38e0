"""What may stand in a profile's file."""

import pytest

from ai_sessions.assistant import profile_file
from ai_sessions.errors import ConfigError


def test_what_is_missing_has_its_usual_value_and_what_is_not_ours_is_kept():
    found = profile_file.checked({"user_name": "Declan", "theme": "dark"}, "file")

    assert (found["assistant_name"], found["total_conversations"]) == ("", 0)
    assert (found["favorite_models"], found["more"]) == ((), {"theme": "dark"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("user_name", " "),
        ("user_name", 3),
        ("assistant_name", None),
        ("created_at", "yesterday"),
        ("total_conversations", -1),
        ("total_conversations", True),
        ("favorite_models", "one"),
        ("favorite_models", [1]),
    ],
)
def test_a_value_that_cannot_be_one_is_named_with_its_file(name, value):
    with pytest.raises(ConfigError) as error:
        profile_file.checked({"user_name": "Declan", name: value}, "/a/file")

    assert error.value.message.startswith(f"/a/file: {name} is ")
