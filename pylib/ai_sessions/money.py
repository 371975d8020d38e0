"""Money: whole nano-dollars in records, `Decimal` dollars between file and screen.

An integer sum is the same in every order and in every process; a float sum is not. A nano-dollar
(10^-9 USD) holds the price of a single cached token of the cheapest model without rounding.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from decimal import Decimal

_NANO = 1_000_000_000


def nano(dollars: Decimal | float | str) -> int:
    """Dollars as whole nano-dollars, rounded half to even. Raises `ValueError` when not finite."""
    from decimal import ROUND_HALF_EVEN, Decimal  # `list` shows money and never reads it

    amount = dollars if isinstance(dollars, Decimal) else Decimal(str(dollars))
    if not amount.is_finite():
        raise ValueError(f"not an amount of money: {dollars!r}")
    return int((amount * _NANO).to_integral_value(ROUND_HALF_EVEN))


def dollars(nusd: int) -> Decimal:
    """Nano-dollars as exact dollars."""
    from decimal import Decimal

    return Decimal(nusd) / _NANO


def number(nusd: int) -> float:
    """Nano-dollars as the nearest JSON number of dollars."""
    return nusd / _NANO


def known(nusd: int, unknown: int) -> float | None:
    """What is known of a sum as a JSON number of dollars. None, never 0, when nothing is: nothing
    has a price but calls whose price nobody knows (`unknown` of them).
    """
    return None if unknown and not nusd else number(nusd)


def facts(nusd: int, unknown: int) -> dict[str, int | float | None]:
    """For machines. `cost`: what is known of it in dollars; None when nothing is.

    `unknown`: the calls whose price nobody knows.
    """
    return {"cost_nusd": nusd, "cost": known(nusd, unknown), "unknown_costs": unknown}


def shown(nusd: int | None, unknown: int = 0) -> str:
    """For people: `$0.0123` under a dollar, `$12.30` above, `?` when unknown.

    `unknown` counts the calls whose price is not known: their share shows as `+?`, never as 0.
    """
    if nusd is None:
        return "?"
    if unknown and not nusd:
        return "?"
    sign, size = ("-", -nusd) if nusd < 0 else ("", nusd)
    if size < _NANO:
        whole, part = divmod(rounded(size, 100_000), 10_000)
        amount = f"{sign}${whole}.{part:04d}"
    else:
        whole, part = divmod(rounded(size, 10_000_000), 100)
        amount = f"{sign}${whole:,}.{part:02d}"
    return f"{amount}+?" if unknown else amount


def rounded(number: int, unit: int) -> int:
    """How many units `number` is, half to even."""
    count, rest = divmod(number, unit)
    return count + (rest * 2 > unit or (rest * 2 == unit and count % 2 == 1))
