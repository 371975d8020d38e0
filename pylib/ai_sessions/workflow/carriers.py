"""Which commit of the history carries the evidence of a finished task, and the work with it.

A commit names evidence by its hash, in a line of its message: a squash that quotes the messages of
its commits does so for all of them. Where no commit names it, a proof that was renewed does.
Light on imports, because `status` is answered on the fast path.
"""

from __future__ import annotations

import re

from ai_sessions import git_files
from ai_sessions.workspace.files import read_cached, save_cached
from ai_sessions.workspace.tasks import evidence_hash, read_evidence

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from ai_sessions.workspace.files import Workspace

_CACHE = "carriers.json"
_NAMES = "Evidence: sha256:"
_REVERTS = "This reverts commit "
_NAMED = re.compile(rf"^ *{_NAMES}(\S+)[ \r]*$", re.MULTILINE)
_REVERTED = re.compile(rf"^ *{_REVERTS}([0-9a-f]{{40,64}})\b", re.MULTILINE)


class Carriers:
    """The commits that HEAD contains, as far as they carry a feature's evidence.

    `tests`: patterns of the test files by task; `named`: the newest commit by the hash of evidence
    that its message names.
    """

    def __init__(self, workspace: Workspace, tests: Mapping[str, Sequence[str]]) -> None:
        self._workspace = workspace
        self._tests = tests
        self._tip = git_files.commit(workspace.repo)
        kept = read_cached(workspace, self._tip, _CACHE) if self._tip else None
        if kept is None:
            kept = {**_history(workspace.repo), "carriers": {}}
            self._keep(kept)
        self._history = kept
        self.named: dict[str, str] = {proof: commits[0] for proof, commits in kept["named"].items()}

    def of(self, task: str, step: str) -> str:
        """The commit that carries the evidence of a step; empty when none does."""
        proof = evidence_hash(self._workspace, task, step)
        known: dict[str, str] = self._history["carriers"]
        if not proof or proof in known:
            return known.get(proof, "")
        again = read_evidence(self._workspace, task, "again") or {}
        key = f"{proof} {again.get('commit')}" if again.get("proof") == proof else ""
        if key in known:
            return known[key]
        if found := self._named_whole(task, step, proof):
            known[proof] = found
        elif key and (found := self._contained(str(again.get("commit")))):
            known[key] = found
        if found:
            self._keep(self._history)
        return found

    def why_none(self, task: str, step: str) -> str:
        """Why no commit carries the evidence of a step that is there."""
        named = self._history["named"].get(evidence_hash(self._workspace, task, step), [])
        if not named:
            return "no commit of this branch names its evidence"
        return f"commit {named[0][:7]} holds other code than was proved"

    def reverted_by(self, task: str, step: str) -> str:
        """The commit that took back what carried the evidence; empty when something carries it."""
        again = read_evidence(self._workspace, task, "again") or {}
        proof = evidence_hash(self._workspace, task, step)
        carried = [*self._history["named"].get(proof, [])]
        if again.get("proof") == proof:
            carried.append(str(again.get("commit")))
        reverts = [self._history["reverted"].get(commit, "") for commit in carried]
        return reverts[-1] if reverts and all(reverts) else ""

    def take(self, task: str, step: str, commit: str) -> None:
        """Let a commit carry the evidence, in this process alone."""
        self._history["carriers"][evidence_hash(self._workspace, task, step)] = commit

    def _keep(self, history: Mapping[str, Any]) -> None:
        if self._tip:
            save_cached(self._workspace, self._tip, history, _CACHE)

    def _named_whole(self, task: str, step: str, proof: str) -> str:
        for commit in self._history["named"].get(proof, []):
            if commit not in self._history["reverted"] and self._is_whole(task, step, commit):
                return str(commit)
        return ""

    def _contained(self, commit: str) -> str:
        from pathlib import Path

        from ai_sessions import git

        if commit in self._history["reverted"]:
            return ""
        return commit if git.is_ancestor(Path(self._workspace.repo), commit) else ""

    # -- whether a commit has what was proved, or its message alone

    def _is_whole(self, task: str, step: str, commit: str) -> bool:
        """True when each file is at `commit` as this proof has it, or another one that the commit
        carries: tasks that were squashed have changed files one after another.
        """
        record = read_evidence(self._workspace, task, step) or {}
        wanted = {name: {digest} for name, digest in _changed(record, step).items()}
        tests = self._frozen_tests(task, record)
        if self._differs(commit, wanted, tests):
            for one, other in self._carried_with(commit):
                record = read_evidence(self._workspace, one, other) or {}
                for name, digest in _changed(record, other).items():
                    wanted.setdefault(name, set()).add(digest)
                for name, digests in self._frozen_tests(one, record).items():
                    tests.setdefault(name, set()).update(digests)
            return not self._differs(commit, wanted, tests)
        return True

    def _differs(
        self, commit: str, wanted: Mapping[str, set[str]], tests: Mapping[str, set[str]]
    ) -> bool:
        if not wanted and not tests:
            return False
        from pathlib import Path

        from ai_sessions import gate, git

        names = sorted({*wanted, *tests})
        there = git.contents_at(Path(self._workspace.repo), f"{commit}^0", names)
        frozen = gate.frozen({name: there[name] for name in tests if name in there})
        edited = (digests.isdisjoint(_digests(there.get(name))) for name, digests in wanted.items())
        return any(edited) or any(frozen.get(name) not in tests[name] for name in tests)

    def _carried_with(self, commit: str) -> list[tuple[str, str]]:
        """Tasks and steps whose evidence the commit names."""
        proofs = {proof for proof, commits in self._history["named"].items() if commit in commits}
        return [
            (task, step)
            for task in self._tests
            for step in ("green", "check")
            if evidence_hash(self._workspace, task, step) in proofs
        ]

    def _frozen_tests(self, task: str, record: Mapping[str, Any]) -> dict[str, set[str]]:
        frozen = record.get("frozen")
        if not isinstance(frozen, dict):
            return {}
        from ai_sessions.plan import paths

        patterns = list(self._tests.get(task) or ())
        return {name: {digest} for name, digest in frozen.items() if paths.matches(name, patterns)}


def _changed(record: Mapping[str, Any], step: str) -> dict[str, str]:
    """Digest by path of what was proved; nothing of what was waived."""
    changed = record.get("changed")
    return dict(changed) if isinstance(changed, dict) and step != "waiver" else {}


def _digests(content: bytes | None) -> set[str]:
    """Of a file as git keeps it, and as it is on disk where git converts line ends."""
    import hashlib

    if content is None:
        return {""}
    forms = (content, content.replace(b"\n", b"\r\n"))
    return {hashlib.sha256(form).hexdigest() for form in forms}


def searched(repo: str) -> dict[str, str]:
    """The newest commit by the hash of the evidence that it names, without the cache; also of
    another working tree.
    """
    return {proof: commits[0] for proof, commits in _history(repo)["named"].items()}


def has_proof(repo: Path, tip: str, now: str) -> bool:
    """True when a commit that `now` has and `tip` has not names evidence."""
    from ai_sessions import git

    return any(map(_NAMED.search, git.messages(repo, [_NAMES], f"{tip}..{now}").values()))


def _history(repo: str) -> dict[str, Any]:
    """`named`: commits by evidence, newest first; `reverted`: by commit the one that reverts it."""
    from pathlib import Path

    from ai_sessions import git

    named: dict[str, list[str]] = {}
    reverted: dict[str, str] = {}
    for commit, told in git.messages(Path(repo), [_NAMES, _REVERTS]).items():
        for proof in _NAMED.findall(told):
            named.setdefault(proof, []).append(commit)
        if commit not in reverted:  # a revert that was reverted itself takes nothing back
            reverted.update(dict.fromkeys(_REVERTED.findall(told), commit))
    return {"named": named, "reverted": reverted}
