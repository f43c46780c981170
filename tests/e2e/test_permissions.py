"""Least privilege, proved by running: what these tests needed is what the roles have."""

import pytest

from autolote.permissions.proof import Proof, prove
from tests.e2e.conftest import PROD, Pipeline


@pytest.fixture(scope="module")
def proof(pipeline: Pipeline) -> Proof:
    """Drawn from every decision that the account took while the folder's tests ran."""
    return prove(pipeline.account, pipeline.home, environment=PROD.environment)


@pytest.mark.after_all_others
def test_no_call_was_denied(proof: Proof) -> None:
    """Every role is granted what its work needs: on the way to every result and every failure."""
    assert proof.denied == ()


@pytest.mark.after_all_others
def test_nothing_is_granted_that_was_not_used(proof: Proof) -> None:
    """Each action of each statement was needed by some test of this folder, or is in the table of
    what only AWS's own services use. It takes all of them: run the folder as a whole."""
    assert proof.grants > 200
    assert proof.unused == ()


@pytest.mark.after_all_others
def test_the_table_of_what_only_aws_uses_holds(proof: Proof) -> None:
    """No row is used here after all, and none is granted to nobody."""
    assert proof.wrong_rows == ()
