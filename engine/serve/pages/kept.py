"""What pages are made of, kept for as long as it fits: the last that was asked for."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """Holds the values that were asked for last; many threads may ask at once.

    Parameters
    ----------
    room
        Weight of all that is held, at most.
    weigh
        Gives the weight of a value.
    """

    def __init__(self, room: int, weigh: Callable[[V], int]) -> None:
        self._room = room
        self._weigh = weigh
        self._held: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """Return what is held under `key`, or else ``make()``, which is held from then on.

        Threads that ask for it at once may each make it; none waits for another.
        """
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        made = make()
        with self._lock:
            self._held[key] = made
            left = sum(map(self._weigh, self._held.values())) - self._room
            while left > 0:
                left -= self._weigh(self._held.popitem(last=False)[1])
        return made
