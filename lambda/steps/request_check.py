"""Looking at one request with all its data. Nothing stops at the first violation."""

from collections.abc import Mapping
from typing import Any

from rules import locations, plan, policy, request
from rules.locations import Location
from rules.violations import Violation

from steps import existing_model, golden_data, scoring_data, training_data
from steps.dataset import Dataset
from steps.environment import Environment
from steps.scoring_data import Expected


class RequestCheck:
    """What is wrong with a request, and what was found while looking.

    Attributes:
        found: every violation; when it is empty the rest is complete.
        request: normalised, without what is broken.
        training: the training data.
        validation: the data to validate on, if it is named.
        scoring: the rows to score.
        golden: the golden rows, if there are any.
        golden_predictions: the version of their predictions.
        model: the existing model, pinned.
        expected: what the model takes.
    """

    def __init__(self, asked: Any, told: list[Violation], env: Environment) -> None:
        # What the starter could not read is not held against the schema as well.
        self.found = told or request.contract_violations(asked)
        self.training: Dataset | None = None
        self.validation: Dataset | None = None
        self.scoring: Dataset | None = None
        self.golden: Dataset | None = None
        self.golden_predictions: dict[str, Any] | None = None
        self.model: dict[str, Any] | None = None
        self.expected = Expected(features=())
        self._env = env
        sound = request.sound(asked, self.found)
        self._lost = set(asked) - set(sound) if isinstance(asked, Mapping) else set()
        self.request = request.normalised(sound, env.policy)
        self._look()

    @property
    def objects(self) -> int:
        """Objects to score."""
        return len(self.scoring.tables) if self.scoring else 0

    def _look(self) -> None:
        self.found += policy.violations(self.request, self._env.policy)
        known = self.request["project_id"] and self.request["experiment_id"]
        # Of a project that the environment does not serve not even the names of objects are told.
        served = "project_id" not in {violation.field for violation in self.found}
        if known and served:
            self._look_at_training()
            self._look_at_model()
            self._look_at_rows()
            self._look_at_golden_rows()
        types = {"score.instance_type", "train.instance_type"}
        if not types & {violation.field for violation in self.found}:
            self.found += plan.cost_violations(self.request, self._env.policy, objects=self.objects)

    def _look_at_training(self) -> None:
        location = self._location("train.data")
        train = self.request["train"]
        if location:
            self.training, found = training_data.check(location, train)
            self.found += found
            features = training_data.features(self.training, train["target"])
            self.expected = Expected(features=features, target=train["target"])
        location = self._location("train.validation")
        if location:
            self.validation, found = training_data.check_validation(location, train, self.training)
            self.found += found

    def _look_at_model(self) -> None:
        # A broken `train` or `model` has been told; no other model is meant then.
        meant = not {"train", "model"} & self._lost
        if self.request["score"] and self.request["train"] is None and meant:
            self.model, self.expected, found = existing_model.find(self.request, self._env)
            self.found += found

    def _look_at_rows(self) -> None:
        location = self._location("score.data")
        if location:
            self.scoring, found = scoring_data.check(
                location,
                self.request["score"],
                self.expected,
                max_gb=self._env.policy.limits.max_score_gb,
            )
            self.found += found

    def _look_at_golden_rows(self) -> None:
        rows = self._location("score.golden.data")
        if rows:
            self.golden, found = golden_data.check_rows(rows, self.request["score"], self.expected)
            self.found += found
        stored = self._location("score.golden.predictions")
        if stored:
            self.golden_predictions, found = golden_data.check_predictions(stored)
            self.found += found

    def _location(self, field: str) -> Location | None:
        data: Any = self.request
        for name in field.split("."):
            data = (data or {}).get(name)
        if data is None:
            return None
        try:
            return locations.resolve(
                data,
                bucket=self._env.data_bucket,
                project_id=self.request["project_id"],
                experiment_id=self.request["experiment_id"],
            )
        except locations.LocationError as error:
            self.found.append(Violation(field=field, value=data, rule=str(error), fix=error.fix))
            return None
