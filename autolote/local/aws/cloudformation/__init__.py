"""CloudFormation: our own, in the place of moto's.

moto's skips what it does not know, ignores properties it does not know, takes a failed custom
resource for a success, replaces resources where AWS updates them, and knows exports, outputs and
failures only outside change sets. Here a stack is made by calling the account's API under the
deployment's role; a type or a property that is not in coverage.toml fails the deployment.
AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacks.html
"""
