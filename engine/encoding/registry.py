"""From a name to an encoder."""

from __future__ import annotations

from engine.domain import EncoderSpec
from engine.encoding.hashing import HashingEncoder
from engine.protocols import Encoder


def open_encoder(spec: EncoderSpec, *, storing: bool = False) -> Encoder:
    """Return the encoder that `spec` names.

    Parameters
    ----------
    spec
        ``"e5-small"``, ``"hashing"``, or the name or folder of a sentence-transformers
        model, with what changes its vectors.
    storing
        True where the vectors are kept: equal texts then get equal vectors however they
        are split over calls. False may be faster for a few texts.

    Raises
    ------
    EncoderError
        If the model is missing, damaged or cannot run on this machine.
    InputError
        If `spec` asks for what the encoder does not have.
    """
    # Each encoder is imported when it is asked for: the command line must start fast.
    if spec.name == "hashing":
        return HashingEncoder()
    if spec.name == "e5-small":
        from engine.encoding.e5 import E5Encoder

        return E5Encoder(prompt=spec.prompt, max_tokens=spec.max_tokens, storing=storing)
    from engine.encoding.sentence import SentenceEncoder

    return SentenceEncoder(spec)
