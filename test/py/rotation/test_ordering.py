"""The order of what was scored."""

from ai_sessions.rotation.ordering import ordered


def names(*scored):
    return [one.model for one in ordered(scored)]


def test_the_best_comes_first_and_the_list_decides_between_equals(candidate):
    b, a, c = candidate("b"), candidate("a"), candidate("c")

    assert names((b, {"x": 1.0}, ""), (a, {"x": 1.0}, ""), (c, {"x": 2.0}, "")) == [
        *("pool:c", "pool:b", "pool:a")
    ]


def test_who_may_not_answer_comes_last_whatever_the_score(candidate):
    one, other = candidate("one"), candidate("other", is_last_resort=True)

    assert names((one, {"x": 9.0}, "is off"), (other, {"x": 1.0}, "")) == ["pool:other", "pool:one"]


def test_a_last_resort_is_below_all_scores_by_a_term_of_its_own(candidate):
    (found,) = ordered([(candidate(is_last_resort=True), {"x": 9.0}, "")])

    assert (found.score, found.terms) == (-991, {"x": 9.0, "last resort": -1000})
