"""The commands we tell people to type next, in one place."""

from __future__ import annotations


def plan(feature: str) -> str:
    return f'plan.sh {feature} "what to build"'


def check(feature: str) -> str:
    return f"plan.sh {feature} --check"


def approve(feature: str) -> str:
    return f"plan.sh {feature} --approve"


def implement(feature: str, task: str) -> str:
    return f"implement.sh {feature} --task {task}"


def answer(feature: str, task: str) -> str:
    return f'{implement(feature, task)} --answer "what you decided"'


def review(feature: str) -> str:
    return f"review.sh {feature}"


def verify(feature: str) -> str:
    return f"verify.sh {feature}"


def status(feature: str) -> str:
    return f"status.sh {feature}"


def whole_history() -> str:
    return "git fetch --unshallow"


def prove(feature: str) -> str:
    return f"status.sh {feature} --prove"


def next_line(command: str) -> str:
    """`Next: …`, or nothing."""
    return f"Next: {command}" if command else ""


def stats() -> str:
    return "ai-session.sh stats"
