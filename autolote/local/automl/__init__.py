"""The AutoML engine of the local account: LightGBM only, JSON and `model.txt` artifacts, no pickle.

`worker` is the process that trains one AutoML job; `serve` is the model server of one candidate.
"""
