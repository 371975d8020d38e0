"""Hot sessions are what the store says, few bytes each, and counted."""

import itertools
import random
import threading
import tracemalloc
from collections import OrderedDict

import pytest

from ai_sessions import ids
from ai_sessions.conversations import hot
from ai_sessions.errors import NotFound, UsageError
from ai_sessions.records import Change, Interaction, Message, Said, Usage
from ai_sessions.store.files import FileStore


def say(store, name, text="hi"):
    return store.append(name, [Said(Message("user", text))])


def used(cache):
    return cache.use.hits, cache.use.misses


def test_a_hot_session_is_the_one_of_the_store_without_a_look_into_it(store, talk, monkeypatch):
    cache = hot.HotSessions(store)
    first, wanted = cache.read(talk), store.read(talk)
    monkeypatch.setattr(store, "read", None)
    monkeypatch.setattr(type(cache._source), "row", None)

    assert first == cache.read(talk) == wanted
    assert used(cache) == (1, 1)
    assert cache.use.hit_rate == 0.5


def test_what_anybody_writes_is_seen_at_once(store, talk, tmp_path):
    cache = hot.HotSessions(store)
    other = FileStore(tmp_path / "sessions", fsync="none") if hasattr(store, "root") else store
    for number in range(20):
        before = cache.read(talk).totals.messages
        say(other, talk, str(number))
        assert cache.read(talk).totals.messages == before + 1
    assert used(cache) == (19, 21)


def test_nothing_is_shared(store):
    store.append("chat", [Change("state.cart", {"items": [1]})])
    cache = hot.HotSessions(store)
    for _ in range(2):
        cache.read("chat").state["cart"]["items"].append(2)

    assert cache.read("chat").state == {"cart": {"items": [1]}}


def test_one_that_is_gone_does_not_count_as_kept(store, talk):
    cache = hot.HotSessions(store)
    say(store, "stays")
    for name in (talk, "stays"):
        cache.read(name)
    before = cache.use
    store.rename(talk, "away")

    assert (before.size, cache.use.size) == (2, 1)
    assert 0 < cache.use.bytes < before.bytes


def test_one_that_is_gone_or_another_is_never_told(store, talk):
    cache = hot.HotSessions(store)
    cache.read(talk)
    store.rename(talk, "away")
    with pytest.raises(NotFound):
        cache.read(talk)
    say(store, talk)

    assert cache.read(talk).totals.messages == 1
    assert cache.read("away").name == "away"


def test_a_wrong_name_is_refused_as_by_the_store(store):
    with pytest.raises(UsageError):
        hot.HotSessions(store).read("../x")


def test_what_its_reader_must_be_told_of_is_told_every_time(tmp_path):
    store = FileStore(tmp_path / "sessions", fsync="none")
    say(store, "chat")
    with (store.path("chat") / "journal.jsonl").open("ab") as journal:
        journal.write(b"{}\n")
    cache = hot.HotSessions(FileStore(tmp_path / "sessions"))

    assert [cache.read("chat").notices for _ in range(2)] == [("1 damaged line skipped",)] * 2
    assert cache.use.size == cache.use.bytes == 0


def test_a_large_one_is_not_kept_and_a_small_one_is(store):
    cache = hot.HotSessions(store)
    for size, kept in ((hot.LARGEST_BYTES, 0), (hot.LARGEST_BYTES // 2, 1), (50_000, 0)):
        store.append("chat", [Change("state.x", "y" * size)])
        assert cache.read("chat").state["x"] == "y" * size
        assert cache.use.size == kept
        assert (cache.use.bytes > 0) == bool(kept)


def test_none_are_kept_where_none_are_wanted(store, talk):
    cache = hot.HotSessions(store, 0)

    assert cache.read(talk) == cache.read(talk)
    assert (used(cache), cache.use.size, cache.use.bytes) == ((0, 2), 0, 0)


def zipf(numbers, sessions):
    """Which session is looked at, and whether it was written before."""
    weights = list(itertools.accumulate(1 / rank for rank in range(1, sessions + 1)))
    names = [f"chat-{number}" for number in range(sessions)]
    while True:
        (name,) = numbers.choices(names, cum_weights=weights)
        yield name, numbers.random() < 0.1


@pytest.mark.parametrize("most", [1, 20, 300])
def test_the_hit_rate_is_that_of_a_counted_replay(store, most):
    cache, model, versions = hot.HotSessions(store, most), OrderedDict(), {}
    hits = misses = 0
    for name, written in itertools.islice(zipf(random.Random(15), 200), 2_000):  # noqa: S311
        if written or name not in versions:
            say(store, name)
            versions[name] = versions.get(name, 0) + 1
        assert cache.read(name).totals.messages == versions[name]
        is_hit = model.pop(name, None) == versions[name]
        hits, misses = hits + is_hit, misses + (not is_hit)
        model[name] = versions[name]
        if len(model) > most:
            model.popitem(last=False)

    assert used(cache) == (hits, misses)
    assert cache.use.size == len(model) <= most
    assert cache.use.bytes == sum(len(kept) for _state, kept, _uid in cache._kept.values())


def test_a_hot_session_takes_at_most_two_kilobytes(tmp_path):
    store = FileStore(tmp_path / "sessions", fsync="none")
    names = [f"telegram-{number}" for number in range(10**9, 10**9 + 100)]
    asked, answer = Message("user", "x" * 500), Message("assistant", "y" * 500)
    for name in names:
        calls = [
            Interaction(ids.new(), "", "claude", "claude-sonnet-4-5", (asked, answer),
                        Usage(12_000, 800, 9_000))
            for _ in range(40)
        ]  # fmt: skip
        store.append(name, [*calls, Change("title", "A talk"), Change("state.language", "pl")])
    cache = hot.HotSessions(FileStore(tmp_path / "sessions"))
    cache.read(names[0])
    tracemalloc.start()
    try:
        for name in names:
            cache.read(name)
        taken, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert cache.use.size == len(names)
    assert taken / len(names) <= 2048


def test_threads_share_it(store):
    names = [f"chat-{number}" for number in range(8)]
    for name in names:
        say(store, name)
    cache, wrong = hot.HotSessions(store, 4), []

    def work(seed):
        for name in random.Random(seed).choices(names, k=200):  # noqa: S311
            if cache.read(name).name != name:
                wrong.append(name)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not wrong
    assert sum(used(cache)) == 800
    assert cache.use.size == 4
    assert cache.use.bytes == sum(len(kept) for _state, kept, _uid in cache._kept.values())


def test_one_is_known_by_its_uid_while_it_is_hot(store, talk):
    cache = hot.HotSessions(store, 1)
    uid = cache.read(talk).uid

    assert cache.of_uid(uid) == cache.read(talk)
    say(store, "other")
    cache.read("other")
    assert cache.of_uid(uid) is None


def test_who_has_the_name_by_now_is_not_told_for_another_uid(store, talk):
    cache = hot.HotSessions(store)
    uid = cache.read(talk).uid
    store.rename(talk, "away")
    say(store, talk)

    assert cache.of_uid(uid) is None
    store.discard(talk)
    assert cache.of_uid(uid) is None
