"""`adopt` as it is typed: one session or those of a feature, and what is said of each refusal."""

import json

import pytest

from ai_sessions.records import About


@pytest.fixture
def lost(typed, store):
    """Types commands in a project; the sessions in the store are of repositories that are gone."""
    return typed


def test_a_session_by_its_name(lost, store):
    code, out, err = lost("adopt", "implement-p")

    assert (code, err) == (0, "")
    told = "implement-payment belongs to this repository now; before to /home/me/shop\n"
    assert out == told
    assert store.read("implement-payment").about.project == str(lost.repo)
    assert lost("adopt", "implement-payment")[1].endswith("belongs to this repository already\n")


def test_all_of_a_feature_as_one_object(lost, store):
    code, out, _err = lost("adopt", "--feature", "payment", "--json")
    told = json.loads(out)

    assert (code, told["ok"]) == (0, True)
    assert told["adopted"] == ["implement-payment", "plan-payment"]
    assert told["project"] == str(lost.repo)
    assert store.read("plan-search").about.project == "/home/me/wiki"


def test_the_exact_name_means_that_session_although_this_repository_has_one_too(lost, store):
    store.ensure("implement-payment@project", About("implement", "payment", str(lost.repo)))
    code, out, err = lost("adopt", "implement-payment", "--json")

    assert (code, json.loads(out)["error"]["kind"]) == (2, "usage")
    assert "has a session implement-payment@project of its own already" in err
    assert store.read("implement-payment").about.project == "/home/me/shop"


def test_a_repository_that_is_there_is_named_with_the_way_out(lost, store, tmp_path):
    (tmp_path / "there/.git").mkdir(parents=True)
    store.ensure("plan-there", About("plan", "there", str(tmp_path / "there")))
    code, out, err = lost("adopt", "plan-there")

    assert (code, out) == (2, "")
    assert f"still there: {tmp_path / 'there'}\n" in err
    assert "hint: --force gives it" in err
    assert lost("adopt", "plan-there", "--force")[0] == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ([], 2, "which session? NAME or --feature is missing"),
        (["plan-search", "--feature", "payment"], 2, "NAME and --feature exclude each other"),
        (["--feature", " "], 2, "it is empty"),
        (["nonsense"], 4, "no session 'nonsense'"),
        (["plan"], 4, "'plan' fits 2 sessions"),
    ],
)
def test_what_cannot_be_meant_is_refused(lost, store, words, code, said):
    got, out, err = lost("adopt", *words)

    assert (got, out) == (code, "")
    assert said in err


def test_outside_of_a_repository_there_is_nothing_to_adopt_for(cli, store):
    answer = cli("adopt", "plan-search")

    assert answer.code == 3
    assert "not in a git repository" in answer.err
