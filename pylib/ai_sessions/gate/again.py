"""Red again: without the work the same tests fail once more, and for want of it."""

from collections.abc import Collection, Iterator, Mapping

from ai_sessions.gate.missing import missing_names
from ai_sessions.gate.red import unexplained
from ai_sessions.gate.runs import counts, crash, exception, is_file, run_class, tail, under
from ai_sessions.gate.verdict import Scope, Verdict, refused
from ai_sessions.plurals import listed
from ai_sessions.testing.contract import Run

#: Exceptions that tests end with for want of a name, a value or a whole module.
_OF_MISSING_WORK = frozenset(
    (
        *("AssertionError", "AttributeError", "NameError", "ImportError", "ModuleNotFoundError"),
        *("TypeError", "ValueError", "LookupError", "KeyError", "IndexError", "ReferenceError"),
        *("NotImplementedError", "SyntaxError", "Error", "Exception", "RangeError", "RuntimeError"),
    )
)


def judge_red_again(
    scope: Scope,
    before: Run | None,
    red: Run | None,
    now: Run,
    existing: Collection[str],
    links: Mapping[str, str] | None = None,
) -> Verdict:
    """Whether a run without the work proves again what red proved.

    `before`: the tests at the baseline, whose failures prove nothing; `red`: None when it is not on
    record; `existing`: all paths that were there; `links`: as in `red.Files`. Only code `pass`
    speaks against the work. With any other nothing is known of it: where no test can run, all of
    them fail.
    """
    found = run_class(now)
    if found == "pass":
        told = f"without the work the tests do not fail ({counts(now)})"
        return refused(scope, "pass", told, tail(now))
    if found == "crash":
        return refused(scope, "crash", f"could not be run: {crash(now)}", tail(now))
    if found == "none":
        return refused(scope, "none", f"no test ran ({counts(now)})", tail(now))
    if red is None:
        return refused(scope, "none", "what failed at red is not on record", tail(now))
    wrong = _otherwise(red, now) if now.opaque else _unlike(before, red, now)
    wrong = wrong or next(_foreign(scope, _proof(before, red), now, existing, links or {}), "")
    wrong = wrong or _of_another_kind(red, now)
    if wrong:
        return refused(scope, "error", f"not red as before: {wrong}", tail(now))
    return Verdict(True, counts(now))


def _otherwise(red: Run, now: Run) -> str:
    """How an uncounted run failed in another way; empty when it did not."""
    if red.exit_code == now.exit_code:
        return ""
    return f"exit {now.exit_code} where it was {red.exit_code}"


def _unlike(before: Run | None, red: Run, now: Run) -> str:
    """Which tests that failed at red do not; empty when all do."""
    failing = now.ids("failed", "error")
    proof = _proof(before, red)
    others = sorted(id_ for id_ in proof if not _fails(id_, failing))
    return f"{listed(others)} failed then and does not fail ({counts(now)})" if others else ""


def _of_another_kind(red: Run, now: Run) -> str:
    """Which test fails with an exception that it did not fail with then, and that does not come of
    missing work; empty when none does, or the tool does not tell.
    """
    known = {case.id: exception(case.message) for case in red.cases}
    for case in now.cases:
        was, is_ = known.get(case.id, ""), exception(case.message)
        if case.outcome == "failed" and was and is_ and is_ != was and is_ not in _OF_MISSING_WORK:
            return f"{case.id} fails with {is_}, and did with {was}"
    return ""


def _proof(before: Run | None, red: Run) -> frozenset[str]:
    """The tests by whose failure red was accepted."""
    old = before.ids("failed", "error") if before else frozenset()
    return red.ids("failed", "error") - {id_ for id_ in old if not is_file(id_)}


def _fails(id_: str, failing: Collection[str]) -> bool:
    """True when this test fails now, any of its file, or its file as a whole."""
    return under(id_, failing) or id_.partition("::")[0] in failing


def _foreign(
    scope: Scope,
    proof: Collection[str],
    now: Run,
    existing: Collection[str],
    links: Mapping[str, str],
) -> Iterator[str]:
    """What tests fail for that the work does not make: something is not here that they need."""
    for case in now.cases:
        is_proof = any(_fails(case.id, (id_,)) or _fails(id_, (case.id,)) for id_ in proof)
        if case.outcome not in ("failed", "error") or not is_proof:
            continue
        told = case.outcome == "error" or any(
            one.kind == "module" for one in missing_names(case.message)
        )
        if told and (wrong := unexplained(scope, case, existing, links)):
            yield wrong
