"""A number of things in words, so that nobody reads of `1 calls`."""


def counted(number: int, one: str, many: str = "") -> str:
    """`1 call`, `1,200 calls`; `many` where it is not `one` with an s: `2 new entries`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
