"""The packages of `.venv`, importable when they are needed: `launch.py` starts without them."""

import sys


def use() -> None:
    """Costs a few milliseconds; the fast commands do without. A second call does nothing."""
    if sys.flags.no_site and "site" not in sys.modules:
        import site

        site.main()
