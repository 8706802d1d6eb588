"""What was decided by hand when the dossiers were merged, each with its reason.

`K` marks general knowledge that no page was found for: such figures are
*assumed* in the tables.
"""

from __future__ import annotations

# Two ids for one place.
SAME_PLACE = {"altynkol": "khorgos", "torkaman": "torkaman_port"}

# Where dossiers disagree on a position, the one that maps the area is taken.
POSITION_FROM = {"aksarayskaya": "east", "rozanak": "east", "shamtigh": "iran"}

# Positions moved after an independent look; rounded, hence assumed.
POSITIONS = {
    "bolashak": (53.67, 42.32, "an independent station list puts it 25 km north-east"),
    "boshruyeh": (57.35, 34.30, "the station lies some 45 km north of the town; moved after an independent look"),
    "nain": (53.40, 33.05, "moved to the railway after an independent look"),
    "serhetyaka": (53.65, 42.27, "moved with Bolashak, from which it is 8 km"),
}

# Names as an itinerary should say them.
NAMES = {
    "khorgos": "Khorgos",
    "alat": "Alat",
    "samur": "Samur",
    "astara_ir": "Astara (IR)",
    "aktau": "Aktau",
    "kuryk": "Kuryk",
    "turkmenbashi": "Turkmenbashi",
    "amirabad": "Amirabad",
    "yarag_kazmalyar": "Yarag-Kazmalyar",
    "tagirkent_kazmalyar": "Tagirkent-Kazmalyar",
    "chabahar": "Chabahar",
    "astrakhan_port": "Astrakhan port",
    "olya_port": "Olya",
    "vkmsk_mouth": "Volga-Caspian canal, seaward end",
    "etrek": "Etrek",
    "caspian_port": "Caspian Port",
    "shahid_rajaee": "Shahid Rajaee",
    "imam_khomeini_port": "Imam Khomeini port",
}

KINDS = {"samara": "city", "garabogaz": "port", "khorgos": "border"}

# id: name, other names, country, lon, lat, kind, why it was added
NEW_NODES = {
    "kabul": ("Kabul", "کابل; Кабул", "AF", 69.17, 34.53, "city", "the trans-Afghan project passes"),
    "peshawar": (
        "Peshawar",
        "پشاور; Kharlachi; Torkham",
        "PK",
        71.54,
        34.01,
        "city",
        "end of the trans-Afghan project",
    ),
    "julfa_az": ("Julfa (AZ)", "Culfa", "AZ", 45.63, 38.96, "border", "named as a neighbour only"),
    "mumbai": (
        "Mumbai (Nhava Sheva)",
        "Nhava Sheva; JNPT; Jawaharlal Nehru Port; Bombay",
        "IN",
        72.90,
        18.93,
        "port",
        "named as a neighbour only",
    ),
    "suez": ("Suez", "Port Said; Suez Canal", "EG", 32.55, 29.90, "terminal", "the competing way round passes here"),
    "bosporus": ("Bosporus", "Istanbul strait", "TR", 29.10, 41.20, "terminal", "every Black Sea lane passes here"),
    "novorossiysk": ("Novorossiysk", "Новороссийск", "RU", 37.80, 44.70, "port", "Black Sea end of Russian trade"),
    "constanta": ("Constanta", "Constanța", "RO", 28.68, 44.12, "port", "EU end of the Middle Corridor"),
    "kostanay": ("Kostanay", "Qostanay; Костанай", "KZ", 63.62, 53.21, "city", "grain of the north"),
    "petropavl": ("Petropavl", "Petropavlovsk; Петропавловск", "KZ", 69.15, 54.87, "city", "grain of the north"),
    "astana": ("Astana", "Nur-Sultan; Астана", "KZ", 71.43, 51.18, "city", "capital, Mundra - Astana row"),
    "perm": ("Perm", "Пермь", "RU", 56.25, 58.01, "city", "potash and timber"),
    "omsk": ("Omsk", "Омск", "RU", 73.37, 54.97, "city", "gateway of Siberia"),
    "xian": ("Xi'an", "西安; Xian", "CN", 108.94, 34.28, "city", "Chinese end beyond Khorgos"),
    "baghdad": ("Baghdad", "بغداد", "IQ", 44.40, 33.31, "city", "Iraq beyond Basra"),
}

# Names of the dossiers that fit two places go to the one that people mean, or to none.
DROPPED_ALIASES = {
    ("khodjadavlet", "Alat"),
    ("borzhakty", "Bolashak junction for Kuryk"),
    ("islam_qala", "Dogharoun (Iran side)"),
    ("dogharoun", "Islam Qala"),
    ("astara_port", "Bandar Astara"),
    ("astara_ir", "Bandar Astara"),
    ("artyk", "Lotfabad (Iran side)"),
    ("dostyk", "Alashankou (China)"),
    ("ozinki", "Semiglavy Mar (Kazakh side)"),
    ("shahid_rajaee", "Bandar Abbas port"),
    ("bajgiran", "Gaudan"),
    ("astara_ir", "Astara"),
    ("karakalpakia", "Akzhigit (Kazakh side)"),
}
NEW_ALIASES = {
    "sarahs": ["Серахс", "Serakhs"],
    "torkaman_port": ["Torkaman"],
    "sarakhs": ["Серахс", "Serakhs", "سرخس"],
    "astara_ir": ["Astara"],
    "astara_az": ["Astara"],
    "bandar_abbas": ["بندرعباس", "Бендер-Аббас"],
    "chelyabinsk": ["Челябинск"],
    "yekaterinburg": ["Екатеринбург"],
    "tehran": ["تهران", "Тегеран"],
    "mashhad": ["مشهد", "Мешхед"],
    "ashgabat": ["Ашхабад", "Aşgabat"],
    "samara": ["Самара"],
    "shahid_rajaee": ["Shahid Rajaee", "بندر شهید رجایی"],
    "tashkent": ["Ташкент"],
    "orenburg": ["Оренбург"],
    "turkmenbashi": ["Туркменбаши", "Turkmenbashi"],
    "incheh_borun": ["Инче-Бурун"],
    "bolashak": ["Болашак"],
    "mundra": ["Mundra port"],
    "khorgos": ["Khorgos"],
    "alat": ["Alat", "Baku port"],
    "aktobe": ["Актобе"],
}

# Lines that the dossiers give whole and also in parts: the parts stay.
CHAINS = {
    ("moscow", "saratov", "rail"): "moscow-ryazan-michurinsk-tambov-rtishchevo-saratov",
    ("moscow", "volgograd", "rail"): "moscow-ryazan-michurinsk-gryazi-volgograd",
    ("moiynty", "dostyk", "rail"): "moiynty-aktogay-dostyk",
    ("khorgos", "almaty", "rail"): "khorgos-zhetygen-almaty",
    ("beineu", "mangystau", "rail"): "beineu-sai_utes-shetpe-mangystau",
    ("mangystau", "kuryk", "rail"): "mangystau-borzhakty-kuryk",
    ("astara_ir", "rasht", "rail"): "astara_ir-talesh-rasht",
    ("rozanak", "herat", "rail"): "rozanak-robat_paryan-herat",
    ("aktau", "beineu", "road"): "aktau-zhetybai-shetpe-beineu",
    ("moscow", "yekaterinburg", "rail"): "moscow-kazan-yekaterinburg",
    ("dogharoun", "herat", "road"): "dogharoun-islam_qala-herat",
    ("islam_qala", "mashhad", "road"): "islam_qala-dogharoun-mashhad",
    ("mumbai", "st_petersburg", "sea"): "mumbai-suez-st_petersburg",
}

# The lane to Astara ends at the sea port, not at the rail terminal of that name.
ENDS = {("vkmsk_mouth", "astara_ir", "sea"): ("vkmsk_mouth", "astara_port")}

# Lengths from memory that an independent look showed to be too short; own estimates again, rounded.
LENGTHS = {
    ("kyzylorda", "saksaulskaya", "rail"): 495.0,
    ("shu", "arys", "rail"): 500.0,
    ("kungrad", "nukus", "rail"): 120.0,
    # Bejestan - Tabas is 206 km; the split was an estimate that the moved station does not bear.
    ("bejestan", "boshruyeh", "rail"): 106.0,
    ("boshruyeh", "tabas", "rail"): 100.0,
}

# Lines whose recorded status does not say whether trains run.
STATUS = {
    ("alat", "osmanli", "rail"): ("operating", "under reconstruction with traffic running"),
}

# Opening years of what does not operate: low, central, high; all assumed unless a source is named.
OPENING = {
    ("mazar_i_sharif", "kabul", "rail"): (2033, 2040, 2050, "E145;E146;K"),
    ("kabul", "peshawar", "rail"): (2033, 2040, 2050, "E145;E146;K"),
    ("kyzylzhar", "moiynty", "rail"): (2026, 2027, 2029, "E84;E86;K"),
    ("torghundi", "sanobar", "rail"): (2026, 2027, 2030, "E121;K"),
    ("sanobar", "robat_paryan", "rail"): (2029, 2032, 2040, "E121;K"),
    ("rozanak", "robat_paryan", "rail"): (2026, 2027, 2029, "E129;E130;K"),
    ("robat_paryan", "herat", "rail"): (2027, 2028, 2031, "E129;K"),
    ("mary", "turkmenabat", "road"): (2026, 2027, 2028, "E103;E104;K"),
    ("rasht", "talesh", "rail"): (2029, 2030, 2034, "I6;I202;K"),
    ("talesh", "astara_ir", "rail"): (2029, 2030, 2034, "I6;I202;K"),
    ("marand", "cheshmeh_soraya", "rail"): (2030, 2033, 2040, "I177;K"),
    ("sirjan", "kerman", "rail"): (2027, 2028, 2032, "I170;K"),
    ("khash", "iranshahr", "rail"): (2026, 2027, 2028, "I42;K"),
    ("iranshahr", "nikshahr", "rail"): (2026, 2027, 2030, "I41;I45;K"),
    ("nikshahr", "chabahar", "rail"): (2026, 2027, 2030, "I41;I45;K"),
    ("zahedan", "nehbandan", "rail"): (2031, 2034, 2040, "I97;K"),
    ("nehbandan", "birjand", "rail"): (2029, 2031, 2036, "I97;K"),
    ("birjand", "yunesi", "rail"): (2029, 2031, 2036, "I96;I97;K"),
    ("shalamcheh", "basra", "rail"): (2026, 2028, 2031, "I93;I95;K"),
    ("shiraz", "bushehr", "rail"): (2030, 2034, 2040, "I100;K"),
    ("gorgan", "bojnurd", "rail"): (2031, 2035, 2040, "I99;K"),
    ("bojnurd", "mashhad", "rail"): (2031, 2035, 2040, "I99;K"),
    ("vkmsk_mouth", "torkaman_port", "sea"): (2030, 2035, 2040, "K"),
    ("olya_port", "turkmenbashi", "ferry"): (2027, 2029, 2033, "C9;C16;K"),
    ("makhachkala", "aktau", "ferry"): (2028, 2030, 2033, "C34;C35;K"),
    ("makhachkala", "turkmenbashi", "ferry"): (2028, 2030, 2033, "C34;C35;K"),
    ("makhachkala", "kuryk", "ferry"): (2028, 2030, 2034, "C237;K"),
    ("kuryk", "amirabad", "ferry"): (2026, 2027, 2030, "C80;K"),
    ("kuryk", "anzali", "ferry"): (2026, 2027, 2030, "C80;K"),
    ("lagan", "anzali", "sea"): (2031, 2035, 2040, "C188;K"),
}

# Which carriers a ferry line takes: wagons on board, trucks on board.
FERRY_CARRIERS = {
    ("olya_port", "turkmenbashi"): ("roro",),
    ("makhachkala", "aktau"): ("railferry1520", "roro"),
    ("makhachkala", "turkmenbashi"): ("railferry1520", "roro"),
    ("makhachkala", "kuryk"): ("railferry1520", "roro"),
    ("kuryk", "amirabad"): ("roro",),
    ("kuryk", "anzali"): ("roro",),
    ("alat", "turkmenbashi"): ("railferry1520", "roro"),
    ("alat", "kuryk"): ("railferry1520", "roro"),
    ("alat", "aktau"): ("railferry1520",),
}

# Months in which a waterway is open; blank elsewhere means all year.
SEASONS = {
    "volga": ("4;5;6;7;8;9;10;11", "C196;C202"),
    "volga_don": ("4;5;6;7;8;9;10;11", "C198;C199"),
    "azov_don": ("3;4;5;6;7;8;9;10;11;12", "C197"),
    "volga_baltic": ("5;6;7;8;9;10;11", "C204"),
}
WATERWAY = {
    ("volgograd", "astrakhan_port"): "volga",
    ("saratov", "volgograd"): "volga",
    ("samara", "saratov"): "volga",
    ("kazan", "samara"): "volga",
    ("nizhny_novgorod", "kazan"): "volga",
    ("gorodets", "nizhny_novgorod"): "volga",
    ("rybinsk", "gorodets"): "volga",
    ("moscow", "rybinsk"): "volga_baltic",
    ("cherepovets", "rybinsk"): "volga_baltic",
    ("st_petersburg", "cherepovets"): "volga_baltic",
    ("volgograd", "kalach_na_donu"): "volga_don",
    ("kalach_na_donu", "volgodonsk"): "volga_don",
    ("volgodonsk", "rostov"): "azov_don",
}
# River-sea ships do not sail on from the Volga-Baltic way to the ocean: cargo changes ship at St Petersburg.
RIVER_CRAFT_ONLY = {("st_petersburg", "cherepovets")}
# The canal below Astrakhan is kept open by icebreakers: sea-going ships only, all year.
SEA_CANAL = {("astrakhan_port", "olya_port"), ("olya_port", "vkmsk_mouth")}

# Sea lanes are priced by sea; every node that a lane touches belongs to one.
SEA_OF_LANE = {
    "suez": {"suez", "bosporus", "st_petersburg", "ust_luga", "novorossiysk", "constanta", "poti", "batumi", "rostov"},
    "gulf_arabian_sea": {
        "shahid_rajaee",
        "chabahar",
        "mumbai",
        "mundra",
        "kandla",
        "jebel_ali",
        "karachi",
        "imam_khomeini_port",
        "khorramshahr",
        "bushehr",
    },
}

# Ports added to the network handle as a port that the dossier knows.
LIKE_PORTS = {"novorossiysk": "ust_luga", "constanta": "poti"}
# Ports of Iran for which the dossier has default hours only, shorter than those of the main port.
NOT_FASTER_THAN_SHAHID_RAJAEE = ("chabahar", "bushehr", "imam_khomeini_port")

# Gauge changes happen in one yard, though sources name the places on both sides of the border.
YARD_ROWS = {"sarahs": "sarakhs", "akyayla": "incheh_borun", "altynkol": "khorgos", "torkaman": "torkaman_port"}
# Etrek lifts containers; what is reloaded or set on other bogies is handled at Incheh Borun.
ETREK_ONLY_CONTAINERS = True

# Transfers that do not run, with opening years where something is planned.
TRANSFER_STATUS = {
    "astara_ir:rail1520-rail1435": ("planned", (2029, 2030, 2034), "O85;K"),
    "robat_paryan:rail1520-rail1435": ("planned", (2029, 2032, 2040), "E121;K"),
    "jolfa:rail1520-rail1435": ("suspended", (2030, 2035, 2040), "I64;K"),
    "lotfabad:rail1520-road": ("planned", (2026, 2027, 2030), "I74;K"),
    "torkaman_port:sea-rail1435": ("suspended", (2030, 2035, 2040), "I118;K"),
    "chabahar:sea-rail1435": ("under_construction", (2026, 2027, 2030), "I41;I45;K"),
    "makhachkala:rail1520-railferry1520": ("planned", (2028, 2030, 2033), "C34;C35;K"),
    "makhachkala:road-roro": ("planned", (2028, 2030, 2033), "C34;C35;K"),
    "olya_port:road-roro": ("planned", (2027, 2029, 2033), "C9;C16;K"),
    "lagan:sea-door": ("planned", (2031, 2035, 2040), "C188;K"),
    "amirabad:road-roro": ("planned", (2026, 2027, 2030), "C80;K"),
    "anzali:road-roro": ("planned", (2026, 2027, 2030), "C80;K"),
}

# Trains a day and direction where the formula would give more than the line was shown to carry.
# 2.5 Mt a year follows from "tripling to 7.5" and "fourfold to 10"; at 750 t net, 365 days and a peak
# of 1.15 that is 10.5 trains if it means one direction, half if both; the formula gives 15.8.
LINE_CAPACITY = {
    "garmsar-firuzkuh-rail-1435": (10.5, 5.3, 15.8, "I25;I27;I28;I30;O70"),
    "firuzkuh-pol_e_sefid-rail-1435": (10.5, 5.3, 15.8, "I25;I27;I28;I30;O70"),
}

# The dossier gives short border and port tracks trains of 500 t, "normally not the limit": they would be.
# The trains of the adjoining line run on; of several lines the lightest.
STATION_TRACK_NET_T = 500.0

# Other traffic that no row gives is that of the next line: first and last place of each.
SAME_BASE_LOAD = {("sarahs", "sarakhs"): ("sarakhs", "marzdaran")}
