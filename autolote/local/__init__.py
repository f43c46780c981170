"""An AWS account in one process: moto's server, plug-ins for what it lacks, our SageMaker."""
