"""What the server answers fits what its document says."""

import pytest

from ai_sessions.api import checking
from ai_sessions.api.routes import named


@pytest.mark.parametrize(
    ("path", "schema"),
    [("/v1/sessions", "SessionPage"), ("/v1/sessions/api-1", "Session")],
)
def test_an_answer_fits_its_schema(client, service, path, schema):
    service.core.get_or_create_session(conversation_id="1", interface_type="api")
    service.core.update_state("api-1", {"a": 1})
    service.core.remember("api-1", "words")

    assert checking.faults(named(schema), client.get(path).json()) == []
