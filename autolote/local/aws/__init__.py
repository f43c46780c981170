"""What moto's server lacks of AWS, one module per service, each put in place by its `install`."""

from autolote.local.aws.lean import import_interpreter

import_interpreter()
