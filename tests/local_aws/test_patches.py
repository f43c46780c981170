"""The canaries: a moto that changed under us is noticed when the account starts."""

import subprocess
import sys
from pathlib import Path

import moto
import pytest

from autolote.local.aws.patches import MotoChangedError, original, replace
from tests.local_aws.account_process import ROOT


class Owner:
    """Stands for a class of moto."""

    def method(self, name: str, value: int = 1) -> str:
        return f"{name}{value}"


def test_moto_is_the_version_the_account_was_written_for() -> None:
    assert moto.__version__ == "5.2.5"


def test_a_part_that_is_gone_is_named() -> None:
    with pytest.raises(MotoChangedError, match=r"Owner\.gone is gone"):
        replace(Owner, "gone", None)


def test_a_part_that_takes_other_arguments_is_named_with_both() -> None:
    with pytest.raises(MotoChangedError, match=r"takes \(self, name, value\), and \(self\)"):
        original(Owner, "method", signature="self")


def test_a_part_as_expected_is_handed_over() -> None:
    assert original(Owner, "method", signature="self, name, value")(Owner(), "a") == "a1"


def test_every_replacement_of_the_account_finds_what_it_expects(tmp_path: Path) -> None:
    """In a process of its own: installing changes moto for good."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from autolote.local.options import Options\n"
        "from autolote.local.server import LocalAccount\n"
        "from autolote.local.aws.patches import REPLACED\n"
        "LocalAccount(Options(home=Path(sys.argv[1]), port=0, region='sa-east-1',\n"
        "    account='123456789012', speed=1))\n"
        "import moto.ec2.models, moto.ec2.responses, moto.efs.models\n"  # as soon as they are used
        "print(len(REPLACED))\n"
        "print(*REPLACED)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    count, names = done.stdout.splitlines()
    assert int(count) > 30
    assert "moto.ec2.models.vpcs.VPCBackend.create_vpc_endpoint" in names
    assert "moto.efs.models.EFSBackend.delete_mount_target" in names
