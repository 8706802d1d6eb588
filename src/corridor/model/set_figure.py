"""One changed figure as a scenario, from a text such as `ID.capacity=+100`."""

from __future__ import annotations

import math

from corridor.errors import DataError, Fault
from corridor.model.fields import FIGURES
from corridor.model.names import nearest
from corridor.model.network import Network
from corridor.model.scenario import Scenario

FORM = "give ID.FIELD=VALUE, =+CHANGE, =-CHANGE or =*FACTOR"


def scenario_of_figure(network: Network, text: str) -> Scenario:
    """Return the scenario that sets one figure: to a value, by a difference (+, -) or by a factor (*).

    Raises
    ------
    UnknownIdError
        If the network has no such feature.
    DataError
        If the text has another form, the field is no figure of the feature, or its value is not known.

    Examples
    --------
    >>> import corridor
    >>> net = corridor.load()
    >>> scenario_of_figure(net, "sarakhs-yard.capacity=+100").edits[0].value
    371.0
    """
    target, equals, change = text.partition("=")
    feature, dot, field = target.strip().rpartition(".")
    change = change.strip()
    number = _number(change.lstrip("*") if change.startswith("*") else change)
    if not equals or not dot or not feature or number is None:
        raise DataError(Fault("option", "set", text, f"is '{text}'", FORM))
    kind, table, i = network.find(feature)
    if field not in FIGURES[kind]:
        close = nearest(field, FIGURES[kind])
        hint = f"did you mean '{close[0]}'?" if close else f"give {', '.join(FIGURES[kind])}"
        raise DataError(Fault("option", "set", text, f"{field} is no figure of a {kind}", hint))
    value = number
    if change[0] in "+-*":
        known = float(table[field][i])
        if known != known:
            fix = "give the value itself, without + or *"
            raise DataError(Fault("option", "set", text, f"{field} of {feature} is not known", fix))
        value = known * number if change[0] == "*" else known + number
    return Scenario.of(text, "option set", [{"set": feature, "field": field, "to": value}])


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None
