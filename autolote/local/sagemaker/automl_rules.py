"""What CreateAutoMLJobV2 refuses beyond the service model, and what the local account cannot do.

Rules without another source: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateAutoMLJobV2.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .errors import UnsupportedError, ValidationError
from .inputs import bucket_and_key

# API_AutoMLJobObjective: the metrics of each tabular problem type, the default one first.
METRICS: Mapping[str, tuple[str, ...]] = {
    "Regression": ("MSE", "MAE", "R2", "RMSE"),
    "BinaryClassification": ("F1", "Accuracy", "AUC", "BalancedAccuracy", "Precision", "Recall"),
    "MulticlassClassification": (
        "Accuracy",
        "BalancedAccuracy",
        "F1macro",
        "PrecisionMacro",
        "RecallMacro",
    ),
}
_CSV = "text/csv;header=present"


def check_automl_job(params: Mapping[str, Any]) -> None:
    """Raise ValidationException for the first rule that the request breaks."""
    problem = params["AutoMLProblemTypeConfig"]
    if "TabularJobConfig" not in problem:
        raise UnsupportedError(
            "AutoMLProblemTypeConfig", next(iter(problem)), "Give TabularJobConfig."
        )
    for field in ("ModelDeployConfig", "AutoMLComputeConfig"):
        if field in params:
            raise UnsupportedError(field, "given", "Leave it out.")
    _check_tabular(problem["TabularJobConfig"])
    _check_objective(problem["TabularJobConfig"], params.get("AutoMLJobObjective"))
    _check_channels(params["AutoMLJobInputDataConfig"], params.get("DataSplitConfig", {}))
    bucket_and_key(params["OutputDataConfig"]["S3OutputPath"])


def _check_tabular(tabular: Mapping[str, Any]) -> None:
    if tabular.get("Mode") == "HYPERPARAMETER_TUNING":
        raise UnsupportedError("Mode", tabular["Mode"], "Give ENSEMBLING.")
    if tabular.get("GenerateCandidateDefinitionsOnly"):
        raise UnsupportedError("GenerateCandidateDefinitionsOnly", True, "Leave it out.")
    if tabular.get("SampleWeightAttributeName") == tabular["TargetAttributeName"]:
        raise ValidationError(
            f"SampleWeightAttributeName = {tabular['TargetAttributeName']}: it cannot be the "
            "target too. Name another column."
        )
    if "FeatureSpecificationS3Uri" in tabular:
        bucket_and_key(tabular["FeatureSpecificationS3Uri"])
    for config in tabular.get("CandidateGenerationConfig", {}).get("AlgorithmsConfig", []):
        algorithms = config["AutoMLAlgorithms"]
        if tabular.get("Mode", "AUTO") == "AUTO":
            raise ValidationError(
                "AlgorithmsConfig should not be set if the training mode is set on AUTO. "
                "Give Mode ENSEMBLING."
            )
        if algorithms and "lightgbm" not in algorithms:
            raise UnsupportedError(
                "AutoMLAlgorithms", ", ".join(algorithms), "It trains LightGBM; add lightgbm."
            )


def _check_objective(tabular: Mapping[str, Any], objective: Mapping[str, str] | None) -> None:
    kind = tabular.get("ProblemType")
    if (kind is None) != (objective is None):
        raise ValidationError(
            "You must either specify the type of supervised learning problem in ProblemType and "
            "provide the AutoMLJobObjective metric, or none at all."
        )
    if kind and objective and objective["MetricName"] not in METRICS[kind]:
        raise ValidationError(
            f"AutoMLJobObjective.MetricName = {objective['MetricName']}: it does not fit "
            f"ProblemType {kind}. Give one of {', '.join(METRICS[kind])}."
        )


def _check_channels(channels: Sequence[Mapping[str, Any]], split: Mapping[str, Any]) -> None:
    kinds = [channel.get("ChannelType", "training") for channel in channels]
    if "training" not in kinds or len(set(kinds)) < len(kinds):
        raise ValidationError(
            f"AutoMLJobInputDataConfig: channels of type {', '.join(kinds)}; give one training "
            "channel and at most one validation channel."
        )
    fraction = split.get("ValidationFraction")
    if fraction is not None and len(channels) > 1:
        raise ValidationError(
            "DataSplitConfig.ValidationFraction cannot be given together with a validation "
            "channel. Leave one of them out."
        )
    if fraction is not None and not 0 < fraction < 1:
        raise ValidationError(
            f"DataSplitConfig.ValidationFraction = {fraction}: it must be greater than 0 and less "
            "than 1."
        )
    for channel in channels:
        _check_channel(channel)


def _check_channel(channel: Mapping[str, Any]) -> None:
    content_type = channel.get("ContentType", _CSV)
    if content_type.replace(" ", "").lower() != _CSV:
        raise UnsupportedError("ContentType", content_type, f"Give {_CSV}.")
    source = channel.get("DataSource", {}).get("S3DataSource")
    if source is None:
        raise ValidationError("AutoMLJobInputDataConfig: every channel needs DataSource.")
    if source["S3DataType"] not in ("S3Prefix", "ManifestFile"):
        raise ValidationError(
            f"S3DataType = {source['S3DataType']}: tabular data comes as S3Prefix or ManifestFile."
        )
    if channel.get("CompressionType") == "Gzip" and source["S3DataType"] != "S3Prefix":
        # API_AutoMLJobChannel: Gzip is allowed for S3Prefix inputs only.
        raise ValidationError("CompressionType = Gzip: it is allowed for S3Prefix only.")
    bucket_and_key(source["S3Uri"])
