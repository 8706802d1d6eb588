"""The public functions about a network as its methods: `net.route(…)` is `corridor.route(net, …)`."""

from __future__ import annotations

from importlib import import_module
from types import MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Verb:
    """A method that is the public function of its name; it is imported on first use."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type | None = None) -> Callable[..., Any]:
        function: Callable[..., Any] = getattr(import_module("corridor"), self.name)
        return function if instance is None else MethodType(function, instance)


class Verbs:
    """Methods of a network. Those of the second group need a study: `corridor.load(FOLDER)`."""

    __slots__ = ()
    route, routes, why_not, matrix, reach, nearest_place, why = (Verb() for _ in range(7))
    max_flow, assign, batch, explore, write = (Verb() for _ in range(5))

    throughput, plan, criticality, compare, report = (Verb() for _ in range(5))
    calibrate, misfit, backtest, volumes = (Verb() for _ in range(4))

    def demand(self, scenario: str = "central", year: int | None = None) -> Any:
        """Return the demand of the study: `corridor.demand(scenario, year, network=…)`."""
        return import_module("corridor").demand(scenario, year, network=self)

    def with_scenario(self, scenario: Any) -> Any:
        """Return the network with a scenario applied: one of its study by name, one in a file, or a `Scenario`.

        Examples
        --------
        >>> import corridor
        >>> net = corridor.load()
        >>> net.with_scenario("no-suspension").scenarios
        ('no-suspension',)
        >>> route = net.route("Moscow", "Tehran", cargo="grain")  # as corridor.route(net, "Moscow", …)
        >>> route.length_km > 2000
        True
        """
        kind = import_module("corridor").Scenario
        study = getattr(self, "study", None)
        if not isinstance(scenario, kind):
            scenario = kind.read(scenario) if study is None else study.scenario(scenario)
        return scenario.apply(self)
