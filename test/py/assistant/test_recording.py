"""The ledger's counts and the file that shows them, whatever a person does to the file."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from ai_sessions.assistant import recording
from ai_sessions.assistant import usage as form
from ai_sessions.assistant.recording import Usage
from ai_sessions.errors import ConfigError, StorageError
from ai_sessions.rotation.records import Outcome

GEMINI = "google/gemini-2.0-flash-exp:free"
DEEPSEEK = "deepseek/deepseek-r1:free"
#: As the first program wrote it.
SEED = {
    GEMINI: {
        "model_name": GEMINI,
        "tokens_used_today": 12500,
        "requests_today": 45,
        "total_tokens": 345230,
        "total_requests": 1245,
        "last_used": "2025-01-15T14:22:15",
        "avg_latency_ms": 850,
        "success_rate": 0.982,
    }
}


def file(folder):
    return Path(folder.place(form.NAME))


def put(folder, text):
    Path(folder.path).mkdir(mode=0o700, exist_ok=True)
    file(folder).write_text(text)


def written(folder):
    return json.loads(file(folder).read_text())


def call(usage, models, clock, name=DEEPSEEK, tokens=100):
    place = models.place(name, models.offered())
    usage.record(place, Outcome("ok", clock.now, tokens=tokens, latency_ms=500), clock.now)


def test_each_call_is_in_the_file_after_it(usage, models, clock, folder):
    call(usage, models, clock)
    call(usage, models, clock)

    facts = written(folder)[DEEPSEEK]
    assert (facts["total_requests"], facts["total_tokens"], facts["requests_today"]) == (2, 200, 2)
    assert (facts["avg_latency_ms"], facts["success_rate"]) == (500, 1.0)


def test_an_existing_file_is_taken_in_once(usage, models, folder):
    put(folder, json.dumps(SEED))

    for _time in range(2):
        assert usage.tallies()[models.key(GEMINI)].requests == 1245


def test_what_was_taken_in_goes_out_byte_for_byte(usage, folder):
    put(folder, json.dumps(SEED, indent=2))

    usage.export()

    assert file(folder).read_text() == json.dumps(SEED, indent=2)


def test_it_goes_out_the_same_on_another_day_and_from_the_ledger_alone(usage, clock, folder):
    put(folder, json.dumps(SEED, indent=2))
    usage.tallies()
    put(folder, "{}")
    clock.now += timedelta(days=400)

    usage.export()

    assert file(folder).read_text() == json.dumps(SEED, indent=2)


def test_what_a_file_says_of_today_counts_against_limits(usage, models, clock, folder, quotas):
    put(folder, json.dumps(SEED))

    usage.tallies()

    (state,) = quotas.candidates([models.place(GEMINI, models.offered())], clock.now)
    assert state.state.requests_today == 45
    assert {one.used for one in state.windows if one.period == "day"} == {45}


def test_a_call_adds_to_what_was_taken_in(usage, models, clock, folder):
    put(folder, json.dumps(SEED))

    call(usage, models, clock, GEMINI)

    assert written(folder)[GEMINI]["total_requests"] == 1246
    assert written(folder)[GEMINI]["requests_today"] == 46


def test_calls_before_the_file_was_seen_are_added_to_it(
    usage, models, clock, folder, quotas, warnings
):
    place = models.place(GEMINI, models.offered())
    quotas.count(place, Outcome("ok", clock.now, tokens=5, latency_ms=850), clock.now)
    put(folder, json.dumps(SEED))

    assert usage.tallies()[models.key(GEMINI)].requests == 1246


def test_a_file_that_was_edited_changes_no_count(usage, models, clock, folder):
    call(usage, models, clock)
    put(folder, json.dumps({DEEPSEEK: {"total_requests": 7}}))

    assert usage.tallies()[models.key(DEEPSEEK)].requests == 1
    usage.export()
    assert written(folder)[DEEPSEEK]["total_requests"] == 1


def test_a_file_that_was_removed_lets_the_counts_begin_again(
    usage, models, clock, folder, warnings, quotas
):
    call(usage, models, clock)
    file(folder).unlink()

    assert usage.tallies() == {}
    assert warnings == [recording.BEGAN_AGAIN]
    call(usage, models, clock)
    assert written(folder)[DEEPSEEK]["total_requests"] == 1
    assert len(warnings) == 1


def test_limits_do_not_begin_again(usage, models, clock, folder, quotas):
    call(usage, models, clock)
    file(folder).unlink()
    usage.tallies()

    (state,) = quotas.candidates([models.place(DEEPSEEK, models.offered())], clock.now)
    assert max(one.used for one in state.windows if one.period == "day") == 1


def test_a_folder_that_was_moved_is_not_counted_twice(
    usage, models, clock, folder, quotas, warnings
):
    clock.now += timedelta(microseconds=123_456)  # the file has whole seconds,
    for tokens in (1, 2, 3):  # and six digits of the success rate
        call(usage, models, clock, tokens=tokens)
    place = models.place(DEEPSEEK, models.offered())
    usage.record(place, Outcome("server", clock.now), clock.now)
    usage.record(place, Outcome("ok", clock.now, latency_ms=1000), clock.now)
    usage.record(place, Outcome("ok", clock.now, latency_ms=1), clock.now)
    moved = type(folder)(f"{folder.path}-moved", warnings.append)
    Path(folder.path).rename(moved.path)

    found = Usage(moved, quotas, models, (), warnings.append).tallies()

    assert found[models.key(DEEPSEEK)].requests == 6


@pytest.mark.parametrize("text", ['{"a": {', "[]", '{"a": {"success_rate": 98.2}}'])
def test_a_file_that_cannot_be_read_is_an_error_and_stays(usage, folder, text):
    put(folder, text)

    for ask in (usage.tallies, usage.export):
        with pytest.raises(ConfigError, match="model_usage"):
            ask()
    assert file(folder).read_text() == text


def test_a_file_that_broke_later_is_an_error_and_stays(usage, models, clock, folder):
    call(usage, models, clock)
    put(folder, "{")

    with pytest.raises(ConfigError, match="model_usage"):
        usage.tallies()
    assert file(folder).read_text() == "{"


@pytest.mark.parametrize("is_seen", [False, True])
def test_beside_a_file_that_cannot_be_read_a_call_counts_with_a_warning(
    usage, models, clock, folder, warnings, quotas, is_seen
):
    if is_seen:
        usage.export()
    put(folder, "{")

    call(usage, models, clock)

    assert quotas.tallies()[models.key(DEEPSEEK)].requests == 1
    assert "the call is counted, but" in warnings[-1]
    assert file(folder).read_text() == "{"


def test_a_link_in_place_of_the_file_is_not_followed(usage, folder, tmp_path):
    target = tmp_path / "elsewhere.json"
    target.write_text(json.dumps(SEED))
    Path(folder.path).mkdir(mode=0o700)
    file(folder).symlink_to(target)

    with pytest.raises(StorageError, match="symbolic link"):
        usage.tallies()
    assert json.loads(target.read_text()) == SEED


def test_a_model_that_nobody_knows_counts_as_well(usage, models, clock, folder):
    call(usage, models, clock, "my-own-model")

    assert written(folder)["my-own-model"]["total_requests"] == 1
