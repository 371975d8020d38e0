"""A provider that answers with the prompt: for trying the tool out, and for tests."""

from ai_sessions import tokens
from ai_sessions.providers.contract import Quirks, Reply, Request, Watch
from ai_sessions.records import Cost


class Echo:
    """Says what it was told. Costs nothing, changes nothing, remembers nothing."""

    name = "echo"
    quirks = Quirks(
        keeps_context=False, edits_files=False, note="echo: no AI was called, the prompt came back"
    )

    def run(self, request: Request, watch: Watch) -> Reply:  # noqa: ARG002 (nothing to see)
        said = request.prompt or next((one.text for one in reversed(request.history)), "")
        return Reply(said, "echo", tokens.usage(said, said), cost=Cost(0, "echo"))
