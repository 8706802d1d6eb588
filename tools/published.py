"""Published lengths, and the question that asks the program for each.

The figures are those of the link notes; nothing is tuned to them here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Length:
    """A published line length in km."""

    name: str
    km: float
    start: str
    end: str
    via: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()


LENGTHS = (
    Length("Uzen – Bolashak", 146, "zhanaozen", "bolashak"),
    Length("Uzen – Bereket", 596, "zhanaozen", "bereket"),
    Length("Kandyagash – Kigash", 808, "kandyagash", "dina_nurpeisova"),
    Length("Aksaraiskaya – Atyrau", 333.5, "aksarayskaya", "atyrau"),
    Length("Beineu – Mangystau", 404, "beineu", "mangystau"),
    Length("Serhetyaka – Akyayla", 700, "serhetyaka", "akyayla"),
    Length("Turkmenabat – Turkmenbashi", 1147, "turkmenabat", "turkmenbashi"),
    Length("Moscow – Sarahs by Bolashak (“over 4,000”)", 4000, "moscow", "sarahs", ("bolashak",)),
    Length("Tehran – Mashhad", 926, "tehran", "mashhad"),
    Length("Sarakhs – Shahid Rajaee", 1625, "sarakhs", "shahid_rajaee"),
    Length("Incheh Borun – Shahid Rajaee by Aprin", 1906, "incheh_borun", "shahid_rajaee", ("aprin",)),
    Length("Dostyk – Moiynty", 836, "dostyk", "moiynty"),
    Length("Alat – Astara", 245, "alat", "astara_az"),
)
