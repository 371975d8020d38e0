"""Commits: what goes in, whose they are, why one is refused."""

import contextlib
import os
import shutil
import subprocess

import pytest
from running import is_running, says, up_when

from ai_sessions import git
from ai_sessions.errors import ChecksFailed, ConfigError, LockBusy, NeedsPerson, TimedOut

from .conftest import hook, put, run, write

SEEN = 'echo "$MY_TOKEN $SSH_AUTH_SOCK $NPM_TOKEN" > seen'


@pytest.fixture
def secrets(monkeypatch):
    for name in ("MY_TOKEN", "SSH_AUTH_SOCK", "NPM_TOKEN"):
        monkeypatch.setenv(name, name.lower())


def test_only_the_given_paths_are_committed_and_the_rest_stays_staged(repo):
    write(repo, **{"a.txt": "A\n", "other.txt": "o\n", "new [1].txt": "n\n"})
    run(repo, "add", "other.txt")

    made = git.commit(repo, ["a.txt", "new [1].txt"], "feat(x): T1.1", {"Task": "T1.1"})

    assert made == git.head(repo)
    assert run(repo, "show", "--name-only", "--format=", "HEAD") == "a.txt\nnew [1].txt\n"
    assert run(repo, "status", "--porcelain") == "A  other.txt\n"


def test_a_commit_is_known_when_somebody_has_gone_on_from_it(repo):
    hook(repo, "post-commit", "rm .git/hooks/post-commit; git commit -q --allow-empty -m Next")
    write(repo, **{"a.txt": "A\n"})

    made = git.commit(repo, ["a.txt"], "feat(x): T1.1")

    assert made == run(repo, "rev-parse", "HEAD^").strip()


def test_a_commit_is_known_when_somebody_has_merged_older_work_into_it(repo):
    run(repo, "switch", "-qc", "side")
    run(repo, "commit", "-q", "--allow-empty", "-m", "Side")
    run(repo, "switch", "-q", "main")
    run(repo, "commit", "-q", "--allow-empty", "-m", "Second")
    hook(repo, "post-commit", "rm .git/hooks/post-commit; git merge -q --no-edit side")
    write(repo, **{"a.txt": "A\n"})

    made = git.commit(repo, ["a.txt"], "feat(x): T1.1")

    assert run(repo, "log", "-1", "--format=%s", made) == "feat(x): T1.1\n"
    assert run(repo, "rev-parse", "HEAD^1").strip() == made


def test_trailers_are_read_by_git_and_stay_on_one_line(repo):
    put(repo, "a.txt", "A")
    git.commit(repo, ["a.txt"], "feat: x\n\n# not a comment\nbody\n", {"Task": "T1", "AI": "a\nb"})

    assert run(repo, "log", "-1", "--format=%(trailers)") == "Task: T1\nAI: a b\n\n"
    assert "# not a comment" in run(repo, "log", "-1", "--format=%b")


def test_a_message_steers_no_terminal(repo):
    put(repo, "a.txt", "2")
    git.commit(repo, ["a.txt"], "feat: a\x1b[31mb\x9b0m", {"Task": "T1\x07"})

    said = run(repo, "log", "-1", "--format=%B")
    assert said.split() == ["feat:", "ab", "Task:", "T1"]


def test_a_deletion_is_committed(repo):
    (repo / "a.txt").unlink()

    assert git.commit(repo, ["a.txt"], "drop a")
    assert git.content_at(repo, "HEAD", "a.txt") is None


@pytest.mark.parametrize("took_notes", [True, False])
def test_a_commit_is_known_where_git_takes_no_notes(repo, took_notes):
    run(repo, "config", "core.logAllRefUpdates", "false")
    if not took_notes:
        shutil.rmtree(repo / ".git/logs")
    write(repo, **{"a.txt": "A\n"})

    assert git.commit(repo, ["a.txt"], "feat(x): T1.1") == git.head(repo)


def test_a_first_commit_can_be_made(empty):
    put(empty, "x", "1")

    assert git.commit(empty, ["x"], "begin") == git.head(empty)


@pytest.mark.parametrize("paths", [[], ["a.txt"], ["no such file"]])
def test_without_a_change_there_is_no_commit(repo, paths):
    before = git.head(repo)

    assert git.commit(repo, paths, "nothing") == ""
    assert git.head(repo) == before


def test_without_an_identity_it_says_what_to_type(repo, own_settings):
    (own_settings / ".gitconfig").write_text("")
    put(repo, "a.txt", "A")

    with pytest.raises(ConfigError, match="git does not know who you are") as error:
        git.commit(repo, ["a.txt"], "x")

    assert "git config --global user.name" in error.value.hint
    assert run(repo, "status", "--porcelain") == " M a.txt\n"


def test_a_hook_runs_and_its_refusal_is_told(repo):
    hook(repo, "pre-commit", "echo 'line 3: too long' >&2; exit 1")
    put(repo, "a.txt", "A")
    before = git.head(repo)

    with pytest.raises(ChecksFailed, match="a hook refused the commit: line 3: too long"):
        git.commit(repo, ["a.txt"], "x")

    assert git.head(repo) == before


@pytest.mark.parametrize(
    ("name", "others", "made"),
    [("commit-msg", ("post-commit",), False), ("post-commit", ("pre-commit",), True)],
)
def test_a_hook_that_hangs_is_ended_and_named(repo, monkeypatch, name, others, made):
    up_when(monkeypatch, says(repo / "pid"))
    hook(repo, name, "echo $$ > pid; exec sleep 600")
    for other in others:
        hook(repo, other, "exit 0")
    put(repo, "a.txt", "A")
    before = git.head(repo)

    with pytest.raises(TimedOut, match=rf"git commit .* 9 s: it waited for a hook, {name}$"):
        git.commit(repo, ["a.txt"], "x", timeout_s=9)

    assert (git.head(repo) != before) is made
    assert not (repo / ".git/index.lock").exists()
    assert not is_running(int((repo / "pid").read_text()))


def test_a_commit_that_hangs_without_a_hook_names_none(repo):
    run(repo, "config", "commit.gpgsign", "true")
    put(repo, "sign", "#!/bin/sh\nexec sleep 600\n")
    (repo / "sign").chmod(0o755)
    run(repo, "config", "gpg.program", str(repo / "sign"))
    put(repo, "a.txt", "A")

    with pytest.raises(TimedOut, match=r"git commit did not end within 0.3 s$"):
        git.commit(repo, ["a.txt"], "x", timeout_s=0.3)


def test_a_hook_is_given_no_secrets(repo, secrets):
    hook(repo, "pre-commit", SEEN)
    put(repo, "a.txt", "A")

    git.commit(repo, ["a.txt"], "x")

    assert (repo / "seen").read_text() == "  \n"


def test_a_hook_is_given_what_the_user_lets_through(repo, secrets):
    hook(repo, "pre-commit", SEEN)
    put(repo, "a.txt", "A")

    git.commit(repo, ["a.txt"], "x", environ={**os.environ, "ENV_KEEP": "NPM_TOKEN"})

    assert (repo / "seen").read_text() == "  npm_token\n"


@pytest.mark.parametrize(
    ("signs", "format_", "seen"),
    [
        *(("true", "ssh", "ssh_auth_sock"), ("true", "openpgp", "")),
        *((no, "ssh", "") for no in ("false", "no", "off", "0", "")),
        *((yes, "ssh", "ssh_auth_sock") for yes in ("yes", "on", "1")),
    ],
)
def test_signing_with_ssh_still_reaches_its_agent(repo, secrets, signs, format_, seen):
    if signs:
        run(repo, "config", "commit.gpgsign", signs)
    run(repo, "config", "gpg.format", format_)
    for program in ("gpg.program", "gpg.ssh.program"):
        run(repo, "config", program, "false")
    hook(repo, "pre-commit", "echo $SSH_AUTH_SOCK > seen")
    put(repo, "a.txt", "A")

    with contextlib.suppress(NeedsPerson):  # that program cannot sign
        git.commit(repo, ["a.txt"], "x")

    assert (repo / "seen").read_text() == f"{seen}\n"


def test_git_at_work_elsewhere_is_a_busy_lock(repo):
    put(repo, "a.txt", "A")
    (repo / ".git" / "index.lock").touch()

    with pytest.raises(LockBusy, match=r"index\.lock"):
        git.commit(repo, ["a.txt"], "x")


def test_in_the_middle_of_a_merge_a_person_is_needed(repo):
    run(repo, "checkout", "-q", "-b", "work")
    put(repo, "a.txt", "mine\n")
    git.commit(repo, ["a.txt"], "mine")
    run(repo, "checkout", "-q", "main")
    put(repo, "a.txt", "theirs\n")
    git.commit(repo, ["a.txt"], "theirs")
    subprocess.run(["git", "merge", "-q", "work"], cwd=repo, check=False, capture_output=True)

    with pytest.raises(NeedsPerson, match="git cannot commit now"):
        git.commit(repo, ["a.txt"], "x")


@pytest.mark.parametrize("role", ["author", "committer"])
def test_an_identity_of_one_role_alone_is_not_enough(repo, own_settings, monkeypatch, role):
    (own_settings / ".gitconfig").write_text(f"[{role}]\nname = T\nemail = t@example.com\n")

    with pytest.raises(ConfigError, match="git does not know who you are"):
        git.need_identity(repo)


def test_a_change_that_was_staged_and_taken_back_is_none(repo):
    put(repo, "a.txt", "staged")
    run(repo, "add", "a.txt")
    put(repo, "a.txt", "a\n")
    put(repo, "src/b.txt", "B")

    assert git.commit(repo, ["a.txt"], "Nothing") == ""
    assert git.commit(repo, ["a.txt", "src/b.txt"], "One")
    assert run(repo, "show", "--name-only", "--format=").split() == ["src/b.txt"]


def test_a_file_that_left_the_index_and_stayed_on_disk_is_no_change(repo):
    run(repo, "rm", "-q", "--cached", "a.txt")

    assert git.commit(repo, ["a.txt"], "Nothing") == ""


def test_more_files_than_fit_on_a_command_line_are_committed(repo):
    names = [f"many/{number}" for number in range(600)]
    for name in names:
        put(repo, name, name)

    assert git.commit(repo, names, "Many")
    assert git.status(repo) == ()


def test_without_an_identity_nothing_stays_staged(repo, own_settings):
    (own_settings / ".gitconfig").write_text("")
    put(repo, "new.txt", "new")

    with pytest.raises(ConfigError, match="git does not know who you are"):
        git.commit(repo, ["new.txt"], "x")

    assert run(repo, "status", "--porcelain") == "?? new.txt\n"


def test_what_was_not_asked_for_is_not_even_staged(repo):
    write(repo, **{"new.txt": "n", "other.txt": "o"})

    git.commit(repo, ["new.txt"], "One", changes=git.changed_files(repo))

    assert run(repo, "status", "--porcelain") == "?? other.txt\n"


def test_an_identity_is_never_guessed(repo, own_settings, monkeypatch):
    (own_settings / ".gitconfig").write_text("")
    monkeypatch.setenv("EMAIL", "somebody@example.com")
    put(repo, "a.txt", "A")

    assert git.identity(repo) == ""
    with pytest.raises(ConfigError, match="git does not know who you are"):
        git.commit(repo, ["a.txt"], "x")


def test_a_message_is_kept_whatever_the_settings_clean_up(repo):
    run(repo, "config", "commit.cleanup", "strip")
    put(repo, "a.txt", "A")
    git.commit(repo, ["a.txt"], "One\n\n# no comment")

    assert "# no comment" in run(repo, "log", "-1", "--format=%B")


def test_what_cannot_be_added_is_told(repo):
    (repo / "inner").mkdir()
    run(repo / "inner", "init", "-q")

    with pytest.raises(ConfigError, match="git add failed"):
        git.commit(repo, ["inner/"], "x")


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_git_can_be_told_to_look_again(repo, flag):
    write(repo, **{"new\nline": "x"})
    run(repo, "add", "-A")
    run(repo, "commit", "-qm", "second")
    run(repo, "update-index", flag, "src/b.txt", "new\nline")
    write(repo, **{"src/b.txt": "B", "new\nline": "y"})
    assert git.status(repo) == ()

    git.look_at(repo, ["src/b.txt", "new\nline"])

    assert [one.path for one in git.status(repo)] == ["new\nline", "src/b.txt"]


def test_files_that_git_does_not_know_cannot_be_looked_at(repo):
    with pytest.raises(ConfigError, match="git update-index failed"):
        git.look_at(repo, ["absent"])


def test_going_back_leaves_the_files_and_stages_nothing(repo):
    start = git.head(repo)
    put(repo, "a.txt", "A")
    git.commit(repo, ["a.txt"], "second")

    git.go_back(repo, start)

    assert git.head(repo) == start
    assert git.branch(repo) == "main"
    assert run(repo, "status", "--porcelain") == " M a.txt\n"
    with pytest.raises(ConfigError, match="git reset failed"):
        git.go_back(repo, "nowhere")


def test_a_signature_that_fails_needs_a_person(repo):
    run(repo, "config", "commit.gpgsign", "true")
    run(repo, "config", "gpg.program", "false")
    put(repo, "a.txt", "A")

    with pytest.raises(NeedsPerson, match="git could not sign the commit") as error:
        git.commit(repo, ["a.txt"], "x")
    assert error.value.hint == "run: git commit"


def test_a_commit_without_trailers_is_its_message(repo):
    put(repo, "a.txt", "A")
    git.commit(repo, ["a.txt"], "  One  \n\n")

    assert run(repo, "log", "-1", "--format=%B") == "One\n\n"


def test_an_identity_is_a_name_and_an_address(repo, own_settings):
    (own_settings / ".gitconfig").write_text("[user]\nname = A > B\nemail = a@example.com\n")

    assert git.identity(repo) == "A  B <a@example.com>"


def test_trailers_are_a_paragraph_of_their_own(repo):
    put(repo, "a.txt", "A")
    git.commit(repo, ["a.txt"], "One", {"Task": "T1", "Model": "m"})

    assert run(repo, "log", "-1", "--format=%B") == "One\n\nTask: T1\nModel: m\n\n"


def test_a_hook_that_says_what_is_no_text_is_told(repo):
    hook(repo, "pre-commit", "printf 'no \\377' >&2; exit 1")
    put(repo, "a.txt", "A")

    with pytest.raises(ChecksFailed, match="no \N{REPLACEMENT CHARACTER}"):
        git.commit(repo, ["a.txt"], "x")


# -- whether a commit can be made, before it is


@pytest.fixture
def signing(repo):
    """Commits are signed, by a program of ours that runs this script."""

    def by(script):
        put(repo, ".git/sign", f"#!/bin/sh\n{script}\n")
        (repo / ".git/sign").chmod(0o755)
        run(repo, "config", "commit.gpgsign", "true")
        run(repo, "config", "gpg.program", str(repo / ".git/sign"))

    return by


def test_a_signature_that_fails_is_known_before_the_commit(repo, signing):
    signing("echo 'no secret key' >&2; exit 2")

    with pytest.raises(NeedsPerson, match=r"git cannot sign commits: .*") as error:
        git.need_commits(repo)

    assert "git commit-tree -S" in error.value.hint


def test_a_signature_that_waits_for_a_passphrase_does_not_hang(repo, signing):
    signing("exec sleep 600")

    with pytest.raises(NeedsPerson, match=r"took more than 0.3 s: does it wait for a passphrase"):
        git.need_commits(repo, timeout_s=0.3)


def test_a_trial_signature_is_on_no_branch(repo, signing):
    signing("cat > .git/signed; echo '[GNUPG:] SIG_CREATED ' >&2; echo signature")
    before = run(repo, "for-each-ref"), git.head(repo), run(repo, "status", "--porcelain")

    git.need_commits(repo)

    assert "Try to sign" in (repo / ".git/signed").read_text()
    assert (run(repo, "for-each-ref"), git.head(repo), run(repo, "status", "--porcelain")) == before


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed")
def test_a_key_of_ssh_signs_on_trial_as_in_the_commit(repo, tmp_path):
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    for name, value in (
        ("commit.gpgsign", "true"),
        ("gpg.format", "ssh"),
        ("user.signingkey", str(key)),
    ):
        run(repo, "config", name, value)
    put(repo, "a.txt", "A")

    git.need_commits(repo)
    assert git.commit(repo, ["a.txt"], "x")
    key.unlink()

    with pytest.raises(NeedsPerson, match="git cannot sign commits"):
        git.need_commits(repo)


def test_who_does_not_sign_is_asked_for_no_signature(repo):
    run(repo, "config", "gpg.program", "false")

    assert git.need_commits(repo) is None


def test_a_hook_that_cannot_start_is_known_before_the_commit(repo):
    hook(repo, "commit-msg", "")
    (repo / ".git/hooks/commit-msg").write_text("#!/no/such/python\n")

    with pytest.raises(ConfigError, match=r"the hook commit-msg cannot run.*: /no/such/python: No"):
        git.need_commits(repo)

    (repo / ".git/hooks/commit-msg").chmod(0o644)  # git leaves it out
    assert git.need_commits(repo) is None


def test_a_hook_after_the_commit_keeps_none_from_being_made(repo):
    hook(repo, "post-commit", "")
    (repo / ".git/hooks/post-commit").write_text("#!/no/such/python\n")

    assert git.need_commits(repo) is None
