"""Made-up tables with what real ones have: categories, dates, missing cells, awkward labels."""

import csv
import io
import random
from collections.abc import Callable

Row = dict[str, str]

FEATURES = ["age", "plan", "since", "visits"]
"""What a model of `customers` may look at."""


def customers(rows: int, *, seed: int) -> list[Row]:
    """Rows with numbers, categories, dates and missing cells, and `churned` and `value` that follow
    from them with some noise."""
    rng = random.Random(seed)
    return [_customer(rng) for _ in range(rows)]


def _customer(rng: random.Random) -> Row:
    plan = rng.choice(["basic", "plus", "prémio, anual"])
    age, visits = rng.randint(18, 80), rng.randint(0, 40)
    year, month = rng.randint(2015, 2024), rng.randint(1, 12)
    score = 0.06 * (age - 50) - 0.12 * (visits - 20) + {"basic": 1.2, "plus": 0.0}.get(plan, -1.2)
    score += 0.3 * (2020 - year) + rng.gauss(0, 0.6)
    return {
        "age": "" if rng.random() < 0.08 else str(age),
        "plan": "" if rng.random() < 0.05 else plan,
        "since": f"{year}-{month:02d}-{rng.randint(1, 28):02d}",
        "visits": "NA" if rng.random() < 0.03 else str(visits),
        "churned": "yes" if score > 0 else "no",
        "value": f"{100 - 12 * score + rng.gauss(0, 4):.2f}",
    }


def to_csv(rows: list[Row], columns: list[str], *, header: bool = True) -> str:
    """CSV text of the chosen columns; RFC 4180 quoting where a cell needs it."""
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    if header:
        writer.writerow(columns)
    writer.writerows([row[name] for name in columns] for row in rows)
    return sink.getvalue()


def accuracy(pairs: list[tuple[str, str]]) -> float:
    """The share of equal pairs."""
    return sum(a == b for a, b in pairs) / len(pairs)


def r2(pairs: list[tuple[float, float]]) -> float:
    """The coefficient of determination of (predicted, true) pairs."""
    mean = sum(true for _, true in pairs) / len(pairs)
    wrong = sum((guess - true) ** 2 for guess, true in pairs)
    return 1 - wrong / sum((true - mean) ** 2 for _, true in pairs)


def with_ids(rows: list[Row], name: str, make: Callable[[int], str]) -> list[Row]:
    """The rows with an id column."""
    return [{name: make(number), **row} for number, row in enumerate(rows)]
