"""Parts and tasks, at module level so that workers elsewhere can be sent them."""

import os
import pickle
import signal
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from engine.domain import text_hash
from engine.encoding import HashingEncoder
from engine.errors import DamagedError
from engine.workers.local import LocalExecutor
from engine.workers.on_ray import RayExecutor


@dataclass(frozen=True)
class Numbered:
    """A part that is a number."""

    number: int

    @property
    def name(self):
        return f"number {self.number}"


PARTS = [Numbered(number) for number in range(7)]


class Squaring:
    """Squares numbers, and notes in a folder what each worker did."""

    def __init__(self, folder):
        self.folder = folder
        Path(folder, f"made-{os.getpid()}-{id(self)}").touch()

    def __call__(self, part):
        with Path(folder_file(self.folder, part)).open("a") as file:
            file.write(f"{os.getpid()}\n")
        return part.number**2


def folder_file(folder, part):
    return Path(folder, f"tried-{part.number}")


class Refused(Squaring):
    """The operating system refuses number 3 so many times."""

    times = 2

    def __call__(self, part):
        squared = super().__call__(part)
        tried = len(folder_file(self.folder, part).read_text().split())
        if part.number == 3 and tried <= self.times:
            raise TimeoutError("the share does not answer")
        return squared


class AlwaysRefused(Refused):
    times = 100


class Damaged(Squaring):
    def __call__(self, part):
        if part.number == 3:
            raise DamagedError("number 3 is not as it was stored")
        return super().__call__(part)


class Killed(Refused):
    """Number 3 ends the process that works on it, the first time or always."""

    times = 1

    def __call__(self, part):
        try:
            return super().__call__(part)
        except TimeoutError:
            os.kill(os.getpid(), signal.SIGKILL)


def killed_at_once():
    """End the process that is to make its state."""
    os.kill(os.getpid(), signal.SIGKILL)


class AlwaysKilled(Killed):
    times = 100


class Slow(Squaring):
    def __call__(self, part):
        time.sleep(0.3)
        return super().__call__(part)


class Sleeping(Squaring):
    def __call__(self, part):
        squared = super().__call__(part)
        time.sleep(600)
        return squared


class Loud(Squaring):
    def __call__(self, part):
        os.write(1, b"printed")
        os.write(2, b"and this")
        return super().__call__(part)


class Holding:
    """Keeps a file open, and tells in which process."""

    def __init__(self, path):
        self.file = path.open()

    def __call__(self, part):
        return os.getpid()


class Lambdas(Squaring):
    def __call__(self, part):
        return lambda: part


class Accelerators(Squaring):
    """Tells which accelerators a worker sees."""

    def __call__(self, part):
        return os.environ["CUDA_VISIBLE_DEVICES"]


class ElsewhereExecutor(LocalExecutor):
    """Works here on what went through pickle, as if it were elsewhere."""

    def map(self, make, parts, **wishes):
        make = pickle.loads(pickle.dumps(make))
        sent = (pickle.loads(pickle.dumps(part)) for part in parts)
        for part, result in super().map(make, sent, **wishes):
            yield part, pickle.loads(pickle.dumps(result))


class Deadly:
    """Makes what another makes, and kills the first worker that gets to work."""

    def __init__(self, make, mark):
        self.make, self.mark = make, mark

    def __call__(self):
        task = self.make()

        def deadly(part):
            if not self.mark.exists():
                self.mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return task(part)

        return deadly


class DeadlyStages(RayExecutor):
    """Loses a worker in each stage."""

    def __init__(self, address, folder):
        super().__init__(address)
        self.folder, self.n_stages = folder, 0

    def map(self, make, parts, **wishes):
        self.n_stages += 1
        deadly = Deadly(make, self.folder / f"killed-{self.n_stages}")
        return super().map(deadly, parts, **wishes)


class NotingEncoder(HashingEncoder):
    """Notes each text that it encodes in a file, slowly."""

    def __init__(self, log, seconds=0.0):
        super().__init__(64)
        self.log, self.seconds = Path(log), seconds

    def encode(self, texts):
        with self.log.open("a") as file:
            file.writelines(f"{text_hash(text).hex()}\n" for text in texts)
        time.sleep(self.seconds)
        return super().encode(texts)

    def noted(self):
        """Return how often each text was encoded, by its hash."""
        return Counter(self.log.read_text().split())
