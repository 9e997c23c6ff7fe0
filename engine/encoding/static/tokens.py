"""The built-in model's vocabulary in the library tokenizers, which splits many words at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.encoding.e5.weights import Weights

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def open_tokenizer(weights: Weights) -> Tokenizer:
    """Return the tokenizer of the model's vocabulary, without a normaliser of its own."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    special = weights.specials
    pieces = weights.pieces()
    vocabulary = list(zip(pieces, weights.scores().tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(vocabulary, special.unknown, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    begin, end = pieces[special.begin], pieces[special.end]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(begin, special.begin), (end, special.end)]
    )
    return tokenizer
