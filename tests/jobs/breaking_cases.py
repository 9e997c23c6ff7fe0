"""A base in which many small stories are usual and one grows fast."""

from tests.jobs.night_cases import BRIDGE, WORDS, after_a_night, line, night

MAYOR = f"{BRIDGE}. The mayor came"


def usual(n_events=40):
    """Return lines of events that two outlets tell, one of them a day later."""
    return [
        line(
            f"u{event}n{number}",
            " ".join(f"{word}{event}" for word in WORDS[number : number + 14]),
            event * 0.1 + number,
            source=f"Outlet {number}",
        )
        for event in range(n_events)
        for number in range(2)
    ]


def told(id_, n, day, **fields):
    return line(id_, f"{MAYOR} {n}.", day, source=f"Paper {n}", **fields)


def burst(day=6.0, n_voices=4):
    """Return lines of one event that some outlets tell within minutes."""
    return [told(f"b{n}", n, day + n / 1000) for n in range(n_voices)]


def after_a_burst(tmp_path, **options):
    """Return a base after two nights, the second with a story that is breaking."""
    base = after_a_night(tmp_path, *usual())
    report = night(base, tmp_path, *burst(), **options)
    return base, report
