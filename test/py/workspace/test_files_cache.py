"""What can be derived again is kept where it may be lost."""

from ai_sessions.workspace.files import read_cached, save_cached, save_record


def test_a_value_is_kept_under_its_key_alone(space):
    save_cached(space, "tree1", ["a"], "commits.json")

    assert read_cached(space, "tree1", "commits.json") == ["a"]
    assert read_cached(space, "tree2", "commits.json") is None
    assert read_cached(space, "tree1", "others.json") is None


def test_what_cannot_be_read_is_not_there(space):
    space.write("{", "cache", "commits.json")

    assert read_cached(space, "tree1", "commits.json") is None


def test_where_nothing_can_be_written_nothing_happens(space):
    space.write("in the way", "cache")

    save_cached(space, "tree1", ["a"], "commits.json")
    save_record(space, {"a": 1}, "hints.json")

    assert space.text("cache") == "in the way"


def test_a_record_is_kept_as_it_is(space):
    save_record(space, {"a": 1}, "hints.json")

    assert space.record("cache", "hints.json") == {"a": 1}
