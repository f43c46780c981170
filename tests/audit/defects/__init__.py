"""What people do wrong in templates: each is planted into a copy, and the audit has to name it."""

from tests.audit.defects import data, delivery, iam, machines, network, policies
from tests.audit.defects.copies import Copy, Defect

DEFECTS: tuple[Defect, ...] = (
    *iam.DEFECTS,
    *policies.DEFECTS,
    *data.DEFECTS,
    *delivery.DEFECTS,
    *machines.DEFECTS,
    *network.DEFECTS,
)

__all__ = ["DEFECTS", "Copy", "Defect"]
