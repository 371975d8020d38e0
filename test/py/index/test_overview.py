"""What today, this week and this month cost, exact, whatever was added or taken away meanwhile."""

import shutil
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ai_sessions import config, ids, times
from ai_sessions.assemble import stores
from ai_sessions.index import NAME, Index
from ai_sessions.index.overview import PERIODS, Budgets, overview, periods
from ai_sessions.ledger import reading
from ai_sessions.names import IMPORTED
from ai_sessions.records import About, Cost, Interaction, Usage, stamp

NOW = datetime(2026, 11, 28, 14, 57, tzinfo=UTC)  # 03:57 on the 29th in Auckland
AUCKLAND = ZoneInfo("Pacific/Auckland")
ODD = timezone(timedelta(minutes=7))
TODAY = "2026-11-28T10:00:00.000Z"


def settings_of(root):
    return config.load({"SESSION_DIR": str(root), "SESSION_FSYNC": "none"})


class Spender:
    """Sessions under one root, made of calls at times."""

    def __init__(self, root):
        self.root = root
        self.store = stores.files(settings_of(root))
        self.index = Index(self.store.source(), str(root))
        self.calls = []

    def spend(self, nusd, at=TODAY, session="plan-pay", command="plan"):
        self.store.ensure(session, About(command, "pay", ""))
        cost = Cost() if nusd is None else Cost(nusd, "client")
        used = Usage(100, 10, 40)
        id_ = f"i-{len(self.calls)}"
        self.store.append(session, [Interaction(id_, at, "echo", "m", (), used, cost)])
        self.calls.append((session, at, nusd))

    def spend_alone(self, nusd, at=TODAY):
        """A call without a session."""
        alone = stores.store(settings_of(self.root), False)
        alone.ensure("verify-pay", About("verify", "pay"))
        cost = Cost() if nusd is None else Cost(nusd, "client")
        used = Usage(100, 10, 40)
        alone.append("verify-pay", [Interaction(ids.new(), at, "echo", "m", (), used, cost)])

    def budgets(self, **limits):
        return Budgets(limits, lambda first, last: reading.used(str(self.root), first, last))

    def periods(self, zone=UTC, **limits):
        return overview(self.index, NOW, zone, self.budgets(**limits)).periods


@pytest.fixture
def spender(tmp_path):
    return Spender(tmp_path / "sessions")


def costs(periods):
    return {name: sums["cost_nusd"] for name, sums in periods.items()}


def test_each_call_counts_in_the_day_week_and_month_it_lies_in(spender):
    for nusd, at in (
        (1, "2026-11-28T00:00:00.000Z"),
        (10, "2026-11-27T23:59:59.999Z"),
        (100, "2026-11-22T23:59:59.999Z"),
        (1000, "2026-10-31T23:59:59.999Z"),
        (10_000, "2026-11-29T00:00:00.000Z"),
    ):
        spender.spend(nusd, at)

    assert costs(spender.periods()) == {"today": 1, "week": 10_011, "month": 10_111}


def test_sums_have_tokens_failures_and_the_number_of_unknown_costs(spender):
    spender.spend(5)
    spender.spend(None)
    today = spender.periods()["today"]

    assert (today["since"], today["until"]) == (
        "2026-11-28T00:00:00.000Z",
        "2026-11-29T00:00:00.000Z",
    )
    assert (today["interactions"], today["unknown_costs"], today["errors"]) == (2, 1, 0)
    assert (today["input_tokens"], today["cache_share"], today["budget"]) == (200, 0.4, None)


def test_nothing_known_is_not_zero(spender):
    spender.spend(None)

    assert spender.periods()["today"]["cost"] is None


@pytest.mark.parametrize(
    ("zone", "begins"),
    [(AUCKLAND, "2026-11-28T11:00:00.000Z"), (ODD, "2026-11-27T23:53:00.000Z")],
    ids=["Auckland", "seven minutes east"],
)
def test_a_day_is_one_of_the_zone(spender, zone, begins):
    first = datetime.fromisoformat(begins)
    spender.spend(1, stamp(first))
    spender.spend(10, stamp(first - timedelta(milliseconds=1)))

    assert costs(spender.periods(zone))["today"] == 1
    assert spender.periods(zone)["today"]["since"] == begins


def test_a_budget_counts_calls_without_a_session_and_none_that_were_imported(spender):
    spender.spend(1)
    spender.spend(10, session="import-claude-shop", command=IMPORTED)
    spender.spend_alone(100)
    spender.spend_alone(None)
    spender.spend_alone(1000, "2026-11-02T10:00:00.000Z")
    periods = spender.periods(day=10**9, month=10**10)

    assert costs(periods) == {"today": 111, "week": 111, "month": 1111}
    assert periods["week"]["budget"] is None
    assert periods["today"]["budget"] == {
        **{"cost_nusd": 101, "cost": 1.01e-07, "unknown_costs": 1},
        **{"limit_nusd": 10**9, "limit": 1.0},
        **{"forecast_nusd": None, "forecast": None, "used_up_at": None},
    }
    assert periods["month"]["budget"]["cost_nusd"] == 1101


def test_a_forecast_takes_a_quarter_of_the_time_and_five_calls(spender):
    spender.spend(0, "2026-11-01T00:00:00.000Z")
    for _ in range(4):
        spender.spend(10**9)
    spender.spend(None)
    found = spender.periods()

    # 14:57 of the 28th: 27.62 of 30 days, and 0.62 of the day, in which four calls have a price
    assert found["today"]["forecast_nusd"] is found["today"]["forecast"] is None
    assert found["month"]["forecast_nusd"] == round(4 * 10**9 * 30 * 1440 / (27 * 1440 + 897))


def test_days_before_the_first_call_of_all_are_no_days_without_a_cost(spender):
    for _ in range(5):
        spender.spend(10**9, "2026-11-27T12:00:00.000Z")
    month = spender.periods()["month"]

    assert month["forecast_nusd"] == round(5 * 10**9 * 4 * 1440 / (1440 + 897))


def test_a_budget_has_a_forecast_of_what_it_counts_and_its_end(spender):
    for _ in range(5):
        spender.spend(10**9, "2026-11-27T12:00:00.000Z")
        spender.spend(10**9, session="import-claude-shop", command=IMPORTED)
    spender.spend_alone(10**9)
    budget = spender.periods(month=8 * 10**9)["month"]["budget"]

    assert budget["forecast_nusd"] == round(6 * 10**9 * 4 * 1440 / (1440 + 897))
    used_up = (
        datetime(2026, 11, 27, tzinfo=UTC) + (NOW - datetime(2026, 11, 27, tzinfo=UTC)) * 8 / 6
    )
    assert budget["used_up_at"] == used_up.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def test_the_periods_alone_are_the_same(spender):
    spender.spend(10**9)
    assert periods(spender.index, NOW, UTC, spender.budgets(day=5)) == spender.periods(day=5)


def test_sums_beyond_64_bits_are_right(spender):
    for _ in range(3):
        spender.spend(2**63 - 1)

    assert costs(spender.periods(day=1))["today"] == 3 * (2**63 - 1)
    spender.spend(1)
    assert costs(spender.periods(ODD))["today"] == 3 * (2**63 - 1) + 1


def test_what_a_session_cost_that_is_gone_stays_in_the_sums(spender):
    spender.spend(1)
    spender.spend(10, session="plan-ship")
    assert costs(spender.periods())["today"] == 11
    shutil.rmtree(spender.root / "plan-ship")
    assert costs(spender.periods())["today"] == 11
    spender.spend(100, session="plan-ship")
    assert costs(spender.periods())["today"] == 111
    spender.store.rename("plan-ship", "plan-wiki")
    assert costs(spender.periods())["today"] == 111


def test_an_imported_session_that_takes_the_place_of_another_is_imported(spender):
    spender.spend(1, session="plan-ship")
    assert spender.periods(day=9)["today"]["budget"]["cost_nusd"] == 1
    shutil.rmtree(spender.root / "plan-ship")
    spender.spend(10, session="plan-ship", command=IMPORTED)

    assert spender.periods(day=9)["today"]["budget"]["cost_nusd"] == 1
    assert costs(spender.periods())["today"] == 11


def test_a_call_whose_time_cannot_be_read_is_in_no_period(spender):
    spender.spend(1, "soon")

    assert costs(spender.periods()) == {"today": 0, "week": 0, "month": 0}


def test_a_session_whose_calls_cannot_be_read_is_told(spender):
    spender.spend(1)
    journal = spender.root / "plan-pay" / "journal.jsonl"
    journal.unlink()
    journal.mkdir()
    found = overview(spender.index, NOW, UTC, spender.budgets())

    assert [one.partition(":")[0] for one in found.unreadable] == ["plan-pay is left out"]


def test_without_an_index_file_the_answer_is_the_same(spender):
    spender.spend(1)
    spender.spend_alone(2)
    with_index = spender.periods(day=9)
    (spender.root / NAME).unlink()
    (spender.root / NAME).mkdir()

    assert spender.periods(day=9) == with_index


MOMENTS = st.datetimes(datetime(2026, 10, 1), datetime(2026, 12, 15), timezones=st.just(UTC))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("spend"), MOMENTS, st.sampled_from(["plan-a", "plan-b"])),
        st.tuples(st.just("look"), MOMENTS, st.just("")),
        st.tuples(st.just("remove"), MOMENTS, st.sampled_from(["plan-a", "plan-b"])),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS, st.sampled_from([UTC, AUCKLAND, ODD, ZoneInfo("Asia/Kathmandu")]))
def test_whatever_happens_the_sums_are_those_of_the_calls(tmp_path_factory, steps, zone):
    spender = Spender(tmp_path_factory.mktemp("sessions"))
    for number, (what, at, session) in enumerate(steps):
        if what == "spend":
            spender.spend(2**number, stamp(at), session)
        elif what == "remove":
            shutil.rmtree(spender.root / session, ignore_errors=True)
        else:
            spender.periods(zone)

    expected = {}
    for name, kind in PERIODS.items():
        first, last = times.spanned(NOW, kind, zone)
        kept = [(times.read(at), nusd) for _session, at, nusd in spender.calls]
        expected[name] = sum(nusd for at, nusd in kept if first <= at < last)
    assert costs(spender.periods(zone)) == expected
