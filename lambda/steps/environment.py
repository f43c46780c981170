"""What the pipeline stack tells every function through environment variables."""

import functools
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules import jobs, names, policy
from rules.policy import Policy


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The common variables, typed.

    Attributes:
        prefix: with which the names of jobs and models begin.
        data_bucket: where all data lies.
        key_arn: the KMS key of everything written.
        policy: what the environment allows.
        tags: the settings' tags.
        network: the subnets and security groups that jobs run in; None for no VPC.
    """

    prefix: str
    data_bucket: str
    key_arn: str
    policy: Policy
    tags: Mapping[str, str]
    network: Mapping[str, Any] | None

    def run_prefix(self, plan: Mapping[str, Any]) -> str:
        """The S3 prefix of everything of the plan's run, ending in `/`."""
        return names.run_prefix(
            project_id=plan["project_id"],
            experiment_id=plan["experiment_id"],
            run_id=plan["run_id"],
        )

    def uri(self, key: str) -> str:
        """The URI of an object or prefix in the data bucket."""
        return f"s3://{self.data_bucket}/{key}"

    def surroundings(self, plan: Mapping[str, Any]) -> jobs.Surroundings:
        """What the jobs of the plan's run share."""
        return jobs.Surroundings(
            run_uri=self.uri(self.run_prefix(plan)),
            key_arn=self.key_arn,
            network=self.network,
            tags=jobs.tags(
                common=self.tags,
                project_id=plan["project_id"],
                experiment_id=plan["experiment_id"],
                run_id=plan["run_id"],
                environment=self.policy.environment,
            ),
        )


def read(variables: Mapping[str, str]) -> Environment:
    """The environment in a set of variables.

    Raises:
        KeyError: a variable or a setting is missing; its name is the error's argument.
    """
    settings = json.loads(variables["SETTINGS"])
    return Environment(
        prefix=variables["PREFIX"],
        data_bucket=variables["DATA_BUCKET"],
        key_arn=variables["KEY_ARN"],
        policy=policy.read(
            settings, environment=variables["ENVIRONMENT"], region=variables["AWS_REGION"]
        ),
        tags=settings["tags"],
        network=settings["network"],
    )


@functools.cache
def current() -> Environment:
    """The environment of this process, read once."""
    return read(os.environ)


def variable(name: str) -> str:
    """A variable that only some functions have.

    Raises:
        KeyError: the stack does not give it to this function.
    """
    return os.environ[name]
