"""An AWS account in one process on one port: moto's server, plug-ins for what it lacks, our SageMaker."""
