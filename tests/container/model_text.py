"""LightGBM's text of a model, from the numbers of its trees."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

Tree = Mapping[str, Sequence[Any]]


def write(
    trees: Sequence[Tree],
    *,
    features: int,
    outputs: int = 1,
    objective: str = "regression",
    version: str = "v4",
    average: bool = False,
) -> str:
    """The text; `objective` is empty for the raw score, `average` is for random forests."""
    texts = [f"Tree={at}\n{_tree(tree)}\n\n" for at, tree in enumerate(trees)]
    head = [
        "tree",
        f"version={version}",
        f"num_class={outputs}",
        f"num_tree_per_iteration={outputs}",
        "label_index=0",
        f"max_feature_idx={features - 1}",
        *([f"objective={objective}"] if objective else []),
        *(["average_output"] if average else []),
        "feature_names=" + " ".join(f"f{at}" for at in range(features)),
        "feature_infos=" + " ".join(["none"] * features),
        "tree_sizes=" + " ".join(str(len(tree)) for tree in texts),
        "\n",
    ]
    tail = "end of trees\n\nfeature_importances:\n\nparameters:\nend of parameters\n"
    return "\n".join(head) + "".join(texts) + tail


def _tree(tree: Tree) -> str:
    leaves, nodes = len(tree["leaf_value"]), len(tree["split_feature"])
    sets = max(len(tree.get("cat_boundaries", ())) - 1, 0)
    whole: dict[str, Sequence[Any]] = {
        "num_leaves": [leaves],
        "num_cat": [sets],
        "split_gain": [1] * nodes,
        "leaf_count": [1] * leaves,
        "internal_value": [0] * nodes,
        "internal_count": [1] * nodes,
        **tree,
        "shrinkage": [1],
    }
    return "".join(f"{name}={' '.join(map(_text, items))}\n" for name, items in whole.items())


def _text(item: Any) -> str:
    """As LightGBM writes it: 17 digits give every double back."""
    return f"{item:.17g}" if isinstance(item, float) else str(item)


def ladder(numbers: Sequence[float]) -> str:
    """A model of one feature that tells each of the numbers from all others, and from infinities.

    Each rung's leaf holds what is up to it and above the one below; the last leaf what is missing.
    """
    rungs = {edge for number in numbers for edge in (math.nextafter(number, -math.inf), number)}
    ordered = sorted(rungs | {-math.inf, math.inf})
    nodes = len(ordered)
    tree = {
        "split_feature": [0] * nodes,
        "threshold": ordered,
        "decision_type": [8] * nodes,  # NaN is missing, and goes right
        "left_child": [~at for at in range(nodes)],
        "right_child": [*range(1, nodes), ~nodes],
        "leaf_value": [float(at) for at in range(nodes + 1)],
    }
    return write([tree], features=1)
