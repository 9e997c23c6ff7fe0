"""From a name to an encoder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.domain import EncoderSpec
from engine.encoding.hashing import HashingEncoder
from engine.errors import InputError
from engine.protocols import Encoder, Progress, silent

OF_THE_ENGINE = ("e5-small", "static", "hashing")
"""Encoders that are known by name, also where a folder is called the same."""


def settled(spec: EncoderSpec) -> EncoderSpec:
    """Return `spec` with the folder of its model, if it names one, as it is called from anywhere.

    What a base keeps must lead to the model from whatever folder a later run is started in.
    """
    if spec.name in OF_THE_ENGINE or not Path(spec.name).is_dir():
        return spec
    return replace(spec, name=str(Path(spec.name).resolve()))


def open_encoder(
    spec: EncoderSpec, *, storing: bool = False, progress: Progress = silent
) -> Encoder:
    """Return the encoder that `spec` names.

    Parameters
    ----------
    spec
        ``"e5-small"``, ``"static"``, ``"hashing"``, or the name or folder of a
        sentence-transformers model, with what changes its vectors.
    storing
        True where the vectors are kept: equal texts then get equal vectors however they
        are split over calls. False may be faster for a few texts.
    progress
        Told of what takes minutes, which is done once on a machine.

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
    if spec.name == "static":
        from engine.encoding.static import open_static

        if (spec.prompt, spec.max_tokens) != (None, None):
            raise InputError("the encoder static has no prompt and no longest input; give neither")
        return open_static(progress)
    from engine.encoding.sentence import SentenceEncoder

    return SentenceEncoder(spec)
