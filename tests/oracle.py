"""The same questions answered by networkx and by enumeration, in a few lines and another way."""

from __future__ import annotations

import itertools

import networkx as nx


def _open(record, month):
    months = record.get("months_open")
    return record["status"] == "operating" and (month is None or not months or month in months)


def route_graph(net, cargo_class, cost_of, month=None):
    """Build states as (node, carrier); doors are (node, 'out') and (node, 'in'). Loading costs 1 h and 1 USD/t."""
    graph = nx.MultiDiGraph()
    for record in net.link_table.rows():
        if _open(record, month):
            a, b = ((record[e], record["carrier"]) for e in ("from", "to"))
            boxes_on_rail = cargo_class == "container" and record["mode"] == "rail"
            hours = record["length_km"] / record["speed_kmh"] / (1.5 if boxes_on_rail else 1)
            weight = cost_of(record["length_km"], hours, record["length_km"] * 0.01)
            for start, end in ((a, b), (b, a)):
                graph.add_edge((start, "ready"), (end, "there"), weight=weight, feature=record["id"])
                graph.add_edge((start, "there"), (end, "there"), weight=weight, feature=record["id"])
            for node, carrier in (a, b):
                handling = cost_of(0, 1, 1)
                graph.add_edge((node, "out"), ((node, carrier), "ready"), weight=handling)
                for state in ("ready", "there"):
                    graph.add_edge(((node, carrier), state), (node, "in"), weight=handling)
    for record in net.transfer_table.rows():
        hours = record.get(f"{cargo_class}_h")
        if hours is None or not _open(record, None):
            continue
        weight = cost_of(0, hours, record[f"{cargo_class}_usd_t"])
        for start, end in itertools.permutations((record["from"], record["to"])):
            between_gauges = start.startswith("rail") and end.startswith("rail")
            if all(((record["node"], carrier), "ready") in graph for carrier in (start, end)):
                for state in ("ready", "there"):
                    goes_on = between_gauges and state == "there"
                    target = ((record["node"], end), "there" if goes_on else "ready")
                    graph.add_edge(((record["node"], start), state), target, weight=weight, feature=record["id"])
    return graph


def shortest(graph, origin, destination):
    """Return the least weight from the out-door to the in-door, or None."""
    try:
        return nx.dijkstra_path_length(graph, (origin, "out"), (destination, "in"))
    except (nx.NetworkXNoPath, nx.NodeNotFound):
        return None


def arc_graph(net, cargo_class):
    """Return flow arcs: (tail, head, feature), states (node, carrier), undirected features as two arcs."""
    arcs = []
    for record in net.link_table.rows():
        if _open(record, None):
            a, b = ((record[e], record["carrier"]) for e in ("from", "to"))
            arcs += [(a, b, record["id"]), (b, a, record["id"])]
    served = {state for arc in arcs for state in arc[:2]}
    for record in net.transfer_table.rows():
        if record.get(f"{cargo_class}_h") is not None and _open(record, None):
            a, b = ((record["node"], record[e]) for e in ("from", "to"))
            if {a, b} <= served:  # a carrier whose only link here is planned brings and takes nothing
                arcs += [(a, b, record["id"]), (b, a, record["id"])]
    return arcs


def max_flow_by_paths(net, cargo_class, origin, destination):
    """Return the maximum flow by a linear program over all simple paths, resource by resource."""
    import highspy
    import numpy as np

    graph = nx.MultiDiGraph()
    for a, b, name in arc_graph(net, cargo_class):
        graph.add_edge(a, b, key=name)
    states = list(graph.nodes)
    for state in states:
        if state[0] == origin:
            graph.add_edge("source", state, key="load")
        if state[0] == destination:
            graph.add_edge(state, "sink", key="unload")
    if "source" not in graph or "sink" not in graph:
        return None
    paths = [[k for _, _, k in p] for p in itertools.islice(nx.all_simple_edge_paths(graph, "source", "sink"), 3000)]
    if not paths or len(paths) == 3000:
        return None
    rows = [(r["capacity"], {u["feature"] for u in net.uses[r["id"]]}) for r in net.resource_table.rows()]
    solver = highspy.Highs.__base__()
    solver.setOptionValue("output_flag", False)
    solver.addVars(len(paths), np.zeros(len(paths)), np.full(len(paths), highspy.kHighsInf))
    solver.changeColsCost(len(paths), np.arange(len(paths), dtype=np.int32), np.full(len(paths), -1.0))
    for capacity, features in rows:
        uses = [float(sum(k in features for k in path)) for path in paths]
        index = np.array([i for i, u in enumerate(uses) if u], dtype=np.int32)
        solver.addRow(-highspy.kHighsInf, float(capacity), len(index), index, np.array([u for u in uses if u]))
    solver.run()
    return -solver.getInfo().objective_function_value


def least_cost(net, rows, month, share_of_year, value_of_time, limit=1500):
    """Return the least cost of assigning rows (origin, destination, class, t, willing) in one month's network.

    A linear program over all simple paths; None where there are too many of them.
    """
    import highspy
    import numpy as np

    columns = []
    for c, (origin, destination, cargo_class, _, _) in enumerate(rows):
        hour = value_of_time[cargo_class]
        graph = route_graph(net, cargo_class, lambda _km, h, usd, hour=hour: usd + hour * h, month)
        source, sink = (origin, "out"), (destination, "in")
        if source not in graph or sink not in graph:
            continue
        paths = list(itertools.islice(nx.all_simple_edge_paths(graph, source, sink), limit))
        if len(paths) == limit:
            return None
        for path in paths:
            data = [graph.edges[edge] for edge in path]
            columns.append((c, sum(d["weight"] for d in data), [d["feature"] for d in data if "feature" in d]))
    n = len(columns) + len(rows)
    solver = highspy.Highs.__base__()
    solver.setOptionValue("output_flag", False)
    solver.addVars(n, np.zeros(n), np.full(n, highspy.kHighsInf))
    costs = np.array([*(cost for _, cost, _ in columns), *(row[4] for row in rows)])
    solver.changeColsCost(n, np.arange(n, dtype=np.int32), costs)
    for c, row in enumerate(rows):
        index = [i for i, column in enumerate(columns) if column[0] == c] + [len(columns) + c]
        solver.addRow(row[3], row[3], len(index), np.array(index, np.int32), np.ones(len(index)))
    for r in net.resource_table.rows():
        features = {u["feature"] for u in net.uses[r["id"]]}
        uses = [float(sum(f in features for f in column[2])) for column in columns]
        index = [i for i, u in enumerate(uses) if u]
        free = r["capacity"] * share_of_year
        solver.addRow(
            -highspy.kHighsInf, free, len(index), np.array(index, np.int32), np.array([uses[i] for i in index])
        )
    solver.run()
    return solver.getInfo().objective_function_value


def every_way(net, cargo_class, origin, destination, limit=400):
    """Return all ways that pass no state twice, as lists of (features, km, h, USD) by edge; None where too many."""
    graph = route_graph(net, cargo_class, lambda km, h, usd: (km, h, usd))
    source, target = (origin, "out"), (destination, "in")
    if source not in graph or target not in graph:
        return []
    paths = list(itertools.islice(nx.all_simple_edge_paths(graph, source, target), limit))
    if len(paths) == limit:
        return None
    return [[(graph.edges[e].get("feature"), e[0], e[1], *graph.edges[e]["weight"]) for e in path] for path in paths]
