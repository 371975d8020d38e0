"""Charts of single calls: a colour for each model, an unknown cost as such, a link to each."""

import pytest

from ai_sessions.display.html import call_charts, charts, transcript
from ai_sessions.records import Cost, Interaction, Usage


def call(number, model="big", nusd=1_000_000_000):
    at = f"2026-11-30T10:00:{number:02d}.000Z"
    return Interaction(f"c/{number}", at, "p", model, (), Usage(100, 10), Cost(nusd))


@pytest.mark.parametrize("count", [0, 1])
def test_one_call_is_no_chart(count):
    assert call_charts.figures([call(one) for one in range(count)]) == ""


def test_each_call_is_a_column_that_leads_to_it():
    calls = [call(1), call(2, "<small>", None)]
    shown = call_charts.figures(calls)

    assert "<td>$1.00</td><td>$1.00</td><td></td>" in shown
    assert "<td>?</td><td></td><td>?</td>" in shown
    assert "<td>110</td><td>100</td><td>0</td><td>0</td><td>10</td>" in shown
    assert "&lt;small&gt;" in shown
    for one in calls:
        assert f'href="#{transcript.anchor(one)}">' in shown


def test_models_beyond_the_colours_are_together():
    calls = [call(number, f"m{number}") for number in range(charts.COLOURS + 2)]
    shown = call_charts.figures(calls)

    assert shown.count("others</li>") == 1
    assert f"m{charts.COLOURS - 2}</li>" in shown
    assert f"m{charts.COLOURS - 1}</li>" not in shown
