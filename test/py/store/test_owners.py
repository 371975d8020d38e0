"""A session of another project is refused, and one that belongs to none is not."""

from unittest.mock import Mock

import pytest

from ai_sessions.errors import Taken
from ai_sessions.records import About, Session
from ai_sessions.store.owners import refuse_other


def session(project):
    return Session("plan-x", "u", About("plan", "x", project), "", "")


@pytest.mark.parametrize(("theirs", "ours"), [("", "/b"), ("/a", ""), ("", "")])
def test_without_two_projects_there_is_nothing_to_ask(theirs, ours):
    ask = Mock()
    refuse_other(session(theirs), About(project=ours), ask)

    ask.assert_not_called()


def test_the_other_project_is_named():
    with pytest.raises(Taken, match="session plan-x belongs to another project: /a") as caught:
        refuse_other(session("/a"), About(project="/b"), About.has_path_of)
    assert caught.value.exit_code == 2


def test_two_paths_of_one_project_are_the_same():
    asked = []
    refuse_other(
        session("/a"), About(project="/link"), lambda *both: bool(asked.append(both)) or True
    )

    assert [one.project for one in asked[0]] == ["/a", "/link"]
