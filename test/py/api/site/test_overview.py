"""`/`: what was spent, against the budgets."""

import pytest

from ai_sessions import times


def test_without_sessions_it_says_so(browser):
    assert "No sessions yet." in browser.get("/").text


def test_today_and_this_month_stand_against_their_budgets(browser, talk, environment):
    environment.update(BUDGET_DAY="10", BUDGET_MONTH="100")
    talk("trip", "Hello")
    page = browser.get("/").text

    assert "$1.50 of $10.00 (15%)" in page
    assert "$1.50 of $100.00 (2%)" in page


@pytest.mark.parametrize("cost", [None, 0])
def test_a_cost_that_nobody_knows_is_not_zero(browser, talk, cost):
    talk("trip", "Hello", cost=cost)

    page = browser.get("/").text
    assert ('<p class="sum">?</p>' in page) is (cost is None)
    assert ('<p class="sum">$0.0000</p>' in page) is (cost == 0)


def test_each_model_has_its_cost(browser, talk):
    talk("trip", "Hello", model="<b>big</b>")
    talk("trip", "Hello", model="small", cost=500_000_000)
    page = browser.get("/").text

    big, small = (f'<a href="/sessions?model={name}' for name in ("%3Cb%3Ebig", "small"))
    assert page.index(big) < page.index(small)
    assert "<b>big" not in page


def test_a_day_leads_to_the_sessions_it_was_spent_on(browser, talk, service):
    talk("trip", "Hello")
    today = times.day(service.now(), None)

    assert f'href="/days/{today}"' in browser.get("/").text
    page = browser.get(f"/days/{today}").text
    assert '<a href="/sessions/trip">trip</a>' in page
    assert "<td>$1.50</td>" in page


@pytest.mark.parametrize("day", ["x", "2026-02-30", "2026-11-30x", "9999-12-31", "0001-01-01"])
def test_a_day_that_is_none_is_not_found(browser, day):
    assert browser.get(f"/days/{day}").status_code == 404


def test_a_day_without_calls_says_so(browser):
    assert "No calls." in browser.get("/days/2020-01-01").text
