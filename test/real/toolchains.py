"""Package managers and toolchains for tests of real projects, each installed once below .tools.

What cannot be had skips the test, with the reason. What is on PATH already is used as it is, but
for Go, whose version is the point of a test.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools" / "toolchains"
GO = "1.19"
#: Package, in a version that runs on Node.js 20, and its command's place below `node_modules`.
_NPM = {
    "bats": ("bats@1.13.0", "bats/bin/bats"),
    "pnpm": ("pnpm@10.18.0", ".bin/pnpm"),
    "yarn": ("yarn@1.22.22", ".bin/yarn"),
    "yarn-berry": ("@yarnpkg/cli-dist@4.10.3", ".bin/yarn"),
}
_INSTALL_S = 600
#: Where the clients of registries keep settings and downloads, below the home folder.
_CLIENTS = (
    *(".npmrc", ".npm", ".pip", ".config/pip", ".config/uv", ".config/pnpm", ".local/share/pnpm"),
    *(".cache/pip", ".cache/uv", ".cache/pnpm", ".cargo", ".rustup", ".pyenv"),
)


def toolchain(name: str) -> Path:
    """The folder that the command `name` is in."""
    found = "" if name == "go" else shutil.which(name)
    if found:
        return Path(found).parent
    if name in _NPM:
        return from_npm(TOOLS / name, *_NPM[name]).parent
    ways = {"go": _go, "uv": _uv}
    if name not in ways:
        pytest.skip(f"{name} is not installed")
    return ways[name](TOOLS / name)


def link_clients(home: Path) -> None:
    """Let `home` have the settings and the downloads that package managers have in the user's."""
    real = Path.home()
    for name in _CLIENTS:
        if (real / name).exists():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).symlink_to((real / name).resolve())


def from_npm(folder: Path, package: str, command: str) -> Path:
    """A command below `node_modules` of a folder, installed from the npm registry if need be."""
    found = folder / "node_modules" / command
    if not found.exists():
        if not shutil.which("npm"):
            pytest.skip(f"{package}: npm is not installed")
        folder.mkdir(parents=True, exist_ok=True)
        words = ["npm", "install", "--prefix", str(folder), "--no-fund", "--no-audit", package]
        _install(package, words, folder)
    return found


def from_pypi(folder: Path, module: str, *packages: str) -> Path:
    """A folder for `sys.path` with packages and what they need, installed from PyPI if need be, for
    the Python that runs the tests. `module`: of the first.
    """
    if not (folder / module).exists():
        folder.mkdir(parents=True, exist_ok=True)
        pip = ["python3", "-m", "pip", "--python", sys.executable]
        words = [*pip, "install", "--quiet", "--target", str(folder), *packages]
        _install(packages[0], words, folder)
    return folder


def venv_with(folder: Path, command: str, package: str) -> Path:
    """A command of a package in an environment of its own, made from PyPI if need be."""
    found = folder / "bin" / command
    if not found.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _install(package, [sys.executable, "-m", "venv", "--without-pip", str(folder)], folder)
        pip = ["python3", "-m", "pip", "--python", str(folder / "bin/python")]
        _install(package, [*pip, "install", "--quiet", package], folder)
    return found


def from_apt(folder: Path, program: str, *packages: str) -> Path:
    """A program of packages of Debian or Ubuntu, unpacked without root if need be."""
    found = folder / program
    if not found.exists():
        if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
            pytest.skip(f"{packages[0]} is fetched with apt-get, which is not here")
        folder.mkdir(parents=True, exist_ok=True)
        _install(packages[0], ["apt-get", "-qq", "download", *packages], folder)
        for archive in sorted(folder.glob("*.deb")):
            _install(packages[0], ["dpkg-deb", "-x", archive.name, "."], folder)
            archive.unlink()
    return found


def source_of(folder: Path, package: str) -> Path:
    """The folder of a package's source, tests included, fetched from PyPI if need be."""
    name = package.replace("==", "-").replace("-", "_", package.partition("==")[0].count("-"))
    if not (folder / name).exists():
        folder.mkdir(parents=True, exist_ok=True)
        pip = ["python3", "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        _install(package, [*pip, package], folder)
        _install(package, ["tar", "-xzf", f"{name}.tar.gz"], folder)
    return folder / name


def _uv(folder: Path) -> Path:
    if not (folder / "bin/uv").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _install("uv", ["python3", "-m", "pip", "install", "--target", str(folder), "uv"], folder)
    return folder / "bin"


def _go(folder: Path) -> Path:
    program = f"usr/lib/go-{GO}/bin/go"
    return from_apt(folder, program, f"golang-{GO}-go", f"golang-{GO}-src").parent


def _install(name: str, command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=_INSTALL_S, check=False
    )
    if done.returncode:
        pytest.skip(f"{name}: {command[0]} cannot install it: {done.stderr.strip()[-200:]}")
