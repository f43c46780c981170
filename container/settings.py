"""The container's environment variables: typed, checked at start-up, all problems at once.

MODEL_S3_BUCKET, MODEL_S3_KEY  the model.txt to load; without them, SM_MODEL_DIR/model.txt
MODEL_S3_VERSION_ID            its version; without it, the current one when the job starts
AWS_REGION, AWS_DEFAULT_REGION region of the bucket
SM_MODEL_DIR                   where SageMaker unpacks ModelDataUrl (default /opt/ml/model)
PROJECT_ID, EXPERIMENT_ID      written to the log
SAGEMAKER_INFERENCE_OUTPUT     output columns, comma-separated: predicted_label, probability,
                               probabilities, labels; unset: what Booster.predict returns
PREDICTION_THRESHOLD           probability, 0 to 1, from which a binary model answers 1
CSV_SEPARATOR                  , (default) ; | or tab
DECIMAL_COMMA                  true: numbers are written 3,14 (default false)
MISSING_TOKENS                 comma-separated spellings of "no value"; an empty cell always is one
                               (default NA,N/A,NaN,nan,NULL,null,None)
HAS_HEADER                     true: every request starts with the header (default false)
ON_BAD_ROW                     refuse (default): the request gets a 400 that names the first bad
                               row; placeholder: the row is answered with ERROR and counted
SCORING_ENGINE                 auto (default): the kernel, and lightgbm for models it does not
                               cover; kernel, lightgbm: that one or none
SCORING_INSTRUCTIONS           avx512, avx2 or portable; unset: the fastest of this processor
BIND_ADDRESS                   default 0.0.0.0
SAGEMAKER_BIND_TO_PORT         default 8080

Set by SageMaker when the transform job sets them: SAGEMAKER_MAX_PAYLOAD_IN_MB,
SAGEMAKER_MAX_CONCURRENT_TRANSFORMS
(https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-batch-code.html).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

OUTPUT_KEYS = ("predicted_label", "probability", "probabilities", "labels")
Engine = Literal["auto", "kernel", "lightgbm"]
INSTRUCTIONS = ("avx512", "avx2", "portable")
MISSING_TOKENS = ("NA", "N/A", "NaN", "nan", "NULL", "null", "None")
SEPARATORS = {",": ",", ";": ";", "|": "|", "tab": "\t", "\\t": "\t", "\t": "\t"}

# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class SettingsError(ValueError):
    """`problems` names every variable that is wrong, its value and what is allowed."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class S3Model:
    """A model.txt in S3; `version_id` is None for the current version."""

    bucket: str
    key: str
    version_id: str | None
    region: str

    @property
    def uri(self) -> str:
        """The s3:// URI."""
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The checked environment. None means that the variable is not set."""

    s3_model: S3Model | None
    model_dir: Path
    project_id: str | None
    experiment_id: str | None
    output: tuple[str, ...]
    threshold: float | None
    separator: str
    decimal_comma: bool
    missing_tokens: frozenset[str]
    has_header: bool
    placeholder: bool  # for a bad row, in place of refusing the request
    engine: Engine
    instructions: str | None
    address: str
    port: int
    max_payload_mb: int | None
    max_concurrent_transforms: int | None

    @classmethod
    def load(cls, environment: Mapping[str, str]) -> "Settings":
        """Read and check the variables; raises SettingsError."""
        reader = _Reader(environment)
        separator = reader.separator()
        decimal_comma = reader.flag("DECIMAL_COMMA")
        if decimal_comma and separator == ",":
            reader.problem("DECIMAL_COMMA", "true needs another CSV_SEPARATOR than the comma")
        settings = cls(
            s3_model=reader.s3_model(),
            model_dir=Path(environment.get("SM_MODEL_DIR") or "/opt/ml/model"),
            project_id=reader.identifier("PROJECT_ID"),
            experiment_id=reader.identifier("EXPERIMENT_ID"),
            output=reader.output(),
            threshold=reader.threshold(),
            separator=separator,
            decimal_comma=decimal_comma,
            missing_tokens=frozenset(reader.items("MISSING_TOKENS", MISSING_TOKENS)) | {""},
            has_header=reader.flag("HAS_HEADER"),
            placeholder=reader.choice("ON_BAD_ROW", ("refuse", "placeholder")) == "placeholder",
            engine=reader.engine(),
            instructions=reader.choice("SCORING_INSTRUCTIONS", INSTRUCTIONS),
            address=environment.get("BIND_ADDRESS") or "0.0.0.0",
            port=reader.whole("SAGEMAKER_BIND_TO_PORT", 1, 65535) or 8080,
            max_payload_mb=reader.whole("SAGEMAKER_MAX_PAYLOAD_IN_MB", 0, 100),
            # 0 leaves the choice to the container, as in CreateTransformJob
            max_concurrent_transforms=reader.whole("SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", 0, 1000)
            or None,
        )
        if reader.problems:
            raise SettingsError(reader.problems)
        return settings


class _Reader:
    """Reads single variables and collects what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def problem(self, name: str, rule: str) -> None:
        """Note a problem; the message shows the variable's value."""
        self.problems.append(f"{name}={self._environment.get(name, '')!r}: {rule}")

    def text(self, name: str) -> str | None:
        """The value, None when unset or blank."""
        return self._environment.get(name, "").strip() or None

    def flag(self, name: str) -> bool:
        text = (self.text(name) or "false").lower()
        if text not in ("true", "false"):
            self.problem(name, "must be true or false")
        return text == "true"

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        text = self.text(name)
        if text is not None and text not in allowed:
            self.problem(name, f"must be one of {', '.join(allowed)}")
        return text

    def engine(self) -> Engine:
        found = self.choice("SCORING_ENGINE", get_args(Engine)) or "auto"
        return cast(Engine, found)

    def separator(self) -> str:
        name = "CSV_SEPARATOR"
        text = self._environment.get(name) or ","
        if text not in SEPARATORS:
            self.problem(name, "must be one of , ; | or tab")
        return SEPARATORS.get(text, ",")

    def whole(self, name: str, low: int, high: int) -> int | None:
        text = self.text(name)
        if text is None:
            return None
        if not re.fullmatch(r"\d{1,6}", text) or not low <= int(text) <= high:
            self.problem(name, f"must be a whole number from {low} to {high}")
            return None
        return int(text)

    def items(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        text = self.text(name)
        return default if text is None else tuple(item.strip() for item in text.split(","))

    def identifier(self, name: str) -> str | None:
        text = self.text(name)
        if text is not None and not _ID.fullmatch(text):
            self.problem(name, "must be 1 to 64 letters, digits, dots, underscores or hyphens")
        return text

    def output(self) -> tuple[str, ...]:
        name = "SAGEMAKER_INFERENCE_OUTPUT"
        keys = self.items(name, ())
        if any(key not in OUTPUT_KEYS for key in keys) or len(set(keys)) < len(keys):
            self.problem(name, f"must name each of {', '.join(OUTPUT_KEYS)} at most once")
        return keys

    def threshold(self) -> float | None:
        name = "PREDICTION_THRESHOLD"
        text = self.text(name)
        if text is None:
            return None
        try:
            value = -1.0 if "_" in text else float(text)  # float() takes underscores
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            self.problem(name, "must be a number from 0 to 1, written with a decimal point")
        return value

    def s3_model(self) -> S3Model | None:
        bucket, key = self.text("MODEL_S3_BUCKET"), self.text("MODEL_S3_KEY")
        version_id = self.text("MODEL_S3_VERSION_ID")
        if bucket is None and key is None:
            if version_id is not None:
                self.problem("MODEL_S3_VERSION_ID", "needs MODEL_S3_BUCKET and MODEL_S3_KEY")
            return None
        if bucket is None or not _BUCKET.fullmatch(bucket):
            self.problem("MODEL_S3_BUCKET", "must be the name of a bucket (with MODEL_S3_KEY)")
        if key is None or len(key.encode()) > 1024 or ".." in key.split("/"):
            self.problem("MODEL_S3_KEY", "must be the key of a model.txt (with MODEL_S3_BUCKET)")
        region = self.text("AWS_REGION") or self.text("AWS_DEFAULT_REGION")
        if region is None:
            self.problem("AWS_REGION", "must be set to the region of MODEL_S3_BUCKET")
        return S3Model(
            bucket=bucket or "", key=key or "", version_id=version_id, region=region or ""
        )
