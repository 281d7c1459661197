"""How a figure is printed: the median of the rounds, its spread, its limit and its goal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Sample:
    """One contestant in one round."""

    rate: float
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    app_cpu_ms: float = 0.0
    database_cpu_ms: float = 0.0

    @property
    def cpu_ms(self) -> float:
        return self.app_cpu_ms + self.database_cpu_ms


class Rounds:
    """The samples of every contestant, round by round: a ratio is taken within one round, where
    the machine was the same for both."""

    def __init__(self) -> None:
        self.samples: dict[str, list[Sample]] = {}

    def add(self, name: str, sample: Sample) -> None:
        self.samples.setdefault(name, []).append(sample)

    def has(self, *names: str) -> bool:
        return all(self.samples.get(name) for name in names)

    def values(self, name: str, read: Callable[[Sample], float]) -> list[float]:
        return [read(sample) for sample in self.samples[name]]

    def ratios(self, name: str, to: str, read: Callable[[Sample], float]) -> list[float]:
        pairs = zip(self.values(name, read), self.values(to, read), strict=True)
        return [mine / theirs for mine, theirs in pairs if theirs]


def spread(values: Sequence[float], digits: int = 0) -> str:
    """`1,234 (1,200–1,260)`; one value stands alone."""
    middle = f"{median(values):,.{digits}f}"
    if len(values) == 1:
        return middle
    return f"{middle} ({min(values):,.{digits}f}–{max(values):,.{digits}f})"


def say(text: str) -> None:
    print(text, flush=True)


def figure(name: str, values: Sequence[float], unit: str, *, digits: int = 0) -> None:
    say(f"  {name:<46} {spread(values, digits):>28} {unit}")


def goal(
    number: str,
    name: str,
    values: Sequence[float],
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    unit: str = "%",
    digits: int = 1,
) -> None:
    """A ratio beside its goal; whether it is met is said, never rounded up."""
    if not values:
        say(f"{number:<4} {name:<58} not measured")
        return
    middle = median(values)
    met = (at_least is None or middle >= at_least) and (at_most is None or middle <= at_most)
    wanted = f"≥ {at_least:g}" if at_least is not None else f"≤ {at_most:g}"
    verdict = "met" if met else "SHORT"
    say(f"{number:<4} {name:<58} {spread(values, digits):>22} {unit:<3} goal {wanted} {verdict}")
