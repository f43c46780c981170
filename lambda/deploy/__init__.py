"""What CloudFormation calls while it deploys: custom resources, each a thin handler."""
