"""What a fresh checkout needs before its tests run, by the lock files and manifests there are."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path

from ai_sessions.detection import node_packages, python_packages
from ai_sessions.detection.folder import Folder, folder_of
from ai_sessions.detection.parts import parts_of

Words = tuple[str, ...]


def setup_line(repo: Path) -> str:
    """The line for `config.yaml`, such as `setup: {cmd: [npm, ci]}`; empty: nothing is known."""
    cmd = setup_command(folder_of(repo))
    return shown("setup", {"cmd": list(cmd)}) if cmd else ""


def shown(name: str, value: object) -> str:
    """One line of YAML."""
    import yaml

    text = yaml.safe_dump(value, default_flow_style=True, width=float("inf"), sort_keys=False)
    return f"{name}: {text.strip()}"


def setup_command(folder: Folder) -> Words:
    """The command that installs the packages of a whole repository; empty: nothing is known.

    Parts with manifests of their own are set up where no manifest at the top does it for them.
    """
    steps = [shlex.join(step) for step in _steps(folder)]
    if not steps:
        for part in parts_of(folder):
            inside = [shlex.join(step) for step in _steps(part)]
            if inside:
                steps.append(f"(cd {shlex.quote(part.place)} && {' && '.join(inside)})")
    if len(steps) == 1 and not steps[0].startswith("("):
        return tuple(shlex.split(steps[0]))
    return ("sh", "-c", " && ".join(steps)) if steps else ()


def _steps(folder: Folder) -> list[Words]:
    return [step for installs in _INSTALLERS for step in installs(folder)]


def _node(folder: Folder) -> tuple[Words, ...]:
    manager = node_packages.manager_of(folder)
    if not folder.has("package.json"):
        return ()
    return (manager.install,) if manager.lock or node_packages.has_dependencies(folder) else ()


def _ruby(folder: Folder) -> tuple[Words, ...]:
    return (("bundle", "install"),) if folder.has("Gemfile") else ()


def _php(folder: Folder) -> tuple[Words, ...]:
    if not folder.has("composer.json"):
        return ()
    return (("composer", "install", "--no-interaction", "--no-progress"),)


def _elixir(folder: Folder) -> tuple[Words, ...]:
    return (("mix", "deps.get"),) if folder.has("mix.exs") else ()


def _go(folder: Folder) -> tuple[Words, ...]:
    """A vendored module needs no download; one without dependencies has no go.sum."""
    if not folder.has("go.mod") or not folder.has("go.sum") or (folder.path / "vendor").is_dir():
        return ()
    return (("go", "mod", "download"),)


def _cargo(folder: Folder) -> tuple[Words, ...]:
    if not folder.has("Cargo.toml") or not _has_crates(folder):
        return ()
    return (("cargo", "fetch", *(("--locked",) if folder.has("Cargo.lock") else ())),)


_CRATES = re.compile(r"^\[(?:[\w.'\"()=, -]*\.)?(?:dev-|build-)?dependencies\b", re.MULTILINE)


def _has_crates(folder: Folder) -> bool:
    manifests = [name for name in folder.names if name.rsplit("/", 1)[-1] == "Cargo.toml"]
    return any(_CRATES.search(folder.text(name)) for name in manifests[:50])


def _dotnet(folder: Folder) -> tuple[Words, ...]:
    is_there = any("/" not in name for name in folder.ending(".sln", ".slnx", ".csproj", ".fsproj"))
    return (("dotnet", "restore"),) if is_there else ()


#: In the order in which they are run.
_INSTALLERS: tuple[Callable[[Folder], tuple[Words, ...]], ...] = (
    python_packages.install,
    _node,
    _ruby,
    _php,
    _elixir,
    _go,
    _cargo,
    _dotnet,
)
