"""Writes the built-in weights as a sentence-transformers folder.

So plain sentence-transformers runs the very model of the built-in encoder, to compare with, and
the adapter for any model can be tested without one from the network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from engine.encoding.e5.weights import Weights, find_weights

PLACES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""Names of a layer's parts in the weight file and in transformers."""

MARKS = {
    "bos_token": "<s>",
    "eos_token": "</s>",
    "pad_token": "<pad>",
    "unk_token": "<unk>",
    "cls_token": "<s>",
    "sep_token": "</s>",
}
"""Pieces with a meaning, as XLM-RoBERTa names them."""


def save_model(folder: Path, *, n_layers: int, n_pieces: int) -> Path:
    """Write the first layers and pieces of the built-in model into `folder`.

    Returns
    -------
    Path
        The folder of the model, inside `folder`.
    """
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules

    weights = Weights(find_weights())
    save_bert(weights, folder / "bert", n_layers=n_layers, n_pieces=n_pieces)
    save_tokenizer(weights, folder / "bert", n_pieces=n_pieces)
    words = modules.Transformer(str(folder / "bert"), max_seq_length=512)
    pooling = modules.Pooling(weights.shape.hidden, "mean")
    model = SentenceTransformer(modules=[words, pooling, modules.Normalize()], device="cpu")
    target = folder / "model"
    model.save(str(target))
    return target


def save_bert(weights: Weights, folder: Path, *, n_layers: int, n_pieces: int) -> None:
    """Write the layers as a BERT."""
    import torch
    from transformers import BertConfig, BertModel

    shape = weights.shape
    config = BertConfig(
        vocab_size=n_pieces,
        hidden_size=shape.hidden,
        num_hidden_layers=n_layers,
        num_attention_heads=shape.n_heads,
        intermediate_size=shape.inner,
        max_position_embeddings=shape.n_positions,
        type_vocab_size=shape.n_types,
        layer_norm_eps=shape.epsilon,
        pad_token_id=weights.specials.pad,
    )
    bert = BertModel(config, add_pooling_layer=False)
    own = bert.state_dict()
    state = {
        name: torch.from_numpy(np.array(value)).reshape(own[name].shape)
        for name, value in parameters(weights, n_layers=n_layers, n_pieces=n_pieces).items()
    }
    bert.load_state_dict(state, strict=False)
    bert.save_pretrained(folder)


def parameters(
    weights: Weights, *, n_layers: int, n_pieces: int
) -> dict[str, np.ndarray[Any, Any]]:
    """Return the parameters of a BERT by their names in transformers."""
    state: dict[str, np.ndarray[Any, Any]] = {
        "embeddings.word_embeddings.weight": weights.word_rows(np.arange(n_pieces)),
        "embeddings.position_embeddings.weight": weights.vector("emb.pos"),
        "embeddings.token_type_embeddings.weight": weights.vector("emb.type"),
        "embeddings.LayerNorm.weight": weights.vector("emb.ln.w"),
        "embeddings.LayerNorm.bias": weights.vector("emb.ln.b"),
    }
    for layer in range(n_layers):
        for short, place in PLACES.items():
            name, target = f"l{layer}.{short}", f"encoder.layer.{layer}.{place}"
            width = weights.shape.inner if short == "fo" else weights.shape.hidden
            state[f"{target}.bias"] = weights.vector(f"{name}.b")
            state[f"{target}.weight"] = (
                weights.vector(f"{name}.w")
                if "ln" in short
                else weights.matrix(f"{name}.w", width=width)
            )
    return state


def save_tokenizer(weights: Weights, folder: Path, *, n_pieces: int) -> None:
    """Write the vocabulary as a tokenizer; it has no normaliser."""
    from tokenizers import Tokenizer, pre_tokenizers, processors
    from tokenizers.models import Unigram
    from transformers import PreTrainedTokenizerFast

    special = weights.specials
    vocabulary = list(zip(weights.pieces()[:n_pieces], weights.scores().tolist(), strict=False))
    tokenizer = Tokenizer(Unigram(vocabulary, special.unknown, byte_fallback=False))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", special.begin), ("</s>", special.end)]
    )
    # Its class is annotated, but not its constructor.
    wrapped = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, **MARKS
    )
    wrapped.save_pretrained(folder)
