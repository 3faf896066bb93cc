"""The documentation stays short enough to be read: what is new makes something old shorter."""

from pathlib import Path

MOST_WORDS = 25_000
"""Of `docs/*.md` and the README together, as `wc -w` counts: the text as it is committed."""


def test_the_pages_have_no_more_words_than_they_may(root: Path) -> None:
    pages = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    counts = {page.name: len(page.read_text(encoding="utf-8").split()) for page in pages}
    assert len(counts) > 15
    total = sum(counts.values())
    longest = sorted(counts, key=counts.__getitem__, reverse=True)[:5]
    assert total <= MOST_WORDS, f"{total} words; the longest: {', '.join(longest)}"
