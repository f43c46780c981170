"""What every test needs: Node for the CDK, and none of the developer's AWS settings."""

import os

from autolote import tools

os.environ.update({name: value for name, value in tools.environment().items() if "JSII" in name})
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
