"""What tests ask of bags."""

import numpy as np

from engine.same_event.bags import Bags


def bags_of(bags: Bags) -> list[set[str]]:
    """Return the words of each article."""
    cut = np.split(bags.columns, bags.starts[1:-1])
    return [{bags.words[column] for column in columns.tolist()} for columns in cut]
