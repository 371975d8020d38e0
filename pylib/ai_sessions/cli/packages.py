"""Making site-packages importable, which `launch.py` starts without."""

import sys


def use() -> None:
    """Costs a few milliseconds; the fast commands do without. A second call does nothing."""
    if sys.flags.no_site and "site" not in sys.modules:
        import site

        site.main()
