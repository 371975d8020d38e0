"""The wheel, in an environment of its own: one package, one command, from a first word to GO.

The checkout is not there for what is tested, only its third-party packages are. No network.
"""

import importlib.util
import json
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "pylib", "scripts")
FEATURE = "payment-gateway"
#: What lets a command begin: the recorded agent, and who makes the commits.
SETTINGS = {
    "AI_PROVIDER": "demo",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    **{
        f"GIT_{who}_{what}": "t@example.com"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    },
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy, so that nothing but what the copy holds can be in it."""
    copy, out = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("dist")
    for name in SOURCES:
        take = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        take(ROOT / name, copy / name)
    build = [sys.executable, "-I", "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    subprocess.run(build, cwd=copy, check=True, capture_output=True)
    return next(out.glob("*.whl"))


@dataclass(frozen=True)
class Installed:
    """An environment with the wheel, and a repository to work in. `run`: a line for a shell."""

    bin: Path
    shop: Path

    def run(self, line: str, **settings: str) -> subprocess.CompletedProcess[str]:
        home = self.shop.parent / "home"
        environment = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(home), **SETTINGS}
        return subprocess.run(
            ["bash", "-c", line],
            cwd=self.shop,
            env={**environment, **settings},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """The folder of a virtual environment with the wheel in it, with a space in its name."""
    folder = tmp_path_factory.mktemp("wheel") / "my env"
    if importlib.util.find_spec("ensurepip"):
        venv.create(folder, symlinks=True, with_pip=True)
        install = [folder / "bin/python", "-m", "pip", "install", "--no-index"]
    elif shutil.which("uv"):
        venv.create(folder, symlinks=True)
        install = ["uv", "pip", "install", "--offline", "--python", folder / "bin/python"]
    else:
        pytest.skip("neither pip nor uv is here to install the wheel")
    subprocess.run([*install, "--quiet", "--no-deps", wheel], check=True, capture_output=True)
    place = next(folder.glob("lib/python*/site-packages"))
    (place / "packages-of-the-tests.pth").write_text(sysconfig.get_path("purelib"))
    return folder


@pytest.fixture
def installed(environment, tmp_path):
    """A repository with one commit, in a folder with a space in its name."""
    shop = tmp_path / "my shop"
    (tmp_path / "home").mkdir()
    shop.mkdir()
    (shop / "shop.py").write_text('"""A small shop."""\n')
    (shop / ".gitignore").write_text("__pycache__/\n")
    found = Installed(environment / "bin", shop)
    done = found.run("git init -q . && git add . && git commit -q -m Start")
    assert done.returncode == 0, done.stderr
    return found


def test_it_brings_one_package_with_the_scripts_inside_and_the_assistant_by_its_name(wheel):
    with zipfile.ZipFile(wheel) as archive:
        modes = {one.filename: one.external_attr >> 16 for one in archive.infolist()}
    top = {name.partition("/")[0] for name in modes if ".dist-info/" not in name}
    doors = {path.name for path in (ROOT / "scripts").glob("*.sh")}

    assert top == {"ai_sessions", "session_manager.py"}
    assert {name for name in doors if modes.get(f"ai_sessions/scripts/{name}", 0) & 0o111} == doors
    assert {"ai_sessions/catalog/prices.json", "ai_sessions/compiled/scan.c"} <= modes.keys()
    assert {"ai_sessions/plan/bundled/feature.yaml"} <= modes.keys()
    assert [name for name in modes if "test" in name.split("/")] == []


def test_what_comes_next_can_be_pasted_from_the_first_word_to_go(installed):
    line, said = f"ai-sessions init {FEATURE}", []
    while "verify" not in said:
        assert line.startswith("ai-sessions ")
        done = installed.run(line)
        assert done.returncode == 0, done.stderr
        said.append(line.split()[1])
        line = re.findall("^Next: (.*)$", done.stdout, re.MULTILINE)[-1]

    assert said == ["init", "plan", "implement", "implement", "review", "verify"]
    assert "2/2 done" in installed.run(f"ai-sessions status {FEATURE}").stdout
    sessions = json.loads(installed.run("ai-sessions export").stdout)
    assert {one["name"] for one in sessions} >= {f"plan-{FEATURE}", f"implement-{FEATURE}"}


def test_the_page_about_installing_says_how_to_use_it(installed):
    used = (ROOT / "docs/install.md").read_text().partition("\n## Use\n")[2]
    for block in re.findall(r"```bash\n(.*?)```", used, re.DOTALL):
        done = installed.run(f"set -e\n{block}")
        assert done.returncode == 0, f"{block}{done.stderr}"


def test_tasks_are_done_at_the_same_time_without_the_checkout(installed):
    installed.run(f"ai-sessions init {FEATURE} && ai-sessions plan {FEATURE} 'Take payments'")
    plan = installed.shop / f".ai-session/{FEATURE}/plan.yaml"
    first, last = plan.read_text().replace("needs: [T1.1]", "needs: []").rsplit("gateway.py", 1)
    plan.write_text(f"{first}amounts.py{last}")  # two tasks that do not wait for each other
    told = installed.run(f"ai-sessions implement {FEATURE} --all --jobs 2").stderr

    assert "\nT1.2  recorded agent" in told  # which says so in a process of its own
    assert re.search("T1.1 +done", installed.run(f"ai-sessions status {FEATURE}").stdout), told


def test_the_demo_is_a_word_and_speaks_of_itself_as_such(installed):
    done = installed.run("ai-sessions demo", TMPDIR=str(installed.shop.parent))

    assert done.returncode == 0, done.stderr
    assert f'$ ai-sessions plan {FEATURE} "Design payment processing"' in done.stdout
    assert f"Next: ai-sessions implement {FEATURE} --task T1.1" in done.stdout
    assert ".sh" not in done.stdout


def test_the_word_alone_shows_its_page(installed):
    done = installed.run("ai-sessions")

    assert (done.returncode, done.stdout) == (2, "")
    assert "Usage: ai-sessions COMMAND [OPTIONS]" in done.stderr
    assert ".sh" not in done.stderr
    assert ".sh" not in installed.run("ai-sessions help; ai-sessions plan --help").stdout


def test_mistakes_are_answered_in_its_own_name(installed):
    assert installed.run("ai-sessions pln").stderr.endswith("ai-sessions help lists them all\n")
    assert "hint: ai-sessions plan nothing " in installed.run("ai-sessions status nothing").stderr


def test_from_outside_of_path_it_is_named_by_its_path(installed):
    command = f"'{installed.bin}/ai-sessions'"
    done = installed.run(f"{command} init {FEATURE}", PATH="/usr/bin:/bin")

    assert f"Next: {command} plan {FEATURE} " in done.stdout


def test_completion_is_of_the_word(installed):
    ask = """
        eval "$(ai-sessions completion bash)" && complete -p ai-sessions >/dev/null || exit
        COMP_WORDS=(ai-sessions rest) COMP_CWORD=1
        _ai_sessions
        printf '%s\\n' "${COMPREPLY[@]}" """

    assert installed.run(ask).stdout == "restore\n"


@pytest.mark.parametrize(
    ("shell", "ask"),
    [
        ("fish", 'ai-sessions completion fish | source; complete -C "ai-sessions rest"'),
        (
            "zsh",
            "compdef() { :; }; _describe() { print -l -- ${described%%:*}; }; "
            'eval "$(ai-sessions completion zsh)"; '
            "words=(ai-sessions rest) CURRENT=2; _ai_sessions",
        ),
    ],
)
def test_other_shells_complete_it_too(installed, shell, ask):
    if not shutil.which(shell, path="/usr/bin:/bin"):
        pytest.skip(f"{shell} is not installed")

    assert installed.run(f"{shell} -c {shlex.quote(ask)}").stdout.split()[0] == "restore"


def test_settings_are_those_of_the_user(installed):
    folder = installed.shop.parent / "home/.config/ai-sessions"
    folder.mkdir(parents=True)
    (folder / ".env").write_text("AI_MODEL=opus\n")
    shown = installed.run("ai-sessions config --show-origin").stdout

    assert f"AI_MODEL=opus\t({folder}/.env:1)" in shown


def test_the_scripts_inside_work_by_path_and_on_path(installed):
    folder = installed.run("ai-sessions path --scripts").stdout.strip()
    by_path = installed.run(f"'{folder}/init-session.sh' {FEATURE}")
    bare = installed.run(f"status.sh {FEATURE}", PATH=f"{folder}:/usr/bin:/bin")
    pasted = re.findall("^Next: (.*)$", by_path.stdout, re.MULTILINE)[-1]

    assert f"Next: plan.sh {FEATURE}" in bare.stdout
    assert installed.run(pasted).returncode == 0
    assert installed.run(f"'{folder}/status.sh' {FEATURE} --json").stdout.startswith('{"schema"')


def test_a_light_command_imports_no_package(installed):
    importing = installed.run('python -X importtime "$(command -v ai-sessions)" list').stderr

    assert "ai_sessions.cli.start" in importing
    assert re.findall(r"\| +(click|tabulate|orjson|dataclasses)$", importing, re.MULTILINE) == []


def test_the_assistant_can_be_imported_by_its_name(installed):
    program = (
        "import session_manager as s; print(len(s.TOP_FREE_MODELS), s.SessionManager().session)"
    )

    done = installed.run(f"python -c '{program}'")

    assert (done.stdout, done.stderr) == ("5 None\n", "")


def test_the_assistant_is_a_program_by_its_name_too(installed):
    begin = "python -m session_manager --init --name Declan --assistant Brakel --model 3"

    done = installed.run(f"{begin} && python -m session_manager --greeting")

    assert done.stdout.splitlines()[-1] == (
        "Welcome back, Declan! I'm Brakel, powered by Meta Llama 3.2 3B"
    ), done.stderr
