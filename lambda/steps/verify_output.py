"""State VerifyOutput: prove that every row that was scored has its prediction, in order.

Both sides are streamed and really counted: SageMaker calls a job Completed, but only this state
calls a run's predictions a result.
"""

from rules import verification
from rules.verification import Shape

from steps import errors, runtime, storage
from steps.environment import Environment


def work(state: runtime.Event, env: Environment) -> runtime.Result:
    """What was proved, as `$.verification` tells it.

    Raises:
        OutputMismatch: naming the object, the line, what was expected and what was found.
    """
    plan = state["plan"]
    ids, outputs = plan["score"]["id_columns"], state["model"]["output_columns"]
    shape = Shape(ids=len(ids), width=len(ids) + len(outputs))
    source = f"{env.run_prefix(plan)}input/"
    target = state["scoring"]["output_uri"].removeprefix(f"s3://{env.data_bucket}/")
    scored = [item.key for item in storage.listing(bucket=env.data_bucket, prefix=source)]
    if len(scored) != state["input"]["objects"]:
        raise errors.OutputMismatch(
            f"{env.uri(source)}: expected {state['input']['objects']} objects, found {len(scored)}."
        )
    expected = {f"{target}{key.removeprefix(source)}.out": key for key in scored}
    _same_objects(expected, target, env)
    rows = [_verify(env, scored=source, out=out, shape=shape) for out, source in expected.items()]
    return {
        "objects": len(expected),
        "rows_in": sum(rows),
        "rows_out": sum(rows),
        "ids_checked": bool(ids),
        "columns": [*ids, *outputs],
    }


def _same_objects(expected: dict[str, str], target: str, env: Environment) -> None:
    there = {
        item.key
        for item in storage.listing(bucket=env.data_bucket, prefix=target)
        if "/" not in item.key.removeprefix(target)
    }
    missing = [out for out in expected if out not in there]
    if missing:
        raise errors.OutputMismatch(
            f"{env.uri(missing[0])}: expected predictions for {expected[missing[0]]}, found no "
            f"object; {len(missing)} of {len(expected)} are missing."
        )
    strange = sorted(there - set(expected))
    if strange:
        raise errors.OutputMismatch(
            f"{env.uri(strange[0])}: expected only the {len(expected)} .out objects of this run, "
            f"found {len(strange)} more."
        )


def _verify(env: Environment, *, scored: str, out: str, shape: Shape) -> int:
    try:
        return verification.verify(
            scored=verification.lines(storage.pieces(bucket=env.data_bucket, key=scored)),
            predicted=verification.lines(storage.pieces(bucket=env.data_bucket, key=out)),
            shape=shape,
        )
    except verification.MismatchError as error:
        raise errors.OutputMismatch(f"{env.uri(out)}: {error}") from error


handler = runtime.step(work)
