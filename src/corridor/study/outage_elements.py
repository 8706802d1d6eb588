"""Elements that can fail: links, transfers, resources, places, countries and railways, with the paths through each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from corridor.arrays import Array
from corridor.study.branch_study import BranchStudy

NODE_KINDS = ("port", "border", "terminal")


@dataclass(frozen=True)
class Element:
    """An element that can fail, with the paths (positions, ascending) that use it."""

    id: str
    kind: str
    name: str
    paths: Array


def elements_of(study: BranchStudy) -> Iterator[Element]:
    """Yield all elements that can fail."""
    choice_set = study.choice_set
    network = choice_set.context.network
    n = len(choice_set)

    def grouped(of: Array, owner: Array, count: int) -> list[Array]:
        pairs = np.unique(of.astype(np.int64) * n + owner)
        first = np.searchsorted(pairs // n, np.arange(count + 1))
        return [pairs[first[i] : first[i + 1]] % n for i in range(count)]

    by_link = np.repeat(np.arange(n), np.diff(choice_set.first_link))
    links, transfers, resources = network.link_table, network.transfer_table, network.resource_table
    places = [(name, str(network.node_table["name"][i])) for i, name in enumerate(network.node_table.ids)]
    name_of = dict(places)
    ends = [(str(a), str(b)) for a, b in zip(links["from"], links["to"], strict=True)]
    of_link = grouped(choice_set.links, by_link, len(links))
    for i, paths in enumerate(of_link):
        yield Element(links.ids[i], "link", " – ".join(name_of[x] for x in ends[i]), paths)
    by_transfer = np.repeat(np.arange(n), np.diff(choice_set.first_transfer))
    of_transfer = grouped(choice_set.transfers, by_transfer, len(transfers))
    for i, paths in enumerate(of_transfer):
        yield Element(transfers.ids[i], "transfer", f"change at {name_of[transfers['node'][i]]}", paths)
    for i, paths in enumerate(grouped(choice_set.resources, choice_set.path_of_use, len(resources))):
        yield Element(resources.ids[i], str(resources["kind"][i]), str(resources["name"][i]), paths)
    kinds = dict(zip(network.node_table.ids, network.node_table["kind"], strict=True))
    for name, title in places:
        if kinds[name] in NODE_KINDS:
            path_sets = [of_link[i] for i, pair in enumerate(ends) if name in pair]
            path_sets += [of_transfer[i] for i, node in enumerate(transfers["node"]) if node == name]
            if path_sets:
                yield Element(name, str(kinds[name]), title, np.unique(np.concatenate(path_sets)))
    country = [(network.country_of(a), network.country_of(b)) for a, b in ends]
    for code in sorted({c for pair in country for c in pair if c}):
        inside = [of_link[i] for i, pair in enumerate(country) if code in pair]
        yield Element(code, "country", code, np.unique(np.concatenate(inside)))
        rails = [of_link[i] for i, pair in enumerate(country) if code in pair and links["mode"][i] == "rail"]
        if rails:
            yield Element(f"{code} rail", "operator", f"railway of {code}", np.unique(np.concatenate(rails)))
