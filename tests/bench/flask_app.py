"""The scoring container as it is usually written: Flask, pandas and Booster.predict.

Only the bench runs it, by gunicorn. MODEL_FILE names the model's text file.
"""

import io
import os

import flask
import lightgbm
import pandas as pd

app = flask.Flask(__name__)
model = lightgbm.Booster(model_file=os.environ["MODEL_FILE"])


@app.get("/ping")
def ping() -> flask.Response:
    """The worker has imported this module, so the model is there."""
    return flask.Response("\n", mimetype="text/plain")


@app.post("/invocations")
def invocations() -> flask.Response:
    """One line per row of a CSV without header."""
    rows = pd.read_csv(io.BytesIO(flask.request.get_data()), header=None)
    answer = pd.DataFrame(model.predict(rows)).to_csv(header=False, index=False)
    return flask.Response(answer, mimetype="text/csv")
