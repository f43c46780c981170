"""The environment variables with which an AWS program uses the local account and nothing else."""

from collections.abc import Mapping


def client_environment(*, url: str, region: str) -> Mapping[str, str]:
    """Variables for boto3, the AWS SDK for JavaScript and the CDK command line.

    `AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION` is read by the CDK command line alone: it is the
    host it puts into a template's URL. CloudFormation reads templates from S3 by that URL, which
    names AWS's host; the local CloudFormation looks only at the bucket and the key in it.

    A caller's own AWS_PROFILE must be taken out of the environment: it names credentials.

    Args:
        url: where the local account answers, `http://127.0.0.1:<port>`.
        region: the region of the account.

    Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION": "https://s3.amazonaws.com",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
