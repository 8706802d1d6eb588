"""One-off merge of the six fact dossiers into `data/tables/`.

Run once per dossier delivery with `python -m tools.merge FACTS_FOLDER`. The
tables are the truth afterwards and may be edited by hand; what this package
keeps is the reasoning: every choice stands in `decisions`, every dossier row
in `provenance.csv` with what became of it.
"""
