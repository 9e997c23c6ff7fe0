"""From a name to an encoder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from engine.domain import EncoderSpec
from engine.encoding.hashing import HashingEncoder
from engine.errors import InputError
from engine.protocols import Encoder, Progress, silent

OF_THE_ENGINE = ("e5-small", "static", "hashing")
"""Encoders that are known by name, also where a folder is called the same."""

AUTO, INT8, FLOAT32, FLOAT16 = "auto", "int8", "float32", "float16"


class Settled(NamedTuple):
    """What a base keeps of the encoder that was asked for.

    Attributes
    ----------
    spec
        The encoder, with a folder and a precision that do not depend on where it is opened.
    not_int8
        Why int8 was wanted and is not what runs; else empty.
    """

    spec: EncoderSpec
    not_int8: str = ""


def settled(spec: EncoderSpec, before: EncoderSpec | None = None) -> Settled:
    """Return `spec` as it leads to the same vectors from any folder and on any machine.

    The folder of a model becomes absolute. The precision ``auto`` becomes that which the base
    has, where `before` names the same model; else what is fastest here: half precision on an
    accelerator, int8 on processors where the model has it, else single precision.

    Parameters
    ----------
    spec
        As it was asked for.
    before
        What the live generation was made with.

    Raises
    ------
    EncoderError
        If the precision is to be found out and the model is not there or cannot run.
    """
    if spec.name in OF_THE_ENGINE:
        return Settled(replace(spec, precision=FLOAT32) if spec.precision == AUTO else spec)
    if Path(spec.name).is_dir():
        spec = replace(spec, name=str(Path(spec.name).resolve()))
    if spec.precision != AUTO:
        return Settled(spec)
    if before is not None and replace(before, precision=AUTO) == spec:
        return Settled(before)
    return _fastest(spec)


def _fastest(spec: EncoderSpec) -> Settled:
    """Return `spec` with the precision that is fastest on this machine."""
    from engine.encoding.int8.encoder import Int8Encoder
    from engine.encoding.int8.folder import UnsuitedError
    from engine.encoding.sentence import has_accelerator

    if has_accelerator():
        return Settled(replace(spec, precision=FLOAT16))
    try:
        Int8Encoder(spec)
    except UnsuitedError as error:
        return Settled(replace(spec, precision=FLOAT32), not_int8=error.reason)
    return Settled(replace(spec, precision=INT8))


def ways_to_run(spec: EncoderSpec) -> tuple[dict[str, tuple[EncoderSpec, bool]], dict[str, str]]:
    """Return the ways in which the model of `spec` runs here, and why it does not in others.

    A way is what `open_encoder` takes: a spec, and whether vectors are kept. The first is what
    others are compared with.

    Raises
    ------
    EncoderError
        If the model is not there or cannot run.
    """
    if spec.name in OF_THE_ENGINE:
        quick = {"compiled engine": (spec, False)} if spec.name == "e5-small" else {}
        return quick | {INT8 if quick else spec.name: (spec, True)}, {}
    from engine.encoding.int8.encoder import Int8Encoder
    from engine.encoding.int8.folder import UnsuitedError
    from engine.encoding.sentence import has_accelerator

    precisions, impossible = [FLOAT32], dict[str, str]()
    try:
        Int8Encoder(spec)
        precisions.append(INT8)
    except UnsuitedError as error:
        impossible[INT8] = error.reason
    if has_accelerator():
        precisions.append(FLOAT16)
    return {each: (replace(spec, precision=each), True) for each in precisions}, impossible


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
    spec = settled(spec).spec
    if spec.precision == INT8:
        from engine.encoding.int8.encoder import Int8Encoder

        return Int8Encoder(spec)
    from engine.encoding.sentence import SentenceEncoder

    return SentenceEncoder(spec)
