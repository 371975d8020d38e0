"""What a candidate costs."""

from datetime import UTC, datetime

import pytest

from ai_sessions.catalog.rotation import ModelEntry
from ai_sessions.records import Cost
from ai_sessions.rotating.ranking import priced
from ai_sessions.rotation.records import TYPICAL_ANSWER, Candidate, Need

NOW = datetime(2026, 11, 30, tzinfo=UTC)
NEED = Need(prompt_tokens=10, history_tokens=20)


@pytest.mark.parametrize(
    ("is_free", "cost", "price"), [(True, 7, 0), (False, 7, 7), (False, None, None)]
)
def test_a_candidate_has_the_price_of_a_usual_answer(is_free, cost, price):
    asked = []

    def price_of(usage, model, at):
        asked.append((usage.input_tokens, usage.output_tokens, model, at))
        return Cost(cost)

    found = priced(Candidate(ModelEntry("m", "M", "p", free=is_free)), NEED, NOW, price_of)

    assert found.price_nusd == price
    assert asked == ([] if is_free else [(30, TYPICAL_ANSWER, "m", NOW)])
