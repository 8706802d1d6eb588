"""Find a place by its name, independent of case, accents and alphabet."""

from __future__ import annotations

import difflib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from corridor.errors import DataError, Fault, UnknownIdError

SUGGESTIONS = 4


def plain(name: str) -> str:
    """Return a name without case, accents, hyphens and other marks.

    Examples
    --------
    >>> plain("Türkmenbaşy "), plain("Bandar-e  Abbas"), plain("САРАХС")
    ('turkmenbasy', 'bandar e abbas', 'сарахс')
    """
    bare = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() or _is_control(c) else " " for c in bare).split())


def _is_control(character: str) -> bool:
    """Whether a character is a control character: it is kept, so that a name with it matches nothing."""
    return unicodedata.category(character) == "Cc" and not character.isspace()


def nearest(name: str, choices: Iterable[str]) -> list[str]:
    """Return the choices spelled most like `name`, best first."""
    spelled: dict[str, str] = {}
    for choice in choices:
        spelled.setdefault(plain(choice), choice)
    close = difflib.get_close_matches(plain(name), list(spelled), n=SUGGESTIONS, cutoff=0.6)
    wanted = plain(name)
    containing = [s for s in spelled if wanted and wanted in s.split() and s not in close]
    return [spelled[s] for s in (close + sorted(containing))[:SUGGESTIONS]]


class NameIndex:
    """Ids of places by all their known spellings."""

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
        """Return the id of the place called `name`.

        An exact id wins. A name that matches no place or several is refused, with
        suggestions.
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
        """Return the ids of several names; if some are wrong, all of them are reported at once."""
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
        """Return the name of a place, or its id if two places share the name."""
        name = self._shown[place]
        return name if len(self._by_name[plain(name)]) == 1 else place
