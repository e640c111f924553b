"""English sentences that are on every machine: Python's own reference, as its standard library carries it."""

from __future__ import annotations

import re

SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")
WORDS = re.compile(r"[A-Z][\w ,;()'-]{39,239}[.?!]")


def english_sentences(n: int) -> list[str]:
    """Sentences of 40 to 240 letters without code in them, evenly from the whole of the text.

    Args:
        n: how many.

    Returns:
        The same ones with the same version of Python.

    Example:
        >>> len(set(english_sentences(200)))
        200
    """
    from pydoc_data.topics import topics

    text = " ".join(topics[name] for name in sorted(topics))
    found = [one for one in SENTENCE.split(re.sub(r"\s+", " ", text)) if WORDS.fullmatch(one)]
    sentences = list(dict.fromkeys(found))
    return [sentences[k * len(sentences) // n] for k in range(n)]
