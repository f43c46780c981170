"""One request's way: CSV in, matrix, predictions, CSV out."""

from container.model import Header, Model
from container.output import Output, plan
from container.settings import Settings
from container.table import Dialect, parse


class Scorer:
    """Answers the body of a request. Safe to use from several threads."""

    def __init__(self, model: Model, settings: Settings) -> None:
        """Raises ValueError when the settings ask for something the model does not have."""
        self._model = model
        self._dialect = _dialect(model.header, settings)
        self._output: Output = plan(
            kind=model.header.kind,
            objective=model.header.objective,
            keys=settings.output,
            threshold=settings.threshold,
        )

    def score(self, body: bytes) -> bytes:
        """One line per row of the body; raises TableError for a body that cannot be read."""
        matrix = parse(body, self._dialect)
        predicted = self._model.predict(matrix)
        if len(predicted) != len(matrix):  # a lost row would shift all that follow
            raise RuntimeError(f"{len(matrix)} rows, but {len(predicted)} predictions")
        return self._output.to_csv(predicted)


def _dialect(header: Header, settings: Settings) -> Dialect:
    return Dialect(
        names=header.feature_names,
        separator=settings.separator,
        decimal_comma=settings.decimal_comma,
        missing=settings.missing_tokens,
        has_header=settings.has_header,
    )
