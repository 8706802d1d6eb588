"""`python -m tools.outline`: write `data/outline.geojson`, the coarse background of the maps.

Coasts, lakes and rivers stand here as points written by hand from knowledge of capes, towns and
mouths; nothing is copied from a data set, so the file is the project's own and may be shipped.
It is for the eye: no distance and no check of the model reads it. There are no borders, on purpose.

The same table gives the same bytes; `--check` compares instead of writing. `--measure FOLDER` compares
with the outlines of another maker that are not part of the project (`land.geojson`, `lakes.geojson`).

Lines along the edge of the frame and along the seams between two seas are not coasts: fill the
polygons, and stroke only what `coast()` returns.
"""

from __future__ import annotations

import itertools
import json
import math
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.polygon import orient

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "data" / "outline.geojson"
FRAME = (20.0, 0.0, 95.0, 66.0)  # west, south, east, north
LICENCE = "CC-BY-4.0"
Point = tuple[float, float]

# A line: what the points are called, then longitude and latitude of each; without a name it goes on.
# Seas are rings; where two meet they share the points of the seam. The Arabian Sea has the Gulf of Aden
# and what the frame shows of the ocean.
SEAS = {
    "Caspian Sea": """
        Lagan, Volga delta: 47.5 45.4, 47.6 45.65, 48.0 45.75, 48.5 45.85, 49.0 46.2, 49.3 46.4
        Ganyushkino to the Ural: 49.7 46.55, 50.1 46.6, 50.6 46.8, 51.2 46.98, 51.7 46.95, 52.2 46.95, 52.7 46.9
        north-eastern corner: 53.05 46.85, 53.15 46.5, 53.05 46.2, 53.15 45.9, 53.05 45.4
        Mertvy Kultuk: 53.5 45.25, 53.3 45.1, 53.0 45.25
        Buzachi: 52.6 45.4, 52.0 45.4, 51.4 45.3, 51.1 45.15, 51.0 44.95
        Mangyshlak bay: 51.2 44.75, 51.3 44.55, 50.9 44.6, 50.6 44.65, 50.25 44.65
        Fort Shevchenko: 50.25 44.5, 50.32 44.28, 50.78 44.2, 50.85 44.0, 51.05 43.75
        Aktau, Peschany, Kuryk: 51.15 43.62, 51.25 43.4, 51.3 43.17, 51.6 43.17, 51.75 43.0, 52.0 42.82
        Kenderli, Temir-Baba: 52.2 42.85, 52.5 42.8, 52.65 42.65, 52.62 42.4, 52.45 42.1, 52.45 41.75
        Bekdash to the strait: 52.55 41.55, 52.75 41.3, 52.88 41.1
        Kara-Bogaz-Gol: 52.9 41.5, 53.0 41.85, 53.5 42.05, 54.0 42.1, 54.3 42.0, 54.6 41.7, 54.7 41.3
        its south: 54.6 41.0, 54.35 40.9, 53.9 40.75, 53.5 40.75, 53.1 40.8, 52.95 40.98
        strait to Kuba-Sengir: 52.85 41.0, 52.75 40.7, 52.75 40.4, 52.7 40.1
        Turkmenbashi and its bay: 52.8 39.97, 53.0 40.0, 53.35 39.95, 53.5 39.85, 53.4 39.6, 53.2 39.6
        Cheleken: 53.0 39.5, 53.1 39.3, 53.5 39.28, 53.72 39.15, 53.8 38.9
        Turkmen coast to the Atrek: 53.85 38.5, 53.85 38.1, 53.83 37.7, 53.9 37.35
        Gorgan bay, Miankaleh: 54.0 37.0, 54.03 36.88, 53.6 36.85, 53.37 36.87
        Mazandaran: 52.9 36.8, 52.5 36.72, 52.0 36.6, 51.5 36.67, 51.0 36.77, 50.7 36.88, 50.4 37.1
        Sefid Rud, Anzali: 50.2 37.35, 49.95 37.47, 49.47 37.48, 49.15 37.65, 48.97 37.9
        Astara, Lankaran: 48.88 38.4, 48.87 38.75, 48.95 39.15, 49.2 39.05
        Kura mouth to Baku: 49.37 39.35, 49.3 39.6, 49.45 39.95, 49.55 40.15, 49.75 40.25, 49.87 40.35
        Absheron: 50.1 40.3, 50.38 40.35, 50.2 40.5, 49.95 40.6, 49.7 40.6
        Khachmaz coast, Samur: 49.45 40.75, 49.25 41.0, 49.0 41.35, 48.75 41.7, 48.55 41.87
        Derbent to Makhachkala: 48.3 42.07, 48.1 42.3, 47.85 42.58, 47.67 42.85, 47.52 43.0
        Sulak, Agrakhan: 47.47 43.15, 47.55 43.3, 47.5 43.6, 47.6 43.88, 47.42 43.75, 47.35 44.05, 47.1 44.3
        Kizlyar bay: 46.75 44.4, 46.8 44.6, 47.0 44.8, 47.3 45.1""",
    "Black Sea": """
        Bosporus: 29.1 41.22
        Thrace: 28.6 41.37, 28.1 41.63, 28.03 41.98, 27.75 42.25, 27.65 42.42, 27.5 42.5, 27.7 42.66, 27.9 42.72
        Varna, Kaliakra, Constanta: 27.93 43.2, 28.15 43.4, 28.47 43.37, 28.58 43.75, 28.68 44.1, 28.68 44.25, 28.8 44.5
        Danube delta: 29.0 44.75, 29.6 44.85, 29.68 45.15, 29.73 45.35, 30.0 45.72, 30.45 46.05, 30.75 46.45
        Ochakiv, Kherson liman: 31.1 46.6, 31.6 46.62, 31.95 46.68, 32.35 46.6, 32.0 46.5, 31.55 46.55
        Tendra, Karkinit bay: 31.8 46.27, 32.2 46.15, 33.0 46.1, 33.6 46.1, 33.55 45.95, 33.2 45.8,
            32.95 45.67, 32.7 45.5
        western Crimea: 32.5 45.35, 33.0 45.3, 33.35 45.18, 33.55 45.05, 33.55 44.75, 33.38 44.57
        southern Crimea: 33.75 44.4, 34.17 44.5, 34.42 44.67, 34.97 44.83, 35.38 45.03, 35.8 45.0, 36.2 45.03
        Kerch strait: 36.45 45.1, 36.5 45.3, 36.65 45.33, 36.65 45.15
        Anapa, Novorossiysk, Sochi: 37.25 44.93, 37.5 44.68, 37.8 44.7, 38.05 44.55, 39.07 44.08, 39.7 43.58, 40.0 43.38
        Abkhazia, Poti, Batumi: 40.25 43.27, 40.35 43.15, 41.0 42.98, 41.45 42.72, 41.55 42.4, 41.65 42.15, 41.65 41.67
        Lazistan: 41.5 41.5, 41.1 41.22, 40.52 41.05, 39.73 41.02, 39.4 41.1, 38.9 41.03, 38.4 40.93, 37.9 41.0
        Yasun, Samsun: 37.68 41.13, 37.28 41.15, 36.97 41.33, 36.65 41.38, 36.35 41.3, 36.1 41.65,
            35.9 41.73, 35.5 41.65
        Sinop, Kerempe: 35.1 41.85, 35.2 42.03, 34.95 42.1, 34.3 41.97, 33.76 41.98, 33.33 42.02, 32.38 41.75
        Bithynia: 31.78 41.45, 31.4 41.3, 31.1 41.1, 30.7 41.12, 30.2 41.2, 29.6 41.18, 29.15 41.22""",
    "Sea of Azov": """
        Kerch strait: 36.65 45.33, 36.5 45.3
        north coast of Kerch: 36.58 45.44, 36.2 45.47, 35.85 45.47, 35.45 45.3
        Arabat spit: 35.0 45.65, 34.8 46.15, 35.1 46.15, 35.35 46.37
        Berdiansk, Mariupol, Taganrog: 36.15 46.65, 36.78 46.7, 37.57 47.08, 38.2 47.12, 38.95 47.23
        Don mouth, Yeysk: 39.3 47.12, 39.2 47.0, 38.85 46.92, 38.5 46.85, 38.28 46.7, 37.75 46.67, 37.95 46.4
        Kuban: 38.15 46.05, 37.8 45.75, 37.4 45.35, 37.0 45.3, 36.8 45.42""",
    "Sea of Marmara": """
        Bosporus, drawn too wide: 29.1 41.22, 29.15 41.22, 29.1 41.1, 29.03 40.97
        Gulf of Izmit: 29.2 40.87, 29.4 40.77, 29.9 40.74, 29.9 40.7, 29.5 40.7, 29.27 40.66
        Gemlik to Bandirma: 28.8 40.54, 29.13 40.44, 28.88 40.37, 28.4 40.4, 28.0 40.37
        Kapidag, Karabiga: 28.05 40.47, 27.75 40.5, 27.75 40.33, 27.3 40.42
        Dardanelles: 26.72 40.35, 26.42 40.15, 26.18 40.0, 26.17 40.05, 26.35 40.22, 26.66 40.43
        northern shore: 27.1 40.62, 27.5 40.97, 28.25 41.07, 28.97 41.0, 29.05 41.1""",
    "Mediterranean Sea": """
        Dardanelles: 26.17 40.05, 26.18 40.0
        Troad, Aeolis: 26.1 39.5, 26.95 39.57, 26.65 39.3, 26.95 38.9, 26.75 38.68, 27.1 38.43, 26.75 38.4, 26.4 38.67
        Ionia: 26.28 38.3, 26.8 38.15, 27.25 37.87, 27.0 37.68, 27.2 37.35, 27.25 37.0, 28.3 37.02
        Lycia: 27.4 36.68, 28.1 36.75, 28.6 36.78, 29.1 36.65, 29.1 36.35, 29.4 36.22, 30.15 36.28, 30.4 36.22
        Pamphylia, Cilicia: 30.6 36.85, 31.4 36.75, 32.0 36.53, 32.4 36.15, 32.83 36.03, 33.6 36.15,
            34.05 36.3, 34.6 36.78
        Gulf of Iskenderun: 35.0 36.7, 35.38 36.55, 35.8 36.77, 36.15 36.6, 35.8 36.32, 35.95 36.05
        Levant: 35.75 35.52, 35.9 34.9, 35.82 34.45, 35.48 33.9, 35.1 33.1, 34.95 32.83, 34.76 32.08, 34.43 31.52
        Sinai: 34.2 31.32, 33.8 31.13, 33.1 31.13, 32.3 31.27
        Nile delta: 31.85 31.5, 31.0 31.58, 30.37 31.47, 29.9 31.2, 28.95 30.83, 28.4 31.07
        Marmarica: 27.25 31.37, 25.95 31.62, 25.15 31.57, 24.9 31.95, 24.0 32.05, 23.1 32.4
        Cyrenaica, and the frame: 22.65 32.77, 21.97 32.9, 20.95 32.72, 20.05 32.15, 20.0 31.95, 20.0 39.85
        Epirus: 20.25 39.5, 20.75 38.95, 21.1 38.35, 21.4 38.33, 21.75 38.35
        Gulf of Corinth: 21.85 38.39, 22.42 38.38, 22.75 38.3, 23.15 38.15, 22.95 37.95, 22.4 38.15,
            22.08 38.25, 21.8 38.31
        western Peloponnese: 21.72 38.25, 21.38 38.2, 21.12 37.9, 21.3 37.65, 21.65 37.25, 21.7 36.8, 21.9 36.73
        Messenia, Mani, Maleas: 22.1 37.02, 22.38 36.7, 22.48 36.4, 22.58 36.77, 22.85 36.75, 23.18 36.45
        Argolis, Attica: 23.0 36.9, 22.8 37.2, 22.78 37.55, 23.15 37.33, 23.45 37.42, 23.15 37.65,
            23.05 37.9, 23.6 37.95
        Sounion, Euboean gulf: 24.03 37.65, 24.05 38.13, 23.8 38.33, 23.57 38.44, 23.05 38.68, 22.6 38.87
        Volos, Pelion: 22.95 38.95, 22.9 39.3, 23.1 39.12, 23.3 39.2, 22.9 39.6, 22.72 39.9
        Thessaloniki: 22.6 40.25, 22.65 40.5, 22.9 40.6, 22.85 40.4, 23.3 40.22, 23.4 39.97, 23.7 39.93, 23.4 40.25
        Sithonia, Athos: 23.7 40.2, 23.98 39.97, 23.8 40.35, 24.35 40.15, 23.85 40.45, 23.85 40.75
        Thrace: 24.4 40.92, 24.75 40.85, 25.1 40.97, 25.87 40.84, 26.05 40.65, 26.8 40.63, 26.22 40.31""",
    "Red Sea": """
        Gulf of Suez, west: 32.53 29.95, 32.35 29.6, 32.65 29.12, 33.1 28.37, 33.55 27.8, 33.82 27.25
        Egypt: 33.95 26.75, 34.28 26.1, 34.9 25.07, 35.5 24.0, 35.8 23.9, 35.5 23.8, 35.65 23.1, 36.3 22.6, 36.9 22.0
        Sudan: 37.2 21.2, 37.15 20.9, 37.2 20.0, 37.25 19.62, 37.35 19.1, 37.6 18.7, 38.2 18.2, 38.6 18.0
        Eritrea: 38.95 17.2, 39.25 16.0, 39.47 15.6, 39.65 15.25, 39.85 15.45, 40.2 15.0, 40.95 14.7,
            41.7 13.93, 42.3 13.3
        Bab el-Mandeb: 42.75 13.0, 43.1 12.7, 43.25 12.48, 43.45 12.68
        Yemen: 43.25 13.3, 43.25 13.85, 42.95 14.8, 42.65 15.15, 42.8 15.7, 42.8 16.35, 42.55 16.88
        Asir, Hejaz: 42.3 17.4, 41.6 18.1, 41.1 19.12, 40.7 19.7, 40.2 20.2, 39.5 20.7, 39.15 21.5, 39.0 22.6
        Yanbu, Wajh: 38.45 23.6, 38.05 24.08, 37.3 24.6, 37.2 25.05, 36.7 25.75, 36.45 26.22, 35.8 27.2,
            35.2 28.05, 34.62 28.05
        Gulf of Aqaba: 34.75 28.6, 34.95 29.35, 34.98 29.53, 34.88 29.45, 34.52 28.5, 34.4 27.95, 34.25 27.73
        Gulf of Suez, east: 33.6 28.23, 33.18 28.9, 32.75 29.5, 32.6 29.93""",
    "Persian Gulf": """
        Musandam: 56.45 26.35, 56.2 26.2, 55.95 25.8
        Emirates: 55.25 25.28, 55.0 25.02, 54.4 24.5, 54.1 24.15, 53.5 24.1, 52.75 24.15, 52.55 24.2,
            52.1 23.98, 51.8 24.0, 51.6 24.2
        Qatar: 51.4 24.55, 51.6 25.0, 51.57 25.3, 51.57 25.9, 51.25 26.15, 50.95 25.95, 50.78 25.45, 50.83 24.75
        Hasa: 50.5 25.2, 50.2 25.65, 50.2 26.3, 50.1 26.65, 49.65 27.1, 49.25 27.45, 48.85 27.75, 48.65 28.1, 48.4 28.55
        Kuwait, Shatt al-Arab: 48.1 29.1, 48.05 29.37, 47.75 29.4, 48.05 29.55, 48.3 29.65, 48.1 29.95, 48.55 29.95
        Khor Musa, Hendijan: 48.9 30.1, 49.07 30.4, 49.2 30.2, 49.55 30.05, 50.15 30.1
        Bushehr: 50.5 29.57, 50.65 29.4, 50.8 28.97, 51.05 28.75, 51.3 28.1, 51.6 27.85, 52.05 27.83
        Asaluyeh, Lengeh: 52.6 27.47, 53.0 27.1, 53.45 26.95, 53.73 26.72, 54.27 26.72, 54.65 26.52,
            54.88 26.55, 55.3 26.8
        Bandar Abbas, Minab: 55.6 26.95, 56.05 27.12, 56.3 27.18, 56.8 27.15, 57.0 26.9, 57.05 26.35""",
    "Gulf of Oman": """
        Musandam, Batinah: 56.45 26.35, 56.3 25.6, 56.37 25.13, 56.48 24.75, 56.75 24.37, 56.9 24.15, 57.3 23.9,
            57.9 23.72, 58.6 23.63, 58.93 23.28
        Ras al-Hadd, the seam to Jiwani: 59.53 22.57, 59.83 22.5, 61.75 25.03
        Makran: 61.55 25.18, 60.62 25.27, 60.4 25.35, 59.0 25.4
        Jask: 57.78 25.65, 57.3 25.8, 57.05 26.35""",
    "Arabian Sea": """
        Ras al-Hadd, Masirah bay: 59.83 22.5, 59.8 22.2, 59.35 21.4, 58.9 20.9, 58.6 20.4,
            58.2 20.55, 57.8 20.2
        Duqm, Dhofar: 57.7 19.67, 57.83 19.0, 57.3 18.9, 56.65 18.25, 56.3 17.95, 55.3 17.5, 55.2 17.1,
            54.7 16.98, 54.0 16.98
        Mahra, Hadhramaut: 53.1 16.65, 52.3 16.3, 52.2 15.62, 51.25 15.2, 49.6 14.75, 49.13 14.53, 48.35 14.0
        Aden: 47.4 13.6, 46.7 13.43, 45.7 13.35, 45.03 12.78, 44.3 12.63, 43.9 12.62, 43.45 12.68, 43.25 12.48
        Djibouti, Berbera: 43.3 11.97, 42.9 11.78, 42.65 11.57, 43.15 11.6, 43.47 11.3, 43.95 10.65,
            44.4 10.4, 45.02 10.45
        Somalia: 46.0 10.75, 46.9 10.9, 48.2 11.2, 49.18 11.28, 50.75 11.97, 51.28 11.83, 51.1 10.6,
            51.4 10.4, 51.05 10.4
        Benadir, equator: 50.82 9.5, 49.85 7.98, 49.3 6.9, 48.53 5.35, 47.9 4.5, 46.3 2.75, 45.35 2.03,
            44.05 1.1, 42.85 0.0
        the frame: 80.0 0.0, 80.6 5.92
        Sri Lanka is the seam: 80.2 6.03, 79.85 6.93, 79.8 7.57, 79.72 8.2, 79.9 9.0, 79.3 9.25
        Coromandel's end: 78.95 9.27, 78.15 8.78, 78.13 8.4, 77.55 8.08
        Malabar: 76.95 8.45, 76.58 8.88, 76.23 9.97, 75.77 11.25, 75.35 11.87, 74.83 12.87, 74.53 13.98, 74.12 14.8
        Konkan, Mumbai: 73.78 15.45, 73.45 16.06, 73.28 17.0, 73.0 18.04, 72.87 18.65, 72.97 18.93,
            72.8 18.92, 72.78 19.33
        Gulf of Khambhat: 72.7 19.97, 72.85 20.5, 72.65 21.1, 72.55 21.65, 72.6 22.2, 72.3 22.2, 72.25 21.75, 72.1 21.2
        Kathiawar: 71.5 20.85, 70.98 20.7, 70.35 20.9, 69.6 21.63, 68.95 22.24, 69.08 22.47
        Gulf of Kutch: 69.8 22.43, 70.1 22.55, 70.4 22.95, 70.2 22.97, 69.7 22.75, 69.2 22.85, 68.6 23.2, 68.2 23.65
        Indus delta, Karachi: 67.6 23.85, 67.4 24.1, 67.25 24.6, 66.98 24.8, 66.65 24.83, 66.6 25.35, 66.0 25.4
        Makran: 64.65 25.15, 63.47 25.22, 62.33 25.12, 61.75 25.03""",
    "Bay of Bengal": """
        Dondra, the frame: 80.6 5.92, 80.0 0.0, 95.0 0.0, 95.0 15.75
        Arakan: 94.3 15.97, 94.4 16.85, 94.5 17.6, 94.3 18.5, 93.7 19.0, 93.55 19.45, 92.9 20.13, 92.35 20.75
        Chittagong, Meghna: 91.97 21.43, 91.8 22.25, 91.4 22.75, 90.7 22.6, 90.5 22.0, 90.0 21.85
        Sundarbans, Hooghly: 89.5 21.75, 89.0 21.65, 88.2 21.65, 88.1 22.0, 87.9 21.75, 87.5 21.62, 87.0 21.4
        Orissa: 86.95 20.85, 86.7 20.26, 86.4 19.97, 85.83 19.8, 84.9 19.26, 84.12 18.34, 83.3 17.69
        Godavari, Krishna: 82.27 16.95, 82.3 16.6, 81.7 16.3, 81.2 16.1, 81.0 15.75, 80.8 15.8, 80.2 15.6
        Coromandel: 80.05 15.1, 80.15 14.4, 80.3 13.5, 80.3 13.1, 79.83 11.93, 79.85 10.9, 79.87 10.3
        Palk strait: 79.3 10.25, 78.95 9.7, 79.3 9.25, 79.9 9.0
        northern and eastern Sri Lanka: 80.1 9.5, 79.9 9.75, 80.25 9.8, 80.9 9.1, 81.23 8.57, 81.7 7.7, 81.88 7.0
        its south: 81.7 6.5, 81.12 6.12""",
    "Baltic Sea": """
        the frame, Sambia: 20.0 54.95, 20.5 54.97
        Curonian spit, Courland: 21.0 55.35, 21.1 55.75, 21.05 56.1, 21.0 56.55, 21.4 57.0, 21.6 57.5, 22.6 57.75
        Gulf of Riga: 22.75 57.5, 23.15 57.3, 23.3 57.05, 23.6 56.97, 24.05 57.07, 24.4 57.35, 24.3 57.87, 24.5 58.35
        Estonia: 23.8 58.35, 23.55 58.6, 23.45 58.95, 24.05 59.37, 24.75 59.47, 25.7 59.63, 26.5 59.55, 28.03 59.47
        Ust-Luga, St Petersburg: 28.1 59.75, 28.4 59.68, 29.05 59.97, 29.7 59.93, 30.23 59.9, 30.1 60.02, 29.8 60.17
        Vyborg, southern Finland: 29.1 60.17, 28.6 60.4, 28.6 60.7, 27.7 60.55, 26.95 60.45, 25.9 60.27,
            24.95 60.17, 24.0 60.02
        Hanko, Turku: 22.95 59.83, 22.3 60.2, 21.5 60.5, 21.3 60.85, 21.5 61.15, 21.45 61.6, 21.3 62.3
        Ostrobothnia: 21.1 62.75, 21.5 63.15, 22.3 63.5, 22.7 63.77, 23.2 63.9, 23.9 64.35, 24.5 64.75,
            25.35 65.0, 25.2 65.35
        head of the gulf: 24.6 65.72, 24.15 65.8, 23.15 65.8, 22.2 65.6, 21.55 65.3, 21.3 64.8, 21.55 64.45
        Umea, and the frame: 20.95 64.05, 20.45 63.72, 20.0 63.6""",
    "White Sea": """
        Karelian coast: 34.5 66.0, 34.75 65.85, 34.6 65.5, 34.8 65.0, 34.8 64.52, 35.5 64.3
        Onega bay: 36.2 63.98, 37.0 63.85, 38.0 63.9, 37.95 64.2, 37.2 64.4, 36.55 64.75, 36.9 65.15
        Dvina bay: 37.75 65.0, 38.4 64.8, 39.2 64.6, 40.3 64.6, 40.2 64.85, 39.75 65.45
        Winter coast: 40.3 65.75, 40.8 66.0""",
}
ISLANDS = {
    "Crete": """
        north: 23.55 35.5, 24.0 35.53, 24.47 35.37, 25.13 35.35, 25.73 35.33, 25.73 35.17, 26.3 35.27
        south: 26.2 35.02, 25.73 35.0, 24.75 34.93, 24.72 35.08, 24.15 35.2, 23.55 35.25""",
    "Cyprus": """
        north: 32.28 35.08, 32.6 35.18, 32.93 35.38, 33.32 35.34, 33.9 35.43, 34.57 35.68
        east and south: 33.95 35.3, 33.95 35.12, 34.07 34.97, 33.65 34.9, 33.05 34.68, 32.98 34.57, 32.42 34.73""",
    "Rhodes": "round: 28.22 36.45, 28.1 36.1, 27.75 35.9, 27.72 36.15",
    "Euboea": """
        north and east: 22.87 38.85, 23.3 39.03, 23.6 38.78, 24.15 38.65, 24.25 38.25, 24.57 38.0
        west: 24.3 38.0, 23.95 38.35, 23.65 38.42, 23.2 38.72""",
    "Lesbos": "round: 25.85 39.2, 26.15 39.38, 26.4 39.37, 26.58 39.07, 26.1 39.05",
    "Chios": "round: 25.9 38.55, 26.15 38.55, 26.15 38.25, 25.98 38.2",
    "Samos": "round: 26.57 37.75, 26.95 37.8, 26.95 37.7, 26.6 37.68",
    "Lemnos": "round: 25.05 39.95, 25.4 40.0, 25.35 39.8, 25.1 39.8",
    "Cephalonia": "round: 20.37 38.3, 20.55 38.45, 20.8 38.1, 20.4 38.15",
    "Zakynthos": "round: 20.65 37.9, 20.9 37.8, 20.85 37.7",
    "Andros": "round: 24.7 37.97, 24.95 37.85, 25.2 37.6, 24.95 37.65",
    "Naxos and Paros": "round: 25.15 37.1, 25.45 37.2, 25.6 37.1, 25.45 36.93, 25.2 36.98",
    "Thasos": "round: 24.55 40.7, 24.7 40.8, 24.77 40.63, 24.6 40.58",
    "Kos": "round: 26.93 36.72, 27.15 36.88, 27.33 36.88, 27.0 36.68",
    "Karpathos": "round: 27.12 35.45, 27.15 35.75, 27.25 35.8, 27.22 35.5",
    "Dahlak": "round: 39.95 15.7, 40.05 15.9, 40.4 15.7, 40.2 15.58",
    "Farasan": "round: 41.8 16.8, 42.0 16.95, 42.2 16.65, 42.0 16.65",
    "Ogurjaly": "round: 53.0 39.0, 53.05 39.05, 53.12 38.75, 53.05 38.75",
    "Kulaly": "round: 50.0 44.9, 50.05 45.03, 50.12 45.05, 50.08 44.92, 50.15 44.85",
    "Qeshm": "round: 55.3 26.57, 55.75 26.88, 56.27 26.97, 56.05 26.78, 55.75 26.65",
    "Bahrain": "round: 50.45 26.2, 50.6 26.25, 50.6 25.85, 50.48 25.95",
    "Masirah": "round: 58.65 20.2, 58.7 20.45, 58.93 20.65, 58.85 20.35",
    "Socotra": "round: 53.35 12.55, 53.75 12.67, 54.5 12.55, 54.0 12.35, 53.4 12.38",
    "Andaman Islands": "round: 92.6 11.6, 92.85 12.8, 92.95 13.55, 93.05 13.2, 92.8 11.6",
    "Saaremaa": "round: 21.85 58.3, 22.0 58.5, 22.8 58.62, 23.3 58.6, 23.2 58.4, 22.6 58.2, 22.05 57.95, 22.15 58.2",
    "Hiiumaa": "round: 22.05 58.93, 22.6 59.07, 23.0 58.85, 22.6 58.7",
    "Solovetsky": "round: 35.55 65.0, 35.6 65.15, 36.0 65.1, 35.9 64.97",
}
LAKES = {
    "North Aral Sea": """
        Shevchenko and Butakov bays: 60.0 46.25, 59.95 46.45, 60.2 46.65, 60.5 46.62, 60.75 46.75, 61.1 46.6
        Saryshyganak, Syr Darya: 61.55 46.78, 61.65 46.55, 61.25 46.35, 61.0 46.15
        Kokaral: 60.75 46.12, 60.6 46.3, 60.3 46.2""",
    "West Aral Sea": """
        under the Ustyurt: 58.3 44.25, 58.2 44.6, 58.25 45.0, 58.45 45.4, 58.6 45.65
        shore of the dry bed: 58.75 45.5, 58.6 45.1, 58.5 44.7, 58.5 44.3""",
    "Lake Balkhash": """
        western basin: 73.95 45.0, 73.55 45.3, 73.45 45.6, 73.7 46.05, 74.1 46.4, 74.4 46.65, 75.0 46.82
        north: 75.5 46.7, 76.1 46.78, 76.7 46.68, 77.3 46.62, 78.0 46.65, 78.8 46.78, 79.2 46.75
        south: 79.2 46.6, 79.0 46.4, 78.5 46.35, 78.2 46.45, 77.5 46.5, 76.8 46.5, 76.0 46.52, 75.3 46.5
        Saryesik, Ili: 75.0 46.6, 74.85 46.4, 74.7 46.15, 74.35 46.0, 74.25 45.55, 74.15 45.1""",
    "Issyk-Kul": """
        north: 76.2 42.45, 76.6 42.58, 77.08 42.64, 77.65 42.71, 78.2 42.73
        south: 78.3 42.5, 77.9 42.35, 77.6 42.18, 77.18 42.14, 76.75 42.24, 76.35 42.35""",
    "Lake Van": """
        Tatvan, Ahlat, Ercis: 42.3 38.48, 42.48 38.73, 42.75 38.79, 43.05 38.82, 43.1 38.92, 43.33 39.0, 43.6 38.93
        Van, Gevas: 43.45 38.87, 43.22 38.75, 43.22 38.62, 43.32 38.5, 43.25 38.38, 43.08 38.32,
            42.95 38.35, 42.85 38.43""",
    "Lake Urmia": """
        north and east: 45.05 38.1, 45.15 38.25, 45.45 38.2, 45.5 37.95, 45.47 37.8, 45.75 37.72, 45.87 37.5
        south and west: 45.83 37.35, 45.65 37.2, 45.5 37.13, 45.35 37.3, 45.27 37.6, 45.1 37.85""",
    "Lake Sevan": """
        round: 44.98 40.57, 45.15 40.6, 45.35 40.48, 45.65 40.28, 45.6 40.17, 45.25 40.17, 45.2 40.35, 45.0 40.47""",
    "Lake Ladoga": """
        south: 31.05 59.95, 31.6 59.93, 32.0 60.15, 32.35 60.15, 32.9 60.5, 32.65 60.8
        north: 32.6 61.1, 32.0 61.4, 31.45 61.55, 30.8 61.65, 30.2 61.5, 30.0 61.15
        west: 30.2 60.95, 30.6 60.75, 31.0 60.4, 31.1 60.2""",
    "Lake Onega": """
        Voznesenye, Petrozavodsk, Kondopoga: 35.45 60.98, 35.3 61.35, 34.9 61.6, 34.42 61.78, 34.55 61.9, 34.3 62.2
        Kizhi, Medvezhyegorsk, Povenets: 34.75 62.15, 35.15 62.07, 35.05 62.35, 34.5 62.87, 34.88 62.83
        east: 35.35 62.6, 35.7 62.5, 35.75 62.2, 36.0 61.7, 36.4 61.35, 36.3 61.07, 35.9 60.92""",
    "Lake Peipus": """
        north and east: 26.97 58.8, 27.3 58.98, 27.73 58.98, 27.85 58.75, 27.65 58.5, 27.55 58.3
        Pskov lake: 27.75 58.1, 28.15 57.95, 27.9 57.87, 27.6 58.0, 27.45 58.2, 27.45 58.35, 27.1 58.55""",
    "Rybinsk Reservoir": """
        Mologa arm: 38.8 58.1, 38.45 58.12, 38.05 58.2, 37.9 58.5, 37.3 58.67, 37.75 58.85
        Sheksna arm: 37.85 59.05, 38.15 58.95, 38.5 58.8, 38.95 58.45, 38.6 58.25""",
    "Lake Alakol": "round: 81.4 46.15, 81.75 46.4, 82.1 46.2, 81.95 45.85, 81.6 45.95",
    "Lake Zaysan": "round: 83.05 48.2, 83.4 48.5, 83.9 48.1, 84.5 47.95, 84.4 47.75, 83.8 47.75",
    "Lake Tengiz": "round: 68.7 50.45, 69.0 50.65, 69.35 50.5, 69.2 50.25, 68.9 50.2",
    "Sarygamysh": "round: 57.1 41.95, 57.3 42.3, 57.55 42.1, 57.85 41.7, 57.5 41.6, 57.25 41.75",
}
RIVERS = {
    "Volga": """
        Valdai to Rybinsk: 32.5 57.2, 34.33 56.26, 35.9 56.86, 37.15 56.75, 38.33 57.53, 38.85 58.05
        to Kazan: 39.87 57.63, 40.93 57.77, 42.13 57.45, 43.2 56.65, 44.0 56.33, 45.5 56.1, 47.25 56.15,
            48.6 55.8, 49.1 55.75
        to Samara: 49.2 55.2, 48.45 54.4, 48.7 53.9, 49.4 53.5, 50.0 53.45, 50.1 53.2, 49.3 53.1, 48.45 53.13
        to Volgograd: 48.1 52.5, 47.8 52.0, 47.3 52.0, 46.1 51.55, 45.9 50.9, 45.4 50.08, 45.0 49.3, 44.6 48.75
        to Astrakhan: 44.75 48.4, 45.5 48.35, 46.1 48.06, 46.5 47.7, 47.03 47.25, 47.6 46.75, 48.03 46.35
        Bakhtemir arm: 47.75 46.05, 47.6 45.65""",
    "Volga-Don Canal": "Krasnoarmeysk to Kalach: 44.6 48.55, 44.1 48.6, 43.52 48.69",
    "Kama": """
        Perm to the Volga: 56.25 58.01, 55.0 57.4, 54.2 56.8, 54.0 56.2, 52.3 55.7, 50.6 55.35, 49.2 55.2""",
    "Don": """
        upper: 38.3 54.0, 38.9 52.6, 39.1 51.6, 39.6 50.95, 40.1 50.45, 41.73 49.63, 42.73 49.58
        bend: 43.05 49.3, 43.85 49.15, 43.52 48.69, 43.1 48.2, 42.5 47.8, 42.1 47.6
        lower: 41.1 47.57, 40.2 47.45, 39.7 47.22, 39.3 47.12""",
    "Ural": """
        upper: 59.6 54.5, 59.0 53.4, 58.7 52.3, 58.55 51.2, 57.3 51.1, 56.3 51.5, 55.1 51.75
        lower: 53.5 51.5, 51.4 51.2, 51.3 50.3, 51.6 49.5, 51.85 48.6, 51.7 47.8, 51.9 47.1, 51.7 46.95""",
    "Amu Darya": """
        Panj: 71.6 36.72, 71.53 37.5, 70.8 38.45, 70.1 38.0, 69.8 37.6, 69.2 37.2, 68.3 37.1, 67.27 37.2
        to Turkmenabat: 66.5 37.35, 65.2 37.85, 64.4 38.6, 63.6 39.15
        Khwarezm: 62.4 40.3, 61.9 41.1, 61.0 41.4, 60.4 42.05, 59.6 42.4, 59.0 43.1, 59.05 43.75""",
    "Syr Darya": """
        Ferghana: 71.8 40.9, 70.9 40.7, 70.2 40.4, 69.62 40.3, 69.2 40.2, 68.7 40.6
        to the North Aral: 68.0 41.2, 68.2 42.2, 67.8 43.3, 66.75 44.1, 65.5 44.85, 64.2 45.4, 62.1 45.77,
            61.0 46.15""",
    "Euphrates": """
        Turkey: 39.5 39.73, 38.5 39.45, 38.75 38.8, 38.7 38.3, 38.9 37.95, 38.3 37.5, 37.95 37.0, 38.05 36.8
        Syria: 38.2 36.3, 38.55 35.85, 39.0 35.93, 40.15 35.33, 40.95 34.45
        Iraq: 41.9 34.35, 42.4 34.1, 43.3 33.45, 43.8 33.35, 44.27 32.7, 44.5 31.9, 45.3 31.32, 46.25 31.03, 47.43 31.0
        Shatt al-Arab: 47.8 30.52, 48.2 30.4, 48.55 29.95""",
    "Tigris": """
        upper: 39.8 38.4, 40.23 37.9, 41.1 37.8, 42.2 37.3, 43.15 36.35, 43.4 35.6, 43.5 34.95, 43.87 34.2
        lower: 44.4 33.32, 44.9 32.7, 45.82 32.5, 46.6 32.3, 47.15 31.85, 47.43 31.0""",
    "Indus": """
        Ladakh, Baltistan: 80.5 31.9, 79.3 32.7, 77.55 34.13, 76.3 34.7, 75.6 35.3, 74.65 35.75, 74.1 35.42, 73.0 35.2
        Punjab: 72.7 34.1, 72.23 33.9, 71.55 32.97, 70.95 31.83, 70.85 30.5, 70.4 28.95
        Sindh: 68.87 27.7, 67.9 26.5, 68.33 25.38, 67.95 24.72, 67.4 24.1""",
}
# Where each sea is compared: the reference has no names for seas, and lacks some countries round
# the frame's edge (Sweden, Albania, Bangladesh, Myanmar). Rings cut at the same seams.
WINDOWS = {
    "Caspian Sea": "all: 46.0 36.0, 55.3 36.0, 55.3 47.6, 46.0 47.6",
    "Black Sea": """
        all: 27.4 41.22, 29.4 41.22, 29.4 40.8, 41.9 40.8, 41.9 43.6, 37.3 45.2, 36.65 45.33, 36.5 45.3, 36.2 45.25
        north: 35.45 45.2, 34.3 45.9, 33.75 47.2, 27.4 47.2""",
    "Sea of Azov": "all: 34.9 45.3, 36.5 45.3, 36.65 45.33, 39.6 45.1, 39.6 47.5, 34.9 47.5",
    "Sea of Marmara": "all: 26.25 40.0, 30.0 40.0, 30.0 41.2, 27.0 41.2, 27.0 40.56, 26.7 40.5, 26.25 40.2",
    "Mediterranean Sea": """
        all: 20.0 30.3, 36.6 30.5, 36.6 37.2, 28.5 37.2, 26.25 40.0, 26.25 40.2, 26.7 40.5, 27.0 40.56, 27.0 41.2
        short of Albania: 22.9 41.0, 22.4 40.2, 21.0 39.4, 20.3 39.3, 20.0 39.0""",
    "Red Sea": "all: 32.0 12.6, 43.25 12.48, 43.45 12.68, 43.9 13.2, 43.9 30.1, 32.0 30.1",
    "Persian Gulf": """
        all: 47.5 23.5, 55.9 23.5, 56.2 25.5, 56.3 26.1, 56.45 26.35, 57.05 26.35, 57.4 26.35, 57.4 30.6, 47.5 30.6""",
    "Gulf of Oman": """
        all: 56.45 26.35, 56.3 26.1, 56.2 25.5, 56.0 23.0, 59.83 22.5, 61.75 25.03, 61.75 26.0,
            57.4 26.35, 57.05 26.35""",
    "Arabian Sea": """
        south and east: 42.0 0.0, 80.0 0.0, 80.6 5.92, 80.6 7.0, 79.9 9.0, 79.3 9.25, 78.0 9.8, 72.0 24.0, 62.0 26.0
        north and west: 61.75 25.03, 59.83 22.5, 58.0 22.5, 50.0 18.0, 43.9 13.2, 43.45 12.68
        Bab el-Mandeb: 43.25 12.48, 42.0 12.0""",
    "Bay of Bengal": """
        short of Bengal: 80.0 0.0, 88.0 0.0, 88.0 24.0, 79.0 24.0, 78.0 9.8
        Palk strait, Sri Lanka: 79.3 9.25, 79.9 9.0, 80.6 7.0, 80.6 5.92""",
    "Baltic Sea": "short of Sweden: 20.0 55.0, 31.0 55.0, 31.0 63.3, 20.0 63.3",
    "White Sea": "all: 33.5 63.5, 41.2 63.5, 41.2 66.0, 33.5 66.0",
}
COMPARED = (25.0, 5.0, 85.0, 62.0)  # where the reference has all land
SHRUNKEN = ("North Aral Sea", "West Aral Sea")  # the reference has the lake of 1960
EARTH_KM = 6371.0
SAMPLE_KM = 3.0


def points(text: str) -> list[Point]:
    """Return the points of a line of the table.

    >>> points("a cape: 50.4 40.3, 50.2 40.5")
    [(50.4, 40.3), (50.2, 40.5)]
    """
    rows = [line.split(":")[-1].strip(" ,") for line in text.strip().splitlines()]
    pairs = [pair.split() for row in rows for pair in row.split(",")]
    return [(float(lon), float(lat)) for lon, lat in pairs]


def shapes() -> dict[str, dict[str, Any]]:
    """Return the shapes by kind and name; land is what the frame keeps when the water is taken out."""
    islands = {name: Polygon(points(text)) for name, text in ISLANDS.items()}
    lakes = {name: Polygon(points(text)) for name, text in LAKES.items()}
    dry = shapely.union_all(list(islands.values()))
    seas = {name: Polygon(points(text)).difference(dry) for name, text in SEAS.items()}
    ground = box(*FRAME).difference(shapely.union_all([*seas.values(), *lakes.values()]))
    land = {}
    for part in sorted(_parts(ground), key=lambda p: -float(p.area)):
        found = [name for name, island in islands.items() if island.intersects(part.representative_point())]
        land[found[0] if found else _mainland(part)] = part
    rivers = {name: LineString(points(text)) for name, text in RIVERS.items()}
    return {"land": land, "sea": seas, "lake": lakes, "river": rivers}


def _mainland(part: Any) -> str:
    """Return the name of land that no table draws: it is what the rings of the seas leave."""
    if part.area > 100:
        return "Eurasia and Africa"
    return "Sri Lanka" if part.bounds[3] < 10 else f"land at {part.bounds[0]:g} {part.bounds[1]:g}"


def _parts(shape: Any) -> Iterator[Any]:
    yield from getattr(shape, "geoms", [shape])


def coast() -> Any:
    """Return the lines where land meets sea: no seams of seas, no edge of the frame, no lakes."""
    dry = shapely.union_all([*shapes()["land"].values(), *shapes()["lake"].values()])
    return dry.boundary.difference(box(*FRAME).boundary)


def build() -> str:
    """Return the text of the file, one shape a line."""
    rows = []
    for kind, found in shapes().items():
        for name, shape in found.items():
            feature = {
                "type": "Feature",
                "properties": {"kind": kind, "name": name},
                "geometry": {"type": shape.geom_type, "coordinates": _coordinates(shape)},
            }
            rows.append(json.dumps(feature, ensure_ascii=False, allow_nan=False, separators=(",", ":")))
    head = f'{{"type": "FeatureCollection", "name": "outline", "licence": "{LICENCE}", "features": [\n'
    return head + ",\n".join(rows) + "\n]}\n"


def _coordinates(shape: Any) -> list[Any]:
    if shape.geom_type == "LineString":
        return _pairs(shape.coords)
    shape = orient(shape)  # as RFC 7946 asks: outer rings anticlockwise
    return [_pairs(ring.coords) for ring in (shape.exterior, *shape.interiors)]


def _pairs(line: Iterable[Point]) -> list[list[float]]:
    return [[round(lon, 2), round(lat, 2)] for lon, lat in line]


def measure(folder: Path) -> list[dict[str, Any]]:
    """Compare with another maker's outlines, body of water by body of water; the last row is all land.

    A row has the overlap (area in both by area in either), the mean distance in km of this outline's
    line from theirs, and of theirs from this one.
    """
    other_land, other_lakes = _read(folder / "land.geojson"), _read(folder / "lakes.geojson")
    here = shapes()
    dry = shapely.union_all([*here["land"].values(), *here["lake"].values()])
    other_dry = shapely.union_all(other_land).intersection(box(*FRAME))
    rows = []
    for name, text in WINDOWS.items():
        window = Polygon(points(text)).intersection(box(*FRAME))
        inside = window.buffer(-0.01)  # the window's own edge is no coast
        water, other_water = window.difference(dry), window.difference(other_dry)
        lines = (dry.boundary.intersection(inside), other_dry.boundary.intersection(inside))
        rows.append(_row(name, (water, other_water), lines))
    for name, lake in here["lake"].items():
        theirs = shapely.union_all([x for x in other_lakes if x.intersects(lake)])
        if name not in SHRUNKEN and not theirs.is_empty:
            rows.append(_row(name, (lake, theirs), (lake.boundary, theirs.boundary)))
    whole = box(*COMPARED)
    lines = (dry.boundary.intersection(whole), other_dry.boundary.intersection(whole))
    return [*rows, _row("land", (dry.intersection(whole), other_dry.intersection(whole)), lines)]


def _read(path: Path) -> list[Any]:
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [shapely.make_valid(shapely.geometry.shape(f["geometry"])) for f in features]


def _row(name: str, areas: tuple[Any, Any], lines: tuple[Any, Any]) -> dict[str, Any]:
    lat = areas[1].centroid.y
    one, other = (_flat(a, lat) for a in areas)
    line, other_line = (_flat(x, lat) for x in lines)
    return {
        "name": name,
        "overlap": one.intersection(other).area / one.union(other).area,
        "to_theirs_km": _distance(line, other_line),
        "from_theirs_km": _distance(other_line, line),
    }


def _flat(shape: Any, lat: float) -> Any:
    """Return the shape on an equal-area plane in km, true in all directions at the latitude.

    Long lines over many latitudes are measured too short or too long by a few per cent, areas are not.
    """
    shrink = math.cos(math.radians(lat))

    def plane(xy: Any) -> Any:
        flat = shapely.get_coordinates(shapely.points(xy))
        flat[:, 0] = [EARTH_KM * shrink * math.radians(x) for x in flat[:, 0]]
        flat[:, 1] = [EARTH_KM / shrink * math.sin(math.radians(y)) for y in flat[:, 1]]
        return flat

    return shapely.transform(shape, plane)


def _distance(line: Any, other: Any) -> float:
    """Return the mean distance of points along one line to the other."""
    spots = [
        piece.interpolate(at * SAMPLE_KM)
        for piece in _parts(shapely.line_merge(line) if line.geom_type.startswith("Multi") else line)
        for at in range(int(piece.length / SAMPLE_KM) + 1)
    ]
    pieces = [shapely.linestrings(pair) for p in _parts(other) for pair in _pairwise(p)]
    _, far = shapely.STRtree(pieces).query_nearest(spots, return_distance=True, all_matches=False)
    return float(far.mean())


def _pairwise(line: Any) -> Iterator[list[Point]]:
    return ([a, b] for a, b in itertools.pairwise(line.coords))


def main(arguments: list[str]) -> int:
    """Write the file, or with `--check` compare it, or with `--measure FOLDER` print how good it is."""
    if "--measure" in arguments:
        folder = Path(arguments[arguments.index("--measure") + 1])
        if not folder.exists():
            print(f"{folder} is absent: the outline is not compared")
            return 0
        for row in measure(folder):
            print(
                f"{row['name']:20} overlap {row['overlap']:.3f}   line {row['to_theirs_km']:5.1f} km from theirs, "
                f"theirs {row['from_theirs_km']:5.1f} km from it"
            )
        return 0
    text = build()
    if "--check" in arguments:
        if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
            print("data/outline.geojson is not what tools/outline.py gives; run it", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(text) / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
