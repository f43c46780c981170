"""What deciding costs: it happens on every call."""

import time

from autolote.local.iam.context import request_keys
from autolote.local.iam.evaluation import Policies, decide
from autolote.local.iam.model import Access
from tests.local_iam.policies import ACCOUNT, OBJECT, REGION, WORKER, allow, named, when


def test_a_decision_over_a_large_policy_takes_less_than_a_millisecond() -> None:
    """The text of a policy is read once; processor time, so that a busy machine does not matter."""
    own = when("StringEquals", "aws:PrincipalAccount", ACCOUNT)
    statements = [
        allow(["s3:GetObject", "s3:PutObject"], [f"arn:aws:s3:::lake{n}/*/runs/*"], Condition=own)
        for n in range(20)
    ]
    policies = Policies(identity=tuple(filter(None, [named("own", statements)])))
    access = Access(action="s3:GetObject", resource=OBJECT)

    def once() -> None:
        keys = request_keys(
            WORKER,
            access,
            region=REGION,
            account_id=ACCOUNT,
            role_id="AROAEXAMPLE",
            role_tags={},
            resource_tags=dict,
        )
        decide(WORKER, access, keys, policies)

    once()
    begun = time.process_time()
    for _ in range(200):
        once()
    assert (time.process_time() - begun) / 200 < 0.001
