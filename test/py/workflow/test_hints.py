"""The commands that people are told to type next."""

import pytest

from ai_sessions.workflow import hints


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (hints.plan("pay"), 'plan.sh pay "what to build"'),
        (hints.check("pay"), "plan.sh pay --check"),
        (hints.approve("pay"), "plan.sh pay --approve"),
        (hints.implement("pay", "T1.1"), "implement.sh pay --task T1.1"),
        (hints.review("pay"), "review.sh pay"),
        (hints.verify("pay"), "verify.sh pay"),
        (hints.status("pay"), "status.sh pay"),
        (hints.stats(), "ai-session.sh stats"),
        (
            hints.answer("pay", "T1.1"),
            'implement.sh pay --task T1.1 --answer "what you decided"',
        ),
    ],
)
def test_each_command_can_be_typed_as_it_stands(told, wanted):
    assert told == wanted


def test_where_nothing_is_next_nothing_is_said():
    assert hints.next_line("verify.sh pay") == "Next: verify.sh pay"
    assert hints.next_line("") == ""
