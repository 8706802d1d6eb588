"""Published lengths and transit times, and the question that asks the program for each.

The figures are those of `data/tables/transit.csv` and of the link notes; the
last column says why the program's answer differs where it does. Nothing is
tuned to them here.
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


@dataclass(frozen=True, slots=True)
class Time:
    """A published transit time in days, terminal to terminal."""

    name: str
    kind: str
    low: float
    high: float
    start: str
    end: str
    why: str
    cargo: str = "container"
    modes: tuple[str, ...] = ("rail",)
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

SLOW_STATIONS = "the yard hours of the dossier are assumed (30 h with border 24 h); single trains passed faster"
TRAMP = "wait for a ship (48 h) and the two port transfers (3–5 days each) are assumed and outside the published sailing time"

TIMES = (
    Time("Moscow – Sarakhs border", "achieved 2022", 6, 7, "moscow", "sarahs", "wait for the train (30 h) is counted here"),
    Time("Moscow – Bandar Abbas", "reported 2025", 16, 16, "moscow", "shahid_rajaee", "within the range of the yards", via=("bolashak",)),
    Time("Moscow – Bandar Abbas", "reported 2023", 27, 27, "moscow", "shahid_rajaee",
         "two years earlier; the time fell to 16 days by 2025, which the base year describes", via=("bolashak",)),
    Time("Chelyabinsk – Bandar Abbas", "operator claim 2024", 10, 10, "chelyabinsk", "bandar_abbas",
         "a claim for which no train is known; ordinary wagons make 200–420 km a day on every railway of the way", cargo="grain"),
    Time("Sarakhs – Bandar Abbas", "official claim 2024", 3, 5, "sarakhs", "bandar_abbas", "", cargo="grain"),
    Time("Sarahs – Farap", "reported 2024", 0.73, 2, "sarahs", "farap", "ordinary wagons: 14 km/h with stops", cargo="grain"),
    Time("Serhetyaka – Etrek", "reported 2024", 0.74, 3, "serhetyaka", "etrek", "", cargo="grain"),
    Time("Archangelsk region – Aprin", "achieved 2025", 12, 13, "cherepovets", "aprin",
         "Cherepovets stands for Archangelsk, 700 km nearer; the wait (30 h) and the lift at Etrek are counted", via=("bolashak", "etrek")),
    Time("Xi'an – Tehran", "planned 2024", 15, 15, "xian", "tehran", "a plan; the border of Khorgos alone takes 2–3 days as measured", via=("khorgos", "bolashak")),
    Time("Mundra – Astana", "planned 2024", 25, 30, "mundra", "astana",
         "the port hours at Bandar Abbas (120 h) leave less than the plan for the rest", modes=("rail", "sea"), via=("shahid_rajaee", "bolashak")),
    Time("Jebel Ali – Moscow", "planned 2024", 20, 20, "jebel_ali", "moscow", "", modes=("rail", "sea"), via=("shahid_rajaee", "bolashak")),
    Time("Moscow – Mumbai, eastern", "planned 2022", 35, 37, "moscow", "mumbai",
         "a cautious plan of the first trains: 16 days to Bandar Abbas were reached since", modes=("rail", "sea"), via=("bolashak", "shahid_rajaee")),
    Time("Mumbai – Moscow, western", "study 2025", 19, 23, "mumbai", "moscow", "", modes=("rail", "sea", "road"),
         via=("shahid_rajaee", "astara_ir")),
    Time("Ust-Luga – Bandar Abbas, western", "study 2025", 35, 40, "ust_luga", "shahid_rajaee",
         "queues at Samur and Astara stand in the ranges (72 and 120 h), not in the central hours; to be calibrated",
         modes=("rail", "road"), via=("samur", "astara_ir")),
    Time("St Petersburg – Mumbai, trans-Caspian", "achieved 2022", 24, 24, "st_petersburg", "mumbai", TRAMP,
         modes=("rail", "sea", "river", "road"), via=("astrakhan_port", "anzali", "shahid_rajaee")),
    Time("Astrakhan – north Iran", "measured 2017–20", 2, 4, "astrakhan_port", "amirabad", TRAMP, cargo="grain", modes=("sea", "river")),
    Time("Mumbai – St Petersburg, Suez", "study 2021", 30, 45, "mumbai", "st_petersburg",
         "sailing without calls at other ports", modes=("sea",)),
    Time("Mumbai – Moscow, Suez", "study 2025", 32, 37, "mumbai", "moscow",
         "sailing without calls at other ports, and the Black Sea port taken is nearer than the Baltic one of the study",
         modes=("sea", "rail"), via=("suez",)),
    Time("Almaty – Poti, Middle Corridor", "measured 2024", 20, 30, "almaty", "poti",
         "a share of the measured days is waiting for ships in wind, which no figure here holds", modes=("rail", "sea", "ferry"), via=("aktau", "alat")),
)  # fmt: skip
