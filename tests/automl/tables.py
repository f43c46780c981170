"""Training data with every kind of column, made from one seed."""

import csv
import io
from datetime import date, timedelta

import numpy as np

ROWS = 600
HEADER = ("id", "age", "income", "city", "branch", "since", "member", "note", "currency")
CITIES = ("Recife", "Manaus", "São Paulo", "Belém, PA")


def table(kind: str, *, rows: int = ROWS, seed: int = 7) -> list[list[str]]:
    """The header and rows of a CSV, the target last and called `y`.

    The target depends on age, income, city, since and member. `kind` says what it is: `words`
    (setosa, versicolor, virginica), `digits` (0 and 1) or `number`.
    """
    random = np.random.default_rng(seed)
    lines = [[*HEADER, "y"]]
    for number in range(rows):
        age, income = random.integers(18, 90), random.normal(30, 9)
        city, days = random.integers(len(CITIES)), int(random.integers(2000))
        member = bool(random.random() < 0.5)
        score = age / 30 + income / 9 + city - days / 800 + 1.5 * member + random.normal(0, 0.3)
        lines.append(
            [
                str(10_000 + number * 7),
                "" if random.random() < 0.1 else str(age),
                ("NA", f" {income:.3f}", f"{income:.6e}")[int(random.integers(3))],
                CITIES[city],
                f"0{random.integers(1, 9)}",
                (date(2020, 1, 1) + timedelta(days=days)).isoformat(),
                str(member).lower(),
                f"customer number {number} wrote {('good', 'bad')[city % 2]} things",
                "BRL",
                _target(kind, score),
            ]
        )
    return lines


def _target(kind: str, score: float) -> str:
    if kind == "words":
        return ("setosa", "versicolor", "virginica")[int(np.digitize(score, [6, 8]))]
    return str(int(score > 7)) if kind == "digits" else f"{score:.4f}"


def to_csv(lines: list[list[str]]) -> str:
    """RFC 4180 text."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue()


def inputs(lines: list[list[str]]) -> str:
    """The rows without header and target, as a model server gets them."""
    return to_csv([line[:-1] for line in lines[1:]])
