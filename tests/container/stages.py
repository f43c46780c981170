"""Single stages of the native library, through its entries for tests."""

import ctypes
import math
from collections.abc import Iterable, Sequence

from container import native
from tests.container.oracle import Dialect, RefusedError, Table

_text, _size, _pointer = ctypes.c_char_p, ctypes.c_size_t, ctypes.c_void_p


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(str(native.LIBRARY))
    options = ctypes.POINTER(native.COptions)
    for name, result, arguments in (
        ("parse", _pointer, (_text, _size, _pointer, _size, _text, options, _text, ctypes.c_char)),
        ("table_free", None, (_pointer,)),
        ("table_error", _text, (_pointer,)),
        ("table_values", ctypes.POINTER(ctypes.c_double), (_pointer,)),
        ("table_bad", ctypes.POINTER(ctypes.c_char), (_pointer,)),
        ("table_rows", _size, (_pointer,)),
        ("table_bad_rows", _size, (_pointer,)),
        ("repr", None, (ctypes.c_double, ctypes.c_char_p)),
        (
            "format",
            _text,
            (_pointer, _size, ctypes.c_int, _pointer, _text, options, ctypes.POINTER(_text)),
        ),
    ):
        function = getattr(library, f"scoring_{name}")
        function.restype, function.argtypes = result, arguments
    return library


_library = _load()


def parse(
    body: bytes,
    dialect: Dialect,
    *,
    instructions: str,
    cuts: Sequence[int] = (),
    surroundings: bytes = b"1",
) -> Table:
    """What the CSV stage makes of a body in pieces that end at `cuts`; raises RefusedError."""
    ends = (ctypes.c_size_t * len(cuts))(*cuts)
    options = native.COptions(
        dialect.separator.encode(),
        dialect.decimal_comma,
        dialect.has_header,
        dialect.placeholder,
        "\n".join(dialect.missing).encode(),
        b"",
        math.nan,
    )
    table = _library.scoring_parse(
        body, len(body), ends, len(cuts), "\n".join(dialect.names).encode(), options,
        instructions.encode(), surroundings,
    )  # fmt: skip
    if not table:
        raise LookupError(f"no {instructions} here")
    try:
        error = _library.scoring_table_error(table)
        if error:
            raise RefusedError(error.decode())
        rows, width = _library.scoring_table_rows(table), len(dialect.names)
        values = _library.scoring_table_values(table)[: rows * width]
        bad = [bool(flag) for flag in _library.scoring_table_bad(table)[:rows]]
        assert _library.scoring_table_bad_rows(table) == sum(bad)
    finally:
        _library.scoring_table_free(table)
    return Table(values=[values[at * width : (at + 1) * width] for at in range(rows)], bad=bad)


def instruction_sets() -> list[str]:
    """Those that this processor has."""
    found = []
    for name in ("avx512", "avx2", "portable"):
        try:
            parse(b"1", Dialect(names=["a"]), instructions=name)
        except LookupError:
            continue
        found.append(name)
    return found


def number_text(value: float) -> str:
    """The output stage's text for one number."""
    out = ctypes.create_string_buffer(64)
    _library.scoring_repr(value, out)
    return out.value.decode()


def lines(
    predicted: Sequence[Sequence[float]],
    *,
    objective: str,
    keys: Iterable[str] = (),
    threshold: float | None = None,
    bad: Iterable[int] = (),
) -> str:
    """The output stage's text for predictions; raises ValueError for keys the model lacks."""
    rows, outputs = len(predicted), len(predicted[0])
    values = (ctypes.c_double * (rows * outputs))(*(value for row in predicted for value in row))
    bits = (ctypes.c_uint64 * (rows // 64 + 1))()
    for row in bad:
        bits[row // 64] |= 1 << row % 64
    options = native.COptions(
        b",", False, False, False, b"", "\n".join(keys).encode(),
        math.nan if threshold is None else threshold,
    )  # fmt: skip
    error = _text()
    text = _library.scoring_format(
        values, rows, outputs, bits, objective.encode(), options, ctypes.byref(error)
    )
    if text is None:
        raise ValueError((error.value or b"").decode())
    return str(text.decode())
