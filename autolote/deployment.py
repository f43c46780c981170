"""Deploying the synthesized templates into the local account with the real CDK command line."""

from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import ClientError

from autolote import assembly, tools
from autolote.accounts import LocalAccount


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What a deployment did: `changed` names the stacks that were created or updated."""

    synthesized: bool
    bootstrapped: bool
    stacks: tuple[str, ...]
    changed: tuple[str, ...]


def deploy(
    account: LocalAccount, *, environment: str, log: Path, app: Path | None = None
) -> Deployed:
    """Synthesize, bootstrap and deploy, each only as far as needed.

    Args:
        app: a cloud assembly to deploy from; without one, cdk.out/, synthesized if need be.

    Raises:
        ToolError: a program failed; the message holds the end of what it printed.
    """
    synthesized = app is None and assembly.synthesize(log=log)
    app = app or tools.CDK_OUT
    extra = account.environment()
    bootstrapped = not _has_stack(account, "CDKToolkit")
    if bootstrapped:
        target = f"aws://{account.account}/{account.region}"
        tools.cdk("bootstrap", target, "--app", str(app), extra=extra, log=log)
    said = tools.cdk(
        "deploy",
        f"{environment}/*",
        "--app",
        str(app),
        "--require-approval",
        "never",
        "--progress",
        "events",
        extra=extra,
        log=log,
    )
    unchanged = {line.split()[1] for line in said.splitlines() if "(no changes)" in line}
    done = [line.split()[1] for line in said.splitlines() if line.lstrip().startswith("✅")]
    return Deployed(
        synthesized=synthesized,
        bootstrapped=bootstrapped,
        stacks=tuple(done),
        changed=tuple(name for name in done if name not in unchanged),
    )


def _has_stack(account: LocalAccount, name: str) -> bool:
    try:
        account.client("cloudformation").describe_stacks(StackName=name)
    except ClientError:
        return False
    return True
