"""Django's test runner of the project, which also writes every case to a JSON file.

Imported by `manage.py test --testrunner=django_report.Reporting` in the project's own Python: no
newer syntax than Python 3.8. A copy of it lies beside one of `unittest_report` then, and writes
`report.json` there.
"""

from __future__ import annotations

import os
import unittest

from django.conf import settings  # type: ignore[import-not-found]
from django.test.utils import get_runner  # type: ignore[import-not-found]
from unittest_report import Loader, Result, watched, write  # type: ignore[import-not-found]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_REPORT = os.path.join(os.path.dirname(__file__), "report.json")


class Reporting(get_runner(settings)):  # type: ignore[misc]
    """A runner of the project's own, or one asked for SQL or a debugger, may have a class of
    results of its own; it keeps that, and its tests are watched.
    """

    test_loader = Loader()

    def run_tests(self, *args: Any, **kwargs: Any) -> Any:
        with watched() as noted:
            failures = super().run_tests(*args, **kwargs)
        if noted and not os.path.exists(_REPORT):
            write(_REPORT, noted)
        return failures

    def get_resultclass(self) -> Any:
        theirs = super().get_resultclass()
        is_plain = theirs is None and self.test_runner is unittest.TextTestRunner
        return Result if is_plain else theirs

    def suite_result(self, suite: Any, result: Any, **kwargs: Any) -> Any:
        if isinstance(result, Result):
            write(_REPORT, result.noted)
        return super().suite_result(suite, result, **kwargs)
