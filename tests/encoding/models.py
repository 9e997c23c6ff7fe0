"""Small models with random weights, as sentence-transformers folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

WORDS = ("the", "a", "storm", "rain", "hit", "harbour", "dike", "broke", "on", "monday", "gold")
SIZES = {
    "vocab_size": 40,
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 128,
    "max_position_embeddings": 66,
    "pad_token_id": 1,
}


def save_random(folder: Path, kind: str, *, pooling: str = "mean", **changes: Any) -> Path:
    """Write a model of transformers' type `kind` and return its folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from transformers import AutoConfig, AutoModel

    torch.manual_seed(0)
    model = AutoModel.from_config(AutoConfig.for_model(kind, **SIZES | changes))
    with torch.no_grad():
        for parameter in model.parameters():  # more than a fresh model's, so that layers matter
            parameter.add_(torch.randn_like(parameter), alpha=0.1)
    model.save_pretrained(folder / "raw")
    save_words(folder / "raw")
    words = modules.Transformer(str(folder / "raw"), max_seq_length=64)
    made = SentenceTransformer(modules=[words, modules.Pooling(64, pooling)], device="cpu")
    made.save(str(folder / "model"))
    return folder / "model"


def save_words(folder: Path) -> None:
    """Write a vocabulary of whole words and single letters."""
    from tokenizers import Tokenizer, pre_tokenizers, processors
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    marks = ["<s>", "<pad>", "</s>", "<unk>"]
    vocabulary = {word: number for number, word in enumerate([*marks, *WORDS, "query", ":"])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        cls_token="<s>",
        pad_token="<pad>",
        sep_token="</s>",
        unk_token="<unk>",
    ).save_pretrained(folder)
