"""What copies and origins of texts are found by."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import Rows
from engine.same_event.triples import Marked


@given(st.lists(st.lists(st.integers(0, 5) | st.integers(0, 2**64 - 1), max_size=9), max_size=5))
def test_each_triple_of_a_text_counts_once(texts):
    rows = Rows(np.repeat(np.arange(len(texts)), list(map(len, texts))))
    triples = np.array([triple for text in texts for triple in text], np.uint64)
    marked = Marked.of(rows, triples, len(texts))
    assert marked.sizes.dtype == np.int64
    assert marked.sizes.tolist() == [len(set(text)) for text in texts]
