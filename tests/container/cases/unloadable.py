"""Models, objects and variables with which the container does not serve."""

import re
from collections.abc import Callable, Mapping

from .kinds import Stored, Unloadable


def damaged(what: str, message: str, damage: Callable[[bytes], bytes]) -> Unloadable:
    """A model.txt that is no whole model."""
    return Unloadable(what=what, message=LOADED + message, damage=damage)


def same(text: bytes) -> bytes:
    """No damage."""
    return text


def categories(text: bytes, lists: bytes) -> bytes:
    """The model with these lists in its last line."""
    return text.replace(b"pandas_categorical:null", b"pandas_categorical:" + lists)


def in_s3(what: str, message: str, **answer: int | Mapping[str, str]) -> Unloadable:
    """A model that S3 does not give, or gives damaged."""
    message = f"{LOADED}s3://models-bucket/p/e/model.txt {message}"
    stored = Stored(**answer)  # type: ignore[arg-type]
    return Unloadable(what=what, message=message, damage=same, stored=stored)


LOADED = "the model cannot be loaded: "
NO_MODEL = "... is not a LightGBM text model (Booster.save_model writes one)"
WRONG = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

PANDAS = (
    ", which LightGBM replaces by their positions and CSV cannot show; train on the positions "
    "(frame[column].cat.codes), or, where the rows hold positions already, write "
    "pandas_categorical:null in the last line of the file"
)

UNLOADABLE = (
    Unloadable(
        what="no model.txt",
        message=f"{LOADED}.../model.txt does not exist; its folder ... Put model.txt at the root "
        "of model.tar.gz, or set MODEL_S3_BUCKET and MODEL_S3_KEY",
    ),
    damaged("an empty model.txt", NO_MODEL, lambda text: b""),
    damaged("a pickle", NO_MODEL, lambda text: b"\x80\x04\x95" + text),
    damaged("an HTML page", NO_MODEL, lambda text: b"<html>403</html>"),
    damaged("a model without trees", NO_MODEL, lambda text: text.partition(b"Tree=0")[0]),
    damaged(
        "a model of no rounds",
        "... holds no trees; train at least one round",
        lambda text: re.sub(
            rb"(tree_sizes=).*?\n\nTree=0.*(?=end of trees)", rb"\1\n\n", text, flags=re.S
        ),
    ),
    damaged(
        "a model saved with a byte order mark",
        "... begins with a byte order mark, which LightGBM does not write; save it without",
        lambda text: b"\xef\xbb\xbf" + text,
    ),
    damaged(
        "a model whose lines end with CR LF",
        "... has lines that end with CR LF; LightGBM writes LF alone, and counts the bytes",
        lambda text: text.replace(b"\n", b"\r\n"),
    ),
    damaged(
        "a model of pandas categories",
        f'...: the model was trained on pandas categories ("red", "green", "blue"){PANDAS}',
        lambda text: categories(text, b'[["red", "green", "blue"]]'),
    ),
    damaged(
        "a model of pandas categories that are numbers, but not their positions",
        f"...: the model was trained on pandas categories (10, 20, 30, ...){PANDAS}",
        lambda text: categories(text, b"[[0, 1], [10, 20, 30, 40]]"),
    ),
    damaged(
        "half a model",
        "... is cut off: 15 trees are announced",
        lambda text: text[: len(text) // 2],
    ),
    damaged(
        "a model without its last tree",
        "... is cut off: 15 trees are announced",
        lambda text: text[: text.index(b"Tree=14")],
    ),
    damaged(
        "a model without feature names",
        "...: the header of the text model is damaged...",
        lambda text: text.replace(b"feature_names=", b"names="),
    ),
    damaged(
        "a model with a damaged number",
        "...: the header of the text model is damaged...",
        lambda text: text.replace(b"num_tree_per_iteration=1", b"num_tree_per_iteration=one"),
    ),
    Unloadable(
        what="a variable that is wrong",
        variables={"PREDICTION_THRESHOLD": "2"},
        message="PREDICTION_THRESHOLD='2': must be a number from 0 to 1, written with a decimal "
        "point",
    ),
    in_s3(
        "an object that does not exist",
        "cannot be fetched: it does not exist; check MODEL_S3_KEY and MODEL_S3_VERSION_ID",
        status=404,
    ),
    in_s3(
        "an object that the role may not read",
        "cannot be fetched: access is denied; the model's role needs s3:GetObject on it "
        "(s3:GetObjectVersion for a pinned version, kms:Decrypt where the bucket has a KMS key). "
        "Without s3:ListBucket on the bucket an object that does not exist looks the same",
        status=403,
    ),
    in_s3(
        "a bucket in another region",
        "cannot be fetched: its bucket is in eu-west-1, but AWS_REGION is sa-east-1",
        status=400,
        headers={"x-amz-bucket-region": "eu-west-1"},
    ),
    in_s3(
        "an object that is not what its checksum says",
        f"is damaged: its SHA-256 is ..., S3 says {WRONG}",
        headers={"x-amz-checksum-sha256": WRONG},
    ),
    Unloadable(
        what="S3 that cannot be reached",
        variables={
            "MODEL_S3_BUCKET": "models-bucket",
            "MODEL_S3_KEY": "p/e/model.txt",
            "AWS_REGION": "sa-east-1",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "AWS_MAX_ATTEMPTS": "1",
        },
        message=f"{LOADED}s3://models-bucket/p/e/model.txt cannot be fetched: Could not connect to "
        "the endpoint URL: .... A container with network isolation, or in a VPC without an "
        "endpoint for S3, reaches no bucket: use ModelDataUrl there",
    ),
)
