"""Taking an environment down: everything it made, but its data, in an order that AWS accepts.

What belongs to an environment is told by CloudFormation (the stacks with its name and its tags,
those that are deleted too) and by the tags that SageMaker puts on what a domain makes. A plan is
made of that first (plan.py), shown, and then carried out (executor.py); every part of it may be
done already, so whoever was interrupted begins again.
"""
