"""Where everything is kept: one key, one data bucket, one bucket for the access logs."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct
from rules import locations

from autolote.settings import Retention, Settings
from stacks import key_policy
from stacks.constructs.dead_letters import dead_letters
from stacks.names import Names


def removal_policy(retention: Retention) -> cdk.RemovalPolicy:
    """What happens to data when its stack goes. A first deployment that fails leaves nothing."""
    if retention.delete_data_with_stack:
        return cdk.RemovalPolicy.DESTROY
    return cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE


class StorageStack(cdk.Stack):
    """The key, the buckets and the dead-letter queue of an environment.

    Attributes:
        key: encrypts whatever the kit stores, the access logs excepted.
        data_bucket: data, models, runs and requests of every project.
        data_bucket_arn: its ARN for another stack. The name of this export is what audit findings
            call the bucket by.
        dead_letters: takes what could not be delivered.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, **options: object
    ) -> None:
        super().__init__(scope, construct_id, **options)
        self._removal = removal_policy(settings.retention)
        names = Names.of(self, prefix=settings.prefix)
        self.key = self._key(names)
        self.dead_letters = dead_letters(self, names=names, key=self.key)
        logs = self._access_log_bucket(settings.retention)
        self.data_bucket = self._data_bucket(settings.retention, logs)
        self.data_bucket_arn = self.export_value(
            self.data_bucket.bucket_arn, name=f"{settings.prefix}-data-bucket-arn"
        )
        self._outputs()

    def _outputs(self) -> None:
        """What tools find the environment's data by."""
        outputs = {
            "DataBucketName": self.data_bucket.bucket_name,
            "KeyArn": self.key.key_arn,
            "DeadLetterQueueUrl": self.dead_letters.queue_url,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)

    def _key(self, names: Names) -> kms.Key:
        key = kms.Key(
            self,
            "Key",
            description=f"Encrypts what {names.prefix} stores",
            enable_key_rotation=True,
            removal_policy=self._removal,
        )
        for statement in key_policy.statements(names):
            key.add_to_resource_policy(statement)
        return key

    def _access_log_bucket(self, retention: Retention) -> s3.Bucket:
        return s3.Bucket(
            self,
            "AccessLogs",
            # S3 delivers access logs only where SSE-S3 is the default encryption and no Object Lock
            # is enabled; to log the delivery of logs would never end:
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            removal_policy=self._removal,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="expire-access-logs",
                    expiration=cdk.Duration.days(retention.access_log_days),
                    noncurrent_version_expiration=cdk.Duration.days(1),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                )
            ],
        )

    def _data_bucket(self, retention: Retention, logs: s3.Bucket) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "Data",
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            # It locks nothing by itself: whoever must keep an object can lock that one. Lifecycle
            # rules go on as before, and it cannot be undone:
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
            object_lock_enabled=True,
            server_access_logs_bucket=logs,
            server_access_logs_prefix="data/",
            removal_policy=self._removal,
            lifecycle_rules=_data_lifecycle(retention),
        )
        # The L2 property would bring a Lambda-backed custom resource; CloudFormation can do this.
        resource = bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)
        resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )
        return bucket


def _data_lifecycle(retention: Retention) -> list[s3.LifecycleRule]:
    return [
        # A transform job that fails can leave parts of its output behind, which cost and do not
        # show: https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
        s3.LifecycleRule(
            id="abort-incomplete-uploads",
            abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
        ),
        s3.LifecycleRule(
            id="expire-run-input",
            tag_filters={"autolote": "run-input"},
            expiration=cdk.Duration.days(retention.run_input_days),
        ),
        s3.LifecycleRule(
            id="expire-requests",
            prefix=locations.REQUESTS,
            expiration=cdk.Duration.days(retention.requests_days),
        ),
        # What a training job goes on from after an interruption, of no use once it has ended.
        s3.LifecycleRule(
            id="expire-checkpoints",
            prefix=locations.CHECKPOINTS,
            expiration=cdk.Duration.days(retention.checkpoint_days),
        ),
        s3.LifecycleRule(
            id="expire-older-versions",
            noncurrent_version_expiration=cdk.Duration.days(retention.noncurrent_days),
            expired_object_delete_marker=True,
        ),
    ]
