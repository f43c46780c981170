"""What every test needs: Node for the CDK, and none of the developer's AWS settings."""

import os

from autolote import tools
from autolote.accounts import forget_aws_settings

os.environ.update({name: value for name, value in tools.environment().items() if "JSII" in name})
forget_aws_settings()
# LightGBM's threads, waiting for each other, otherwise take the cores from the other tests.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
