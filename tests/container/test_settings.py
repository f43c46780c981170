"""Environment variables are checked at start-up, all at once, and each message shows the value."""

from pathlib import Path

import pytest

from container.settings import S3Model, Settings, SettingsError

S3 = {"MODEL_S3_BUCKET": "models-bucket", "MODEL_S3_KEY": "p/e/model.txt"}


def test_without_variables_the_unpacked_model_is_served_as_sagemaker_expects() -> None:
    settings = Settings.load({})
    assert settings.s3_model is None
    assert settings.model_dir == Path("/opt/ml/model")
    assert (settings.address, settings.port) == ("0.0.0.0", 8080)
    assert (settings.output, settings.threshold) == ((), None)
    assert (settings.separator, settings.decimal_comma, settings.has_header) == (",", False, False)
    assert (settings.placeholder, settings.engine, settings.instructions) == (False, "auto", None)


def test_every_variable_is_read() -> None:
    environment = {
        **S3,
        "MODEL_S3_VERSION_ID": "v1",
        "AWS_REGION": "sa-east-1",
        "PROJECT_ID": "credit",
        "EXPERIMENT_ID": "first",
        "SAGEMAKER_INFERENCE_OUTPUT": "predicted_label, probability",
        "PREDICTION_THRESHOLD": "0",
        "CSV_SEPARATOR": "tab",
        "DECIMAL_COMMA": "true",
        "MISSING_TOKENS": "-, ?",
        "HAS_HEADER": "True",
        "ON_BAD_ROW": "placeholder",
        "SCORING_ENGINE": "kernel",
        "SCORING_INSTRUCTIONS": "portable",
        "SAGEMAKER_BIND_TO_PORT": "9000",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "20",
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "4",
    }
    settings = Settings.load(environment)
    assert settings.s3_model == S3Model(
        bucket="models-bucket", key="p/e/model.txt", version_id="v1", region="sa-east-1"
    )
    assert settings.output == ("predicted_label", "probability")
    assert settings.threshold == 0
    assert (settings.separator, settings.decimal_comma, settings.has_header) == ("\t", True, True)
    assert settings.missing_tokens == {"", "-", "?"}
    assert (settings.placeholder, settings.engine, settings.instructions) == (
        *(True, "kernel"),
        "portable",
    )
    assert (settings.port, settings.max_payload_mb, settings.max_concurrent_transforms) == (
        *(9000, 20),
        4,
    )


def test_zero_concurrent_transforms_leave_the_choice_to_the_container() -> None:
    settings = Settings.load({"SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": "0"})
    assert settings.max_concurrent_transforms is None


def test_all_problems_are_reported_at_once_each_with_its_value() -> None:
    environment = {
        "MODEL_S3_BUCKET": "Not_A_Bucket",
        "MODEL_S3_KEY": "../model.txt",
        "PROJECT_ID": "a/b",
        "SAGEMAKER_INFERENCE_OUTPUT": "label",
        "PREDICTION_THRESHOLD": "0,5",
        "CSV_SEPARATOR": "#",
        "DECIMAL_COMMA": "yes",
        "ON_BAD_ROW": "skip",
        "SCORING_ENGINE": "leaves",
        "SCORING_INSTRUCTIONS": "sse2",
        "SAGEMAKER_BIND_TO_PORT": "99999",
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": "-1",
    }
    with pytest.raises(SettingsError) as raised:
        Settings.load(environment)
    for name, value in environment.items():
        assert any(f"{name}={value!r}" in problem for problem in raised.value.problems)
    assert any(problem.startswith("AWS_REGION=''") for problem in raised.value.problems)


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"MODEL_S3_KEY": "model.txt", "AWS_REGION": "sa-east-1"}, "MODEL_S3_BUCKET"),
        ({"MODEL_S3_BUCKET": "models-bucket", "AWS_REGION": "sa-east-1"}, "MODEL_S3_KEY"),
        ({"MODEL_S3_VERSION_ID": "v1"}, "MODEL_S3_VERSION_ID"),
        ({"PREDICTION_THRESHOLD": "1.01"}, "PREDICTION_THRESHOLD"),
        ({"PREDICTION_THRESHOLD": "0.5_5"}, "PREDICTION_THRESHOLD"),
        ({"PREDICTION_THRESHOLD": "nan"}, "PREDICTION_THRESHOLD"),
        ({"DECIMAL_COMMA": "true"}, "DECIMAL_COMMA"),
        ({"SAGEMAKER_INFERENCE_OUTPUT": "probability,probability"}, "SAGEMAKER_INFERENCE_OUTPUT"),
    ],
)
def test_a_variable_that_does_not_fit_the_others_is_named(
    environment: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        Settings.load(environment)
    assert len(raised.value.problems) == 1
    assert raised.value.problems[0].startswith(named)
