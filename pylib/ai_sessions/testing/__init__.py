"""Test runners: run a project's tests and say what happened, from machine-readable output."""
