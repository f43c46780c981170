"""The one scoring image for every LightGBM `model.txt`: SageMaker's container contract.

It imports nothing of the project outside this folder, which is all that the image holds.
"""
