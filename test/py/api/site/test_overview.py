"""`/`: what was spent, against the budgets."""

import pytest


def test_without_sessions_it_says_so(browser):
    assert "No sessions yet." in browser.get("/").text


def test_today_and_this_month_stand_against_their_budgets(browser, talk, environment):
    environment.update(BUDGET_DAY="10", BUDGET_MONTH="100")
    talk("trip", "Hello")
    page = browser.get("/").text

    assert '<th scope="row">Today</th><td>$1.50</td>' in page
    assert "<td>$1.50 of $10.00</td>" in page
    assert "<td>$1.50 of $100.00</td>" in page


@pytest.mark.parametrize("cost", [None, 0])
def test_a_cost_that_nobody_knows_is_not_zero(browser, talk, cost):
    talk("trip", "Hello", cost=cost)

    assert ("<td>?</td>" in browser.get("/").text) is (cost is None)


def test_each_model_has_its_cost(browser, talk):
    talk("trip", "Hello", model="<b>big</b>")
    talk("trip", "Hello", model="small", cost=500_000_000)
    page = browser.get("/").text

    assert '<th scope="row">&lt;b&gt;big&lt;/b&gt;</th><td>$1.50</td>' in page
    assert page.index("big") < page.index("small")
