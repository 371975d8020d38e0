"""The package manager of a Node project: npm, pnpm, yarn or bun, by what its files say."""

import re
from collections.abc import Mapping
from dataclasses import replace

from ai_sessions.detection.folder import Folder, table
from ai_sessions.lazy_dataclasses import dataclass

Words = tuple[str, ...]

_LOCKS = (
    ("pnpm-lock.yaml", "pnpm"),
    ("bun.lock", "bun"),
    ("bun.lockb", "bun"),
    ("yarn.lock", "yarn"),
    ("package-lock.json", "npm"),
    ("npm-shrinkwrap.json", "npm"),
)
#: What each manager leaves in `node_modules` when it has filled it.
_FILLED = {".package-lock.json": "npm", ".modules.yaml": "pnpm", ".yarn-integrity": "yarn"}
_OTHER_LINKER = re.compile(r"^nodeLinker: *[\"']?(?:node-modules|pnpm)\b", re.MULTILINE)
_NAMED = re.compile(r"(npm|pnpm|yarn|bun)@\D{0,2}(\d{1,4})")


@dataclass(frozen=True, slots=True)
class Manager:
    """How a project's package manager is called. `lock`: its lock file; empty without one."""

    name: str
    lock: str = ""
    is_classic: bool = False
    """Yarn 1, whose options are its own."""
    is_pnp: bool = False
    """Plug'n'Play: packages lie in archives, which only a node started by yarn finds."""

    @property
    def node(self) -> Words:
        """The words that start node with the packages of the project."""
        return ("yarn", "node") if self.is_pnp else ("node",)

    def tool(self, *words: str) -> Words:
        """The words that start a program of the installed packages; none is downloaded."""
        before = {
            "npm": ("npx", "--no-install"),
            "pnpm": ("pnpm", "exec"),
            "yarn": ("yarn",),
            "bun": ("bun", "run"),
        }
        return (*before[self.name], *words)

    def script(self, name: str, *more: str) -> Words:
        """The words that run a script of the package; `more`: arguments for it."""
        if name != "test" or self.name == "bun":
            words: Words = (self.name, "run", name)
        else:
            words = (self.name, name)
        return (*words, *(("--",) if more and self.name == "npm" else ()), *more)

    @property
    def install(self) -> Words:
        """The words that install what the lock file says, and change no file of the project."""
        if self.name == "npm":
            return ("npm", "ci") if self.lock else ("npm", "install", "--no-package-lock")
        if not self.lock:
            return (self.name, "install")
        if self.name == "yarn" and not self.is_classic:
            return ("yarn", "install", "--immutable")
        return (self.name, "install", "--frozen-lockfile")


def manager_of(folder: Folder) -> Manager:
    """As `packageManager` of package.json says, else the lock file, else npm.

    Of two lock files the one counts whose manager filled `node_modules`.
    """
    package = folder.json("package.json")
    engines = table(package, "devEngines", "packageManager")
    named = _NAMED.match(str(package.get("packageManager") or ""))
    locks = {name: lock for lock, name in reversed(_LOCKS) if folder.has(lock)}
    if named:
        name, major = named[1], int(named[2])
    elif engines.get("name") in ("npm", "pnpm", "yarn", "bun"):
        name, major = str(engines["name"]), 0
    elif not locks and folder.above:  # a workspace has one lock file, at its top
        return replace(manager_of(folder.above), lock="")
    else:
        name, major = _by_lock(folder, locks), 0
    is_classic = name == "yarn" and _is_classic(folder, major)
    is_pnp = name == "yarn" and not is_classic and _is_pnp(folder)
    return Manager(name, locks.get(name, ""), is_classic, is_pnp)


def _by_lock(folder: Folder, locks: Mapping[str, str]) -> str:
    modules = folder.path / "node_modules"
    filled = (name for mark, name in _FILLED.items() if (modules / mark).exists())
    found = [name for name in filled if name in locks]
    return next((name for _, name in _LOCKS if name in (found or locks)), "npm")


def _is_pnp(folder: Folder) -> bool:
    """The default of yarn since its second version."""
    if (folder.path / "node_modules").is_dir():
        return False
    return not _OTHER_LINKER.search(folder.text(".yarnrc.yml"))


def _is_classic(folder: Folder, major: int) -> bool:
    if major:
        return major == 1
    return not (folder.has(".yarnrc.yml") or "\n__metadata:" in folder.text("yarn.lock"))
