"""What the workflow says to a model, step by step. Pure text: facts in, prompt out."""

import json
from collections.abc import Mapping, Sequence

from ai_sessions.dialogue.answers import BLOCKED
from ai_sessions.plan.document import ANSWER_SCHEMA, TESTS, Command, Plan, Task
from ai_sessions.records import Json

FEEDBACK_LINES = 60
_ASK = (
    "If you cannot go on without a decision that only a person can make: change nothing, and make "
    f"the last line of your answer `{BLOCKED} your question`."
)
#: The answer of a review (JSON schema).
FINDINGS_SCHEMA: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["summary", "findings"],
    "properties": {
        "summary": {"type": "string"},
        "findings": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["severity", "file", "line", "claim", "check"],
                "properties": {
                    "severity": {"enum": ["blocker", "major", "minor", "nit"]},
                    "file": {"type": "string"},
                    "line": {"type": "integer", "minimum": 0},
                    "claim": {"type": "string", "minLength": 1},
                    "check": {"type": "string", "description": "how to see that it is so"},
                },
            },
        },
    },
}
#: The answer of a fresh verifier (JSON schema).
VERDICT_SCHEMA: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["verdict", "reasons"],
    "properties": {
        "verdict": {"enum": ["GO", "NO-GO", "MANUAL"]},
        "reasons": {"type": "array", "items": {"type": "string"}},
    },
}


def plan(
    feature: str, wish: str, spec: str, tree: Sequence[str], commands: Mapping[str, Command]
) -> str:
    """Ask for a plan. `tree`: files of the repository; `commands`: how tests run here."""
    known = "\n".join(f"- {name}: {one.shown}" for name, one in commands.items())
    return _joined(
        f"Plan the feature `{feature}` of the project in the current folder. Change no file.",
        _section("What is wanted", wish),
        _section("Specification so far", spec),
        _section("Files of the project", "\n".join(tree)),
        _section(f"Commands known here ({TESTS} stands for a task's tests)", known),
        _section("How to plan", _PLANNING),
        _as_json(ANSWER_SCHEMA),
    )


def revise(feature: str, wish: str, document: str, states: Mapping[str, str]) -> str:
    """Ask for a changed plan; finished tasks and all ids stay."""
    done = ", ".join(f"{task} ({state})" for task, state in states.items()) or "none"
    return _joined(
        f"Revise the plan of the feature `{feature}`. Change no file.",
        _section("What should change", wish),
        _section("The plan as it is", _fenced(document, "yaml")),
        _section("Tasks already begun", done),
        "Keep the ids and the content of tasks that are begun. Never give an old id to a new task.",
        _section("How to plan", _PLANNING),
        _as_json(ANSWER_SCHEMA),
    )


def repair(problems: Sequence[str], schema: Json) -> str:
    """Send an answer back that could not be read or was wrong."""
    return _joined(
        "That answer cannot be used:",
        "\n".join(f"- {one}" for one in problems),
        "Give the whole answer again, corrected.",
        _as_json(schema),
    )


def red(plan_: Plan, task: Task, notes: str, command: Sequence[str]) -> str:
    """Ask for the tests of a task alone."""
    return _joined(
        f"Task {task.id} of the feature `{plan_.feature}`: {task.title}",
        _task_facts(plan_, task),
        _section("Notes from earlier tasks", notes),
        _section(
            "This step: the tests only",
            "Write tests that state what the task has to do. They must run and FAIL now, because "
            "it is not there yet, and pass once it is.\n"
            f"- Change only: {_listed(task.test_files)}\n"
            "- Do not write the implementation yet, no stubs either.\n"
            "- Each test checks behaviour with real assertions; none is skipped.\n"
            "- Do not commit.",
        ),
        f"We will run them ourselves: `{' '.join(command)}`",
        _ASK,
    )


def red_again(reason: str, output: str) -> str:
    """Send the tests back. `output`: the end of our own run, or empty."""
    return _joined(
        f"We ran your tests; they cannot be accepted: {reason}",
        _output(output),
        "Correct the tests (only the tests).",
    )


def green(plan_: Plan, task: Task, output: str, command: Sequence[str]) -> str:
    """Ask for the implementation. `output`: the end of the failing run."""
    return _joined(
        f"Task {task.id} of `{plan_.feature}`: {task.title}. The tests are accepted and frozen.",
        _task_facts(plan_, task),
        _section(
            "This step: make them pass",
            f"- Change only: {_listed(task.sources)}\n"
            "- Do not touch, skip or delete any test; changed tests are put back and refused.\n"
            "- Make the behaviour real, no special case for the tests.\n"
            "- Do not commit.",
        ),
        f"We will run `{' '.join(command)}` ourselves. It says now:",
        _output(output),
        _ASK,
    )


def green_again(reason: str, output: str) -> str:
    """Send the implementation back with what our run said."""
    return _joined(
        f"Not yet: {reason}",
        _output(output),
        "Go on until the tests pass. The tests stay as they are.",
    )


def answered(answers: Sequence[Json], prompt: str) -> str:
    """A prompt with what a person has decided. `answers`: `question` (or empty) and `answer`."""
    told = [
        f"- You asked: {one['question']}\n  The answer: {one['answer']}"
        if one.get("question")
        else f"- {one['answer']}"
        for one in answers
    ]
    return _joined(prompt, _section("What a person decided", "\n".join(told)))


def refactor(plan_: Plan, task: Task) -> str:
    """Ask for a clean-up that changes no behaviour."""
    return _joined(
        f"Task {task.id} of `{plan_.feature}` passes its tests. Clean up what you wrote: names, "
        "duplication, dead code. The behaviour and the tests stay exactly as they are; change only "
        f"{_listed(task.sources)}. Change nothing if it is clean. Do not commit.",
    )


def waived(plan_: Plan, task: Task, notes: str) -> str:
    """Ask for a task that a person has freed from tests."""
    return _joined(
        f"Task {task.id} of the feature `{plan_.feature}`: {task.title}",
        _task_facts(plan_, task),
        _section("Notes from earlier tasks", notes),
        f"Do the task now, without new tests. Change only: {_listed(task.files)}. Do not commit.",
        _ASK,
    )


def chore(plan_: Plan, task: Task, command: Sequence[str], notes: str) -> str:
    """Ask for a task that has no unit test."""
    return _joined(
        f"Task {task.id} of the feature `{plan_.feature}`: {task.title}",
        _task_facts(plan_, task),
        _section("Notes from earlier tasks", notes),
        f"Do the task now. Change only: {_listed(task.files) or 'what the task needs'}. "
        "Do not commit.",
        f"It is done when this succeeds (we run it ourselves): `{' '.join(command)}`"
        if command
        else "",
        _ASK,
    )


def review(
    plan_: Plan | None,
    task: Task | None,
    diff: str,
    evidence: str,
    focus: str,
    left_out: Sequence[str] = (),
) -> str:
    """Ask for findings about a diff, from someone who has not seen it being written. `left_out`:
    files whose change is not in it.
    """
    about = _task_facts(plan_, task) if plan_ and task else (_plan_facts(plan_) if plan_ else "")
    return _joined(
        "Review this change. You did not write it; trust nothing that you cannot see here or in "
        "the files. Change no file.",
        f"Look above all at: {focus}." if focus else "",
        about,
        _section("What the tests said", evidence),
        _change(diff, left_out),
        "Report real faults, each at the file and line of the changed code where it is, with a way "
        "to see that it is so. `blocker`: wrong results, lost data, a security hole, or a stated "
        "requirement that is not met. No praise, no matters of taste.",
        _as_json(FINDINGS_SCHEMA),
    )


def verify(plan_: Plan, results: str, diff: str, spec: str, left_out: Sequence[str] = ()) -> str:
    """Ask a fresh reader whether the proven work is what was wanted. `left_out`: as in a review."""
    return _joined(
        f"You see the feature `{plan_.feature}` for the first time. Judge whether it is done. "
        "Change no file.",
        _section("Specification", spec),
        _plan_facts(plan_),
        _section("What our own process found", results),
        _change(diff, left_out),
        "Is every acceptance item really met, or do the tests miss something that matters? "
        "Verdict GO, NO-GO (something is wrong: say what and where) or MANUAL (a person has to "
        "look: say at what).",
        _as_json(VERDICT_SCHEMA),
    )


def tail(output: str, lines: int = FEEDBACK_LINES) -> str:
    """The last lines, where test tools say what failed."""
    return "\n".join(output.rstrip().splitlines()[-lines:])


_PLANNING = (
    "- Small tasks in phases; ids are phase.task: P1 has T1.1, T1.2.\n"
    "- A task of kind `code` names its source files (files.src) and its test files (files.tests); "
    "its tests are written first, must fail, and then pass.\n"
    "- `tests` lists what proves the task, in the form the test command takes.\n"
    "- `docs` and `chore` tasks name a `check`: a command as an argument list, no shell.\n"
    "- `needs` names only tasks that must come before; tasks without that may run side by side, "
    "so let them share no file.\n"
    "- Every acceptance item is covered by a task; each can be observed from outside."
)


def _joined(*parts: str) -> str:
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body.strip()}" if body.strip() else ""


def _as_json(schema: Json) -> str:
    compact = json.dumps(schema, separators=(",", ":"))
    return f"Answer with one JSON object and nothing else, in this schema:\n\n{compact}"


def _listed(patterns: Sequence[str]) -> str:
    return ", ".join(f"`{one}`" for one in patterns)


def _output(output: str) -> str:
    return _fenced(tail(output), "") if output.strip() else ""


def _fenced(text: str, language: str) -> str:
    """A block that the text itself cannot close."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}" if text.strip() else ""


def _change(diff: str, left_out: Sequence[str]) -> str:
    told = (
        f"Not shown here: {', '.join(left_out)}. Read it in the files if you can."
        if left_out
        else ""
    )
    return _section("The change", "\n\n".join(filter(None, [_fenced(diff, "diff"), told])))


def _task_facts(plan_: Plan, task: Task) -> str:
    covered = [item for item in plan_.acceptance if item.id in task.covers]
    facts = {
        "Goal of the feature": plan_.goal.strip(),
        "Why this task": task.why.strip(),
        "Done when": task.done_when.strip(),
        "Acceptance": "; ".join(f"{item.id} {item.text}" for item in covered),
        "Source files": _listed(task.sources),
        "Test files": _listed(task.test_files),
    }
    return "\n".join(f"- {name}: {value}" for name, value in facts.items() if value)


def _plan_facts(plan_: Plan) -> str:
    accepted = "\n".join(f"- {item.id} {item.text}" for item in plan_.acceptance)
    tasks = "\n".join(f"- {task.id} {task.title}" for task in plan_.tasks)
    return _joined(
        f"Feature: {plan_.title}. {plan_.goal}".strip(),
        _section("Accepted when", accepted),
        _section("Tasks", tasks),
    )
