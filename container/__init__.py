"""The one image for every LightGBM `model.txt`: SageMaker's container contract.

`serve.py serve` scores: `server` takes requests from sockets, `native` hands their bodies to the
library in `native/`, which does all that is per row. `serve.py train` trains: `train`, `training`.
Nothing is imported from outside this folder, which is all of the project that the image holds.
"""
