"""Django's test runner of the project, which also writes every case to a JSON file.

Imported by `manage.py test --testrunner=django_report.Reporting` in the project's own Python: no
newer syntax than Python 3.8. A copy of it lies beside one of `unittest_report` then, and writes
`report.json` there.
"""

from __future__ import annotations

import os

from django.conf import settings  # type: ignore[import-not-found]
from django.test.utils import get_runner  # type: ignore[import-not-found]
from unittest_report import Loader, Result, write  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_REPORT = os.path.join(os.path.dirname(__file__), "report.json")


class Reporting(get_runner(settings)):  # type: ignore[misc]
    """Asked for SQL or a debugger, the runner has a class of results of its own."""

    test_loader = Loader()

    def get_resultclass(self) -> Any:
        return super().get_resultclass() or Result

    def suite_result(self, suite: Any, result: Any, **kwargs: Any) -> Any:
        if isinstance(result, Result):
            write(_REPORT, result.noted)
        return super().suite_result(suite, result, **kwargs)
