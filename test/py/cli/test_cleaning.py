"""Cleaning up: what it asks, what it says when there is nothing to do, emptying the trash."""

import json
from datetime import UTC, datetime

import pytest

from ai_sessions.cli.output import Output


@pytest.mark.parametrize(
    ("age", "told"), [("300", "300 days"), ("2w", "14 days"), ("1d", "1 day"), ("12h", "12 hours")]
)
def test_on_a_terminal_it_says_that_nothing_is_that_old(cli, root, monkeypatch, age, told):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)

    assert cli("clean", "--older-than", age).out == f"nothing older than {told}\n"
    assert cli("clean", "--older-than", age, "--dry-run").out == f"nothing older than {told}\n"


def test_cron_hears_nothing_when_there_is_nothing_to_do(cli, root):
    answer = cli("clean", "--older-than", "300")

    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_a_no_is_an_answer_and_no_error(cli, store, monkeypatch):
    monkeypatch.setattr(Output, "may_ask", lambda _out: True)
    monkeypatch.setattr("click.confirm", lambda *_question, **_options: False)
    answer = cli("clean", "--older-than", "30")

    assert (answer.code, answer.out) == (0, "")
    assert answer.err.splitlines()[-1] == "nothing removed"
    assert len(list(store.sessions())) == 3


@pytest.fixture
def trash(store, root):
    """The trash, with two of the three sessions in it."""
    store.discard("plan-payment")
    store.discard("plan-search")
    return root / ".trash"


def test_what_was_removed_this_second_is_deleted_for_good_and_its_size_told(cli, store, trash):
    freed = sum(path.stat().st_size for path in trash.rglob("*") if path.is_file())
    answer = cli("clean", "--trash", "--json")
    told = json.loads(answer.out)

    assert (answer.code, told["deleted"]) == (0, ["plan-payment", "plan-search"])
    assert (told["freed_bytes"], list(trash.iterdir())) == (freed, [])
    assert store.names() == ["implement-payment"]


def test_a_dry_run_of_the_trash_deletes_nothing(cli, store, trash):
    answer = cli("clean", "--trash", "-n")

    assert (answer.code, answer.out) == (0, "")
    assert answer.err.splitlines()[:2] == [
        "plan-payment  in the trash",
        "plan-search  in the trash",
    ]
    assert json.loads(cli("clean", "--trash", "-n", "--json").out)["would_free_bytes"] > 0
    assert store.discarded() == ["plan-payment", "plan-search"]


def test_the_trash_is_kept_when_the_answer_is_no(cli, store, trash, monkeypatch):
    monkeypatch.setattr(Output, "may_ask", lambda _out: True)
    asked = []
    monkeypatch.setattr("click.confirm", lambda question, **_options: asked.append(question))
    answer = cli("clean", "--trash")

    assert (answer.code, answer.err.splitlines()[-1]) == (0, "nothing deleted")
    assert asked[0].startswith("Delete all that is in the trash (")
    assert store.discarded() == ["plan-payment", "plan-search"]
    assert cli("clean", "--trash", "--yes").out.startswith("deleted 2 sessions for good: ")
    assert len(asked) == 1


@pytest.mark.parametrize("other", [["--older-than", "30"], ["--keep", "plan-*"]])
def test_the_trash_has_no_age_and_no_exceptions(cli, trash, other):
    answer = cli("clean", "--trash", *other)

    assert answer.code == 2
    assert f"--trash and {other[0]} exclude each other" in answer.err
    assert len(list(trash.iterdir())) == 2


def test_an_empty_trash_is_told_on_a_terminal_alone(cli, root, monkeypatch):
    answer = cli("clean", "--trash")
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert cli("clean", "--trash").out == "the trash is empty\n"


def test_what_a_wrong_clock_discarded_in_the_future_goes_as_well(cli, store, trash):
    for path in list(trash.iterdir()):
        name, _at, rest = path.name.rsplit(".", 2)
        path.rename(trash / f"{name}.21000101T000000Z.{rest}")

    assert cli("clean", "--trash").code == 0
    assert list(trash.iterdir()) == []


def test_a_link_in_the_trash_leads_nowhere(cli, trash, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter").write_text("Dear")
    (trash / f"plan-z.{datetime.now(UTC):%Y%m%dT%H%M%SZ}.0123abcd").symlink_to(mine)
    (next(trash.glob("plan-search.*")) / "logs").symlink_to(mine)

    assert cli("clean", "--trash").code == 0
    assert (mine / "letter").read_text() == "Dear"


def test_one_that_cannot_be_deleted_does_not_keep_the_others(cli, trash, monkeypatch):
    from shutil import rmtree

    def forbidden(path):
        if "plan-payment" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        rmtree(path)

    monkeypatch.setattr("shutil.rmtree", forbidden)
    answer = cli("clean", "--trash", "--json")

    assert (answer.code, json.loads(answer.out)["error"]["kind"]) == (11, "storage")
    assert ["plan-payment" in path.name for path in trash.iterdir()] == [True]


@pytest.fixture
def ended(cli, store):
    for name in ("ended", "kept"):
        cli("create", name)
        cli("deactivate", name)


def test_conversations_that_are_over_go_and_can_be_taken_back(cli, ended, store):
    would = json.loads(cli("clean", "--expired", "--keep", "kept", "--dry-run", "--json").out)
    answer = cli("clean", "--expired", "--keep", "kept")

    assert would["would_remove"] == ["ended"]
    assert answer.out == "removed ended; to take it back: ai-session.sh restore ended\n"
    assert set(store.names()) == {"kept", "implement-payment", "plan-payment", "plan-search"}
    assert cli("restore", "ended").code == 0
    assert json.loads(cli("clean", "--expired", "--json").out)["removed"] == ["ended", "kept"]
    assert cli("clean", "--expired").out == ""


def test_a_no_keeps_what_is_over(cli, ended, store, monkeypatch):
    monkeypatch.setattr(Output, "may_ask", lambda _out: True)
    monkeypatch.setattr("click.confirm", lambda *_question, **_options: False)

    assert cli("clean", "--expired").err.splitlines()[-1] == "nothing removed"
    assert "ended" in store.names()


def test_what_is_over_is_chosen_by_nothing_else(cli, root):
    assert cli("clean", "--expired", "--older-than", "30").code == 2
    assert cli("clean", "--expired", "--trash").code == 2
    assert "--keep nothing fits no session" in cli("clean", "--expired", "--keep", "nothing").err


@pytest.fixture
def oldest(store, page, monkeypatch):
    """The recorded page of a session that nobody has used for months."""
    monkeypatch.setenv("RECORD_KEEP_DAYS", "1")
    return page(min(store.sessions(), key=lambda one: one.last_used).name)


def test_a_dry_run_tells_which_recorded_files_would_go(cli, oldest):
    answer = cli("clean", "--older-than", "3000", "-n", "--json")

    assert json.loads(answer.out)["recorded"] == [str(oldest.with_suffix(""))]
    assert oldest.exists()


def test_recorded_files_go_by_their_own_settings(cli, store, oldest):
    answer = cli("clean", "--older-than", "3000")

    assert answer.out == "removed old recorded files of 1 session\n"
    assert not oldest.exists()
    assert len(list(store.sessions())) == 3
