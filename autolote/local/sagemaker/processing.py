"""DataProcessing of a transform job: filter the input, join the answer to it, filter the result.

Rules: https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
CSV: a row is an array, a joined row the input's columns and then the answer's. JSON: the answer is
the member SageMakerOutput of the input, which is wrapped in SageMakerInput if it is no object.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .jsonpath import JsonPath, JsonPathError

CSV = "text/csv"
CONTENT_TYPES = (CSV, "application/json", "application/jsonlines")

Record = Any


class RecordError(Exception):
    """Records that cannot be parsed, filtered or joined; their object fails."""


@dataclass(frozen=True, kw_only=True)
class DataProcessing:
    """What happens to each payload before and after the model; use only if `needed`."""

    input_filter: JsonPath
    output_filter: JsonPath
    join: bool
    content_type: str
    split: bool

    @property
    def needed(self) -> bool:
        return self.join or not (self.input_filter.selects_all and self.output_filter.selects_all)

    def run(self, payload: bytes, score: Callable[[bytes], bytes]) -> bytes:
        """Score a payload with its filters and its join; RecordError if they do not fit."""
        try:
            records = self._parsed(payload)
            if not records:
                return b""
            selects_all = self.input_filter.selects_all
            answer = score(
                payload
                if selects_all
                else self._written([self.input_filter.select(record) for record in records])
            )
            results = self._parsed(answer)
            if self.join:
                results = self._joined(records, results)
            if not self.output_filter.selects_all:
                results = [self.output_filter.select(result) for result in results]
            return self._written(results)
        except (JsonPathError, csv.Error, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise RecordError(f"{error}") from error

    def _joined(self, records: Sequence[Record], results: Sequence[Record]) -> list[Record]:
        if len(records) != len(results):
            raise RecordError(
                f"the model answered {len(results)} records to {len(records)}: they cannot be "
                "joined"
            )
        pairs = zip(records, results, strict=True)
        if self.content_type == CSV:
            return [record + result for record, result in pairs]
        return [
            record | {"SageMakerOutput": result}
            if isinstance(record, dict)
            else {"SageMakerInput": record, "SageMakerOutput": result}
            for record, result in pairs
        ]

    def _parsed(self, content: bytes) -> list[Record]:
        if self.content_type == CSV:
            return _csv_rows(content)
        lines = content.split(b"\n") if self.split else [content]
        return [json.loads(line) for line in lines if line.strip()]

    def _written(self, records: Sequence[Record]) -> bytes:
        if self.content_type == CSV:
            return _csv_lines(records)
        end = "\n" if self.split else ""
        return "".join(
            json.dumps(record, ensure_ascii=False, separators=(",", ":")) + end
            for record in records
        ).encode()


def _csv_rows(content: bytes) -> list[list[str]]:
    lines = [line for line in content.decode().split("\n") if line.strip()]
    rows = list(csv.reader(lines, strict=True))
    if len(rows) != len(lines):
        raise RecordError("a CSV field holds a newline, which SplitType Line does not allow")
    return rows


def _csv_lines(rows: Sequence[Record]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows(row if isinstance(row, list) else [row] for row in rows)
    return text.getvalue().encode()
