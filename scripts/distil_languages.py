"""Makes engine/reading/ngrams.npz: the part of py3langid's model that news needs.

The full model takes most of a second to unpack, which one query may not cost. This keeps,
by script, the byte n-grams that say most about the languages of that script, and their
weights in 8 bits; see docs/decisions/0006-reading.md. Needs py3langid 0.4:

    python scripts/distil_languages.py
"""

from collections import deque
from pathlib import Path

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier

TARGET = Path(__file__).resolve().parents[1] / "engine" / "reading" / "ngrams.npz"

LATIN = (
    "af az bs ca cs cy da de en es et eu fi fr ga gl ha hr hu id is it ku lb lt lv ms mt nl no"
    " pl pt ro rw sk sl so sq sr sv sw tl tr uz vi xh yo zu"
)
SCRIPTS = {
    "latin": (LATIN, range(0x0250), 36000),
    "cyrillic": ("ba be bg kk ky mk mn ru sr tg tt uk", range(0x0400, 0x0530), 9000),
    "arabic": ("ar fa ps ug ur", range(0x0600, 0x0780), 6000),
    "devanagari": ("hi mr ne", range(0x0900, 0x0980), 3000),
}
"""Script: languages told apart in it, code points beside ASCII, n-grams kept."""


def grams_of(model: LanguageIdentifier) -> dict[int, bytes]:
    """Return the byte string of each feature, by walking the model's automaton."""
    rows = np.array(model.tk_nextmove).reshape(-1, 256)
    step = rows[np.array(model.tk_row)]
    reached = {0: b""}
    queue = deque([0])
    while queue:
        state = queue.popleft()
        for byte in range(256):
            following = int(step[state, byte])
            if following not in reached:
                reached[following] = reached[state] + bytes([byte])
                queue.append(following)
    # Shorter strings win: the automaton also reports a feature in states beyond its own.
    grams = {}
    for state, gram in sorted(reached.items(), key=lambda item: -len(item[1])):
        if model.tk_output[state] >= 0:
            grams[model.tk_output[state]] = gram
    return grams


def fits(gram: bytes, points: range) -> bool:
    """Tell whether `gram` may occur in text of the code points; it may cut characters."""
    leads = {chr(point).encode()[0] for point in points if point > 0x7F}
    return all(byte < 0x80 or byte < 0xC0 or byte in leads for byte in gram) and (
        points.start == 0 or any(byte >= 0x80 for byte in gram)
    )


def distilled(
    model: LanguageIdentifier,
    grams: dict[int, bytes],
    languages: list[str],
    points: range,
    n_kept: int,
) -> dict[str, np.ndarray]:
    """Return the arrays of one script."""
    columns = [model.nb_classes.index(language) for language in languages]
    fitting = np.array([i for i in range(len(grams)) if fits(grams[i], points)])
    logs = np.asarray(model.nb_ptc, dtype=np.float32)[np.ix_(fitting, columns)]
    centred = logs - logs.mean(axis=1, keepdims=True)
    # What a gram is expected to add to a decision in the language that uses it most.
    worth = (np.exp(logs) * np.abs(centred)).sum(axis=1)
    best = np.sort(np.argsort(-worth, kind="stable")[:n_kept])
    weights = centred[best]
    scale = np.float32(np.abs(weights).max() / 127)
    kept = [grams[i] for i in fitting[best]]
    return {
        "grams": np.frombuffer(b"".join(kept), dtype=np.uint8),
        "lengths": np.array([len(gram) for gram in kept], dtype=np.uint8),
        "weights": np.rint(weights / scale).astype(np.int8),
        "scale": scale,
        "priors": np.asarray(model.nb_pc, dtype=np.float32)[columns],
        "languages": np.array(languages),
    }


def main() -> None:
    """Write the table."""
    model = LanguageIdentifier.from_model_file(MODEL_FILE)
    grams = grams_of(model)
    arrays: dict[str, np.ndarray] = {}
    for script, (languages, points, n_kept) in SCRIPTS.items():
        made = distilled(model, grams, languages.split(), points, n_kept)
        arrays |= {f"{script}_{name}": value for name, value in made.items()}
        print(script, made["weights"].shape)
    # Not compressed: one question would take longer to unpack it than to be encoded.
    np.savez(TARGET, allow_pickle=False, **arrays)
    print(TARGET.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
