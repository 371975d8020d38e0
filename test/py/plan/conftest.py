"""A sound plan, which the tests of this folder break or read."""

PLAN = """\
schema: 1
feature: pay
title: Payments
goal: Charge once.
defaults:
  test: {runner: pytest, cmd: [python3, -m, pytest, -q, "{tests}"], timeout: 300}
  suite: {cmd: [make, test]}
  attempts: 3
acceptance:
  - {id: A1, text: "Charges once."}
phases:
  - id: P1
    title: Charge
    tasks:
      - id: T1.1
        title: Gateway
        covers: [A1]
        files: {src: [src/gateway.py], tests: [tests/test_gateway.py]}
        tests: [tests/test_gateway.py]
        budget_usd: 1.50
      - id: T1.2
        title: Route
        needs: [T1.1]
        files: {src: [src/api.py], tests: [tests/test_api.py]}
      - id: T1.10
        title: Readme
        needs: [T1.1]
        kind: docs
        check: {cmd: [grep, -q, once, README.md]}
"""
