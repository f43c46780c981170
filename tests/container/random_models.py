"""Models that no training would give, written as LightGBM's text: every split, every shape.

A few drawn numbers say what a model is like; the many numbers in it come from a seed.
"""

import math
import random
from dataclasses import dataclass

from tests.container import model_text
from tests.container.nasty import CATEGORIES, EXTREMES, beside

# objective -> outputs; None: as many as drawn, from 2 on
OBJECTIVES: dict[str, int | None] = {
    "binary sigmoid:1": 1,
    "binary sigmoid:0.7": 1,
    "multiclass num_class:{}": None,
    "multiclassova num_class:{} sigmoid:1.3": None,
    "regression": 1,
    "regression sqrt": 1,
    "regression_l1": 1,
    "huber": 1,
    "fair": 1,
    "poisson": 1,
    "quantile": 1,
    "mape": 1,
    "gamma": 1,
    "tweedie": 1,
    "cross_entropy": 1,
    "cross_entropy_lambda": 1,
    "lambdarank": 1,
    "rank_xendcg": 1,
    "": 1,
}
SHAPES = ("bushy", "left", "right", "any")
_FINITE = [value for value in EXTREMES if math.isfinite(value)]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a model is like.

    Attributes:
        seed: of all that is not said here.
        version: v2, v3 or v4.
        objective: a key of OBJECTIVES.
        outputs: classes, where the objective has any.
        rounds: of boosting.
        average: a random forest.
        features: columns.
        leaves: of each tree at most.
        shape: of the trees: a key of SHAPES.
        categorical: part of the splits that are categorical.
        thresholds: distinct ones for each feature.
        large: leaf values may be of any size.
    """

    seed: int
    version: str
    objective: str
    outputs: int
    rounds: int
    average: bool
    features: int
    leaves: int
    shape: str
    categorical: float
    thresholds: int
    large: bool


class Writer:
    """Writes the text of one model, and rows for it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._random = random.Random(plan.seed)
        self.outputs = OBJECTIVES[plan.objective] or plan.outputs
        self._pools = [self._pool() for _ in range(plan.features)]

    def model(self) -> str:
        """The text of the model."""
        plan = self._plan
        return model_text.write(
            [self._tree() for _ in range(plan.rounds * self.outputs)],
            features=plan.features,
            outputs=self.outputs,
            objective=plan.objective.format(self.outputs),
            version=plan.version,
            average=plan.average,
        )

    def rows(self, count: int) -> list[list[float]]:
        """Rows whose cells lie on thresholds, beside them, or anywhere."""
        return [[self._cell(pool) for pool in self._pools] for _ in range(count)]

    def _pool(self) -> list[float]:
        """The thresholds of a feature."""
        draw = self._random
        made = [
            draw.gauss(0, 10.0 ** draw.choice((-3, 0, 0, 6))) for _ in range(self._plan.thresholds)
        ]
        return made + draw.sample(_FINITE, draw.randint(0, 3))

    def _cell(self, pool: list[float]) -> float:
        draw = self._random
        kind = draw.random()
        if kind < 0.4:
            return draw.choice(beside(draw.choice(pool)))
        if kind < 0.7:
            return float(draw.randint(-2, 70))
        return draw.choice(EXTREMES if kind < 0.85 else CATEGORIES)

    def _tree(self) -> model_text.Tree:
        plan, draw = self._plan, self._random
        leaves = draw.choice((plan.leaves, draw.randint(1, plan.leaves)))
        left, right = self._children(leaves)
        features: list[int] = []
        thresholds: list[float | int] = []
        decisions: list[int] = []
        ends, words = [0], []
        for _ in range(leaves - 1):
            features.append(draw.randrange(plan.features))
            missing = draw.choice((0, 4, 8))  # none, zero, nan
            if draw.random() < plan.categorical:
                thresholds.append(len(ends) - 1)  # the number of the set
                decisions.append(missing | 1)
                words += [draw.getrandbits(32) for _ in range(draw.choice((1, 1, 2, 3, 8, 9)))]
                ends.append(len(words))
            else:
                thresholds.append(draw.choice(self._pools[features[-1]]))
                decisions.append(missing | draw.choice((0, 2)))  # 2: what is missing goes left
        sets = {"cat_boundaries": ends, "cat_threshold": words} if words else {}
        return {
            "split_feature": features,
            "threshold": thresholds,
            "decision_type": decisions,
            "left_child": left,
            "right_child": right,
            "leaf_value": [self._leaf() for _ in range(leaves)],
            **sets,
        }

    def _children(self, leaves: int) -> tuple[list[int], list[int]]:
        """Grown as LightGBM grows a tree: a leaf becomes a node, its leaf and a new one below."""
        left, right = [0] * (leaves - 1), [0] * (leaves - 1)
        parents: dict[int, tuple[list[int], int]] = {}
        order = [0]
        for node in range(leaves - 1):
            chosen = self._chosen(order)
            if chosen in parents:
                side, above = parents[chosen]
                side[above] = node
            new = node + 1
            left[node], right[node] = ~chosen, ~new
            parents[chosen], parents[new] = (left, node), (right, node)
            order.append(new)
        return left, right

    def _chosen(self, order: list[int]) -> int:
        """The leaf to split: the left child keeps its number, the right one is new."""
        shape = self._plan.shape
        if shape == "left":
            return 0
        if shape == "right":
            return order[-1]
        if shape == "bushy":
            order.append(order.pop(0))
            return order[-1]
        return self._random.choice(order)

    def _leaf(self) -> float:
        draw = self._random
        if self._plan.large and draw.random() < 0.3:
            return draw.choice((0.0, -0.0, 5e-324, -1e300, 1e300, 1e-300, 700.0, -700.0, 1e10))
        return draw.gauss(0, 0.3)
