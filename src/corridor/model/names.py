"""Find a place by what people call it: any case, any accents, several alphabets."""

from __future__ import annotations

import difflib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from corridor.errors import DataError, Fault, UnknownIdError

SUGGESTIONS = 4


def plain(name: str) -> str:
    """Return a spelling without case, accents, hyphens and other marks.

    Examples
    --------
    >>> plain("Türkmenbaşy "), plain("Bandar-e  Abbas"), plain("САРАХС")
    ('turkmenbasy', 'bandar e abbas', 'сарахс')
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() or _is_control(c) else " " for c in bare).split())


def _is_control(sign: str) -> bool:
    """Whether a sign belongs to no spelling: it is not overlooked, so that what holds it fits nothing."""
    return unicodedata.category(sign) == "Cc" and not sign.isspace()


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
        if not isinstance(name, str):
            raise DataError(Fault("place", "", repr(name), f"is {name!r}, not a text", "give a name or an id"))
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

    def resolve_all(self, names: Iterable[str]) -> list[str]:
        """Return the ids of several names; if more than one is wrong, all are told at once."""
        ids: list[str] = []
        errors: list[UnknownIdError] = []
        for name in names:
            try:
                ids.append(self.resolve(name))
            except UnknownIdError as error:
                errors.append(error)
        if len(errors) > 1:
            raise DataError([Fault("place", "", e.name, f"'{e.name}' is not clear", str(e)) for e in errors])
        if errors:
            raise errors[0]
        return list(dict.fromkeys(ids))

    def shown(self, place: str) -> str:
        """Return name and, where two places share it, the id."""
        name = self._shown[place]
        return name if len(self._by_name[plain(name)]) == 1 else place
