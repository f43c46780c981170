"""As whom the services of the account call each other: for themselves, or under a role."""

from dataclasses import dataclass

EVENTS = "events.amazonaws.com"
LAMBDA = "lambda.amazonaws.com"
SCHEDULER = "scheduler.amazonaws.com"
STATES = "states.amazonaws.com"
CODEBUILD = "codebuild.amazonaws.com"
CLOUDFORMATION = "cloudformation.amazonaws.com"
SAGEMAKER = "sagemaker.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service, and what of the account's it acts for.

    Attributes:
        name: its principal, `events.amazonaws.com`.
        source_arn: what it gives as aws:SourceArn, and with it the account as aws:SourceAccount;
            None for a service that documents neither. Source:
            https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """

    name: str
    source_arn: str | None = None


@dataclass(frozen=True, kw_only=True)
class Session:
    """A service under a role that was passed to it.

    Attributes:
        role_arn: the role.
        name: of the session, as the service chooses it.
        by: the service that assumes the role.
        keys: condition keys that the session's calls bring with them, and their values.
    """

    role_arn: str
    name: str
    by: Service
    keys: tuple[tuple[str, str], ...] = ()


Actor = Service | Session
