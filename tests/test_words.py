"""The words: standard terms of the field in everything that a user reads, none of our own.

The table stands in `docs/glossary.md` for users; here are the words that must not come back.
`python tests/test_words.py FILE ...` lists them with their lines.
"""

from __future__ import annotations

import io
import re
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# A word of our own (as a regular expression), and what the field says instead.
PRIVATE = {
    r"(?<!one-)(?<!two-)(?<!one )(?<!both )(?<!either )\bways?\b": "route (of cargo), path (arcs), alternative, mode",
    r"\bpools? of (ways|paths)\b|\bthe pool\b|\bpools\b": "choice set",
    r"\bshuts?\b|\bshutting\b": "close, closed, closure",
    r"\b(stays?|staying|left|leaves?) at home\b|\bleft standing\b": "unserved demand",
    r"\bdoes not pay\b|\bdo not pay\b": "priced out",
    r"\b(things|what) that runs? out\b|\bwhat runs out\b|\bthat run out\b": "capacity constraints, resources",
    r"\bwhat is full\b|\bfull things\b": "binding constraints, bottlenecks",
    r"\b(which|listed|all|these|those|the|no|other|further|without|of|when|whether|what|by|with|after|more) works\b"
    r"(?! (as|like|on|at|in|with|without|for|for|out|the same|also|only|by|from)\b)": "projects",
    r"\bone more tonne\b|\ba tonne more\b|\bunit more is worth\b": "shadow price",
    r"\bnothing (were|was|is) ever full\b|\bunlimited\b": "unconstrained",
    r"\btold (his|their|which|the) (way|route)\b": "system optimum",
    r"\bLeast: generalised\b|\bleast generalised cost\b": "minimise: generalised cost",
    r"\bno other beats\b|\bthat nothing beats\b|\bunbeaten\b": "Pareto-optimal",
    r"(?<!\()\bwagon to wagon\b": "transshipment (wagon to wagon)",
    r"\broad posts?\b": "road border crossing",
    r"\b[Ww]hat happened\b|\bas it happened\b": "recorded events",
    r"\baimed at\b|\baims of\b": "target",
    r"\bdoubt(s|ful)?\b": "uncertain",
    r"\bl(aid|aying|ays?) (the branch |a branch |\w+ )?out\b": "prepare, preparing",
    r"\bour own fault\b|\bfault of ours\b": "internal error",
    r"\b(map of )?the house\b|\bhouse is built\b|\brooms? of\b|\bfront doors?\b": "architecture, modules, public functions",
    r"\bas it is\b": "baseline",
    r"\blorr(y|ies)\b": "truck",
    r"\bdear(er|est)?\b": "more expensive",
    r"\bwhat(ever)? it is made of\b|\bmade of\b|\bmade anew\b": "computed from, built from, computed again",
    r"\basked (of|for|about)\b": "requested; the question",
    r"\bkept (between|for|on|in|under)\b": "stored",
    r"\b(mend|mends|mended|reckon\w*)\b": "correct, estimate",
    r"\b(told apart|err together|held against|cannot be had|stays short|then binds|what breaks|anew)\b": "plain words",
    r"\bmissing of\b": "shortfall by cause",
    r"\bby [A-Z][a-z]+ · ": "via",
    r"\bin hand\b|\bat hand\b": "available",
    r"\bbe it\b|\bnought\b|\bso many\b|\bhence\b|\bthereof\b": "plain words",
}
# Where such a word is meant as it stands: a file, and what may stand in it.
ALLOWED = {
    "src/corridor/osm/": r"\bways?\b",  # OpenStreetMap's own term for a line
    "src/corridor/cli/convert.py": r"OpenStreetMap|\bway/\d+",
    "docs/osm.md": r"\bways?\b",
    "src/corridor/displayable.py": r"\"shut\"",  # the name of version 0.1, still understood
    "src/corridor/web/": r"\"shut\"",
    "docs/glossary.md": r"`shut=?`",
    "CHANGELOG.md": r"`(shut=?|way)`",
    "docs/performance.md": r"benchmarks [\w ]*ways",  # the name of a benchmark
    "docs/reference/benchmarks.md": r"ways",
    "docs/data.md": r"share of the ways|railway of the way",  # texts of the data
}
BOTH = re.compile(r"\b(both|either|one|two)$")  # at the end of the line before
WORDS = {re.compile(pattern): term for pattern, term in PRIVATE.items()}


def texts_of(path):
    """Yield line and text of what people read in a file: strings and comments of code, all lines of a document."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.STRING, tokenize.COMMENT) or tokenize.tok_name[token.type] == "FSTRING_MIDDLE":
            for i, line in enumerate(token.string.splitlines()):
                yield token.start[0] + i, line


def private_words(path):
    """Yield place, word and standard term of each private word in a file."""
    name = str(path.relative_to(ROOT))
    allowed = [re.compile(p) for where, p in ALLOWED.items() if name.startswith(where)]
    before = ""
    for line, text in texts_of(path):
        for pattern, term in WORDS.items():
            for found in pattern.finditer(text):
                broken = BOTH.search(before) and not text[: found.start()].strip() and found[0] in ("way", "ways")
                if not broken and not any(
                    a.search(text[max(0, found.start() - 20) : found.end() + 20]) for a in allowed
                ):
                    yield f"{name}:{line}", found[0], term
        before = text


def test_nothing_that_people_read_has_a_word_of_our_own():
    """Messages, help and comments are in the sources; outputs and reference pages are in the documentation."""
    paths = [
        *ROOT.glob("src/**/*.py"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("*.md"),
        *ROOT.glob("tests/golden/*.txt"),
    ]
    assert len(paths) > 250
    assert [
        f"{where}: '{word}', say {term}" for path in sorted(paths) for where, word, term in private_words(path)
    ] == []


def test_a_private_word_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    (tmp_path / "x.py").write_text('def f():\n    """Return the ways."""\n    return "a lorry"  # it is shut\n')
    (tmp_path / "x.md").write_text("A one-way street. A pool of ways.\n")
    assert [word for _, word, _ in private_words(tmp_path / "x.py")] == ["ways", "lorry", "shut"]
    assert {word for _, word, _ in private_words(tmp_path / "x.md")} == {"ways", "pool of ways"}


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        for where, word, term in private_words(Path(argument).resolve()):
            print(f"{where}: '{word}' -> {term}")
