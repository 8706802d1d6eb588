"""`python -m tools.fuzz_api [EXAMPLES]`: ask every JSON route of the page all that its OpenAPI description allows.

Schemathesis makes the requests, faulty ones too; an answer must be of a described status and form, and never
a fault of the server. Forecasts are not started: one takes minutes.
"""

from __future__ import annotations

import logging
import sys
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

import corridor
from corridor.web.api import api_of
from corridor.web.app_session import AppSession

NOT_CHECKED = [positive_data_acceptance]  # no year before the network's, no place that nobody knows
NOT_STARTED = ("POST", "/forecasts")


def main(examples: int) -> int:
    """Ask; print what broke."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    session = AppSession(corridor.load())
    session.lay_out(next(iter(session.branches)))  # the first question about a branch takes longer than a fuzzer waits
    schema = schemathesis.openapi.from_asgi("/openapi.json", api_of(session))
    broken = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        name = f"{operation.method.upper()} {operation.path}"
        if (operation.method.upper(), operation.path) == NOT_STARTED:
            continue
        asked: list[int] = []
        try:
            _ask(operation, examples, asked)
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001 - whatever is found is told
            broken += 1
            print(f"{name}: {error}")
        else:
            print(f"{name}: {len(asked)} requests, {sum(s == 200 for s in asked)} answered", flush=True)
    return int(broken > 0)


def _ask(operation: Any, examples: int, statuses: list[int]) -> None:
    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        statuses.append(case.call_and_validate(excluded_checks=NOT_CHECKED).status_code)

    ask()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
