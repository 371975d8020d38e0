"""Whether the extra is there."""

import sys

from ai_sessions import telemetry


def test_a_part_of_the_packages_is_not_enough(monkeypatch):
    monkeypatch.setattr(telemetry, "MODULES", ("json", "no_such_package"))

    assert not telemetry.is_installed()


def test_a_package_without_the_part_that_is_needed_is_not_enough(monkeypatch):
    monkeypatch.setattr(telemetry, "MODULES", ("no_such_package.sdk.trace",))

    assert not telemetry.is_installed()


def test_asking_imports_none_of_them(monkeypatch):
    monkeypatch.setattr(telemetry, "MODULES", ("xmlrpc.server",))
    sys.modules.pop("xmlrpc.server", None)

    assert telemetry.is_installed()
    assert "xmlrpc.server" not in sys.modules
