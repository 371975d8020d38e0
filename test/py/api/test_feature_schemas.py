"""What is answered of features fits what the document says."""

import pytest

from ai_sessions.api import checking
from ai_sessions.api.routes import named
from ai_sessions.workflow import repositories
from ai_sessions.workspace.files import Workspace


@pytest.mark.parametrize("plan", ["", "schema: 1\nphases: ["])
def test_a_feature_fits_its_schema_without_a_plan_and_with_a_broken_one(tmp_path, plan):
    space = Workspace(str(tmp_path), ".ai-session", "pay")
    space.write(plan, "plan.yaml")

    assert checking.faults(named("Feature"), repositories.whole(space)) == []
