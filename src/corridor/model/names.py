"""Find a place by what people call it: any case, any accents, several alphabets."""

from __future__ import annotations

import difflib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from corridor.errors import UnknownIdError

SUGGESTIONS = 4


def plain(name: str) -> str:
    """Return a spelling without case, accents, hyphens and other marks.

    Examples
    --------
    >>> plain("Türkmenbaşy "), plain("Bandar-e  Abbas"), plain("САРАХС")
    ('turkmenbasy', 'bandar e abbas', 'сарахс')
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())


def nearest(name: str, choices: Iterable[str]) -> list[str]:
    """Return the choices spelled most like `name`, best first."""
    spelled: dict[str, str] = {}
    for choice in choices:
        spelled.setdefault(plain(choice), choice)
    close = difflib.get_close_matches(plain(name), list(spelled), n=SUGGESTIONS, cutoff=0.6)
    wanted = plain(name)
    inside = [s for s in spelled if wanted and wanted in s.split() and s not in close]
    return [spelled[s] for s in (close + sorted(inside))[:SUGGESTIONS]]


class NameIndex:
    """Ids of places by every spelling that is known for them."""

    def __init__(self, places: Iterable[tuple[str, str, Sequence[str]]]) -> None:
        self._ids: set[str] = set()
        self._by_name: dict[str, set[str]] = defaultdict(set)
        self._shown: dict[str, str] = {}
        for place, name, others in places:
            self._ids.add(place)
            self._shown[place] = name
            for spelling in (name, *others):
                self._by_name[plain(spelling)].add(place)

    def resolve(self, name: str) -> str:
        """Return the id that `name` stands for.

        An exact id wins; a name that fits two places, or none, is refused with
        what it may mean: nothing is guessed.
        """
        if name in self._ids:
            return name
        ids = self._by_name.get(plain(name), set())
        if len(ids) == 1:
            return next(iter(ids))
        if ids:
            raise UnknownIdError("place", name, sorted(ids), ambiguous=True)
        by_id = plain(name).replace(" ", "_")
        if by_id in self._ids:
            return by_id
        close = nearest(name, self._by_name)
        found = dict.fromkeys(i for spelling in close for i in sorted(self._by_name[plain(spelling)]))
        raise UnknownIdError("place", name, [self.shown(i) for i in list(found)[:SUGGESTIONS]])

    def shown(self, place: str) -> str:
        """Return name and, where two places share it, the id."""
        name = self._shown[place]
        return name if len(self._by_name[plain(name)]) == 1 else place
