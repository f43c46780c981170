"""The native library as Python objects: a model, and requests that turn CSV into predictions.

Every call into the library releases the GIL. Neither numpy nor lightgbm is imported.
"""

import ctypes
import importlib.util
import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

LIBRARY = Path(__file__).parent / "native" / "build" / "libscoring.so"

Engine = Literal["auto", "kernel", "lightgbm"]

_ERROR_BYTES = 4096
_READ, _WRITE = 0x100, 0x200  # PyBUF_READ, PyBUF_WRITE


class ModelError(ValueError):
    """The file is not a model that can be served; the message says why."""


class TableError(ValueError):
    """The body cannot be read; the message names the first bad row (from 1) and its column."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """The part of a text model before its trees. `outputs` is the number of values per row."""

    version: str
    objective: str
    kind: str  # binary, multiclass or number
    outputs: int
    feature_names: tuple[str, ...]
    trees: int


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the CSV is written and what the answer holds.

    `output_keys` are some of `container.settings.OUTPUT_KEYS`; without any a line holds what
    Booster.predict returns. `threshold` is the probability from which a binary model's label is 1
    (None: 0.5).
    `placeholder`: a row that cannot be read is answered by ERROR instead of refusing the request.
    """

    separator: str = ","
    decimal_comma: bool = False
    missing_tokens: frozenset[str] = frozenset([""])
    has_header: bool = False
    placeholder: bool = False
    output_keys: tuple[str, ...] = ()
    threshold: float | None = None

    def __post_init__(self) -> None:
        if len(self.separator.encode()) != 1:
            raise ValueError(f"separator={self.separator!r}: must be one ASCII character")
        for token in self.missing_tokens:
            if "\n" in token or "\0" in token:
                raise ValueError(f"missing_tokens: {token!r} holds a line feed or a null character")


class Request:
    """One body at a time, in pieces, through the model. Used by one thread at a time."""

    def __init__(self, model: "Model", options: Options) -> None:
        """Raises ValueError for options that do not suit the model."""
        self._model = model  # the library's request refers to it
        error = ctypes.create_string_buffer(_ERROR_BYTES)
        given = COptions(
            options.separator.encode(),
            options.decimal_comma,
            options.has_header,
            options.placeholder,
            "\n".join(sorted(options.missing_tokens)).encode(),
            ",".join(options.output_keys).encode(),
            math.nan if options.threshold is None else options.threshold,
        )
        handle = model.library.scoring_request_new(model.handle, given, error, len(error))
        if not handle:
            raise ValueError(_text(error.value))
        self._handle = ctypes.c_void_p(handle)
        self._library = model.library
        self._pointer = ctypes.c_void_p()
        self._size = ctypes.c_size_t()

    def __del__(self) -> None:
        if hasattr(self, "_handle"):
            self._library.scoring_request_free(self._handle)

    def space(self) -> memoryview:
        """Where the next bytes of the body go; valid until the next call of `feed` or `reset`."""
        size = self._library.scoring_request_space(self._handle, self._pointer)
        return _view(self._pointer, size, _WRITE)

    def feed(self, size: int, *, last: bool = False) -> None:
        """`size` bytes were written to the space; raises TableError for a body that is refused.

        After the piece that is `last` the answer is there. After an error only `reset` may follow.
        """
        if self._library.scoring_request_feed(self._handle, size, last):
            raise TableError(_text(self._library.scoring_request_error(self._handle)))

    @property
    def rows(self) -> int:
        """Rows read so far, the bad ones included."""
        return int(self._library.scoring_request_rows(self._handle))

    @property
    def bad_rows(self) -> int:
        """Rows answered by a placeholder so far."""
        return int(self._library.scoring_request_bad_rows(self._handle))

    def answer(self) -> list[memoryview]:
        """The answer's text in pieces; valid until `reset` and while the request lives."""
        parts: list[memoryview] = []
        pointer, size = self._pointer, self._size
        while self._library.scoring_request_answer(self._handle, len(parts), pointer, size):
            parts.append(_view(pointer, size.value, _READ))
        return parts

    def reset(self) -> None:
        """Ready for the next body; the memory is kept."""
        self._library.scoring_request_reset(self._handle)


class Model:
    """A model in memory. Used by any number of threads; requests are made from it.

    `engine` is kernel or lightgbm; `why` says what the kernel does not cover, or is empty.
    """

    def __init__(self, handle: int, library: ctypes.CDLL) -> None:
        """Use `Model.open`."""
        self.handle, self.library = ctypes.c_void_p(handle), library
        about = json.loads(_text(library.scoring_describe(self.handle)))
        self.header = Header(
            version=about["version"],
            objective=about["objective"],
            kind=about["kind"],
            outputs=about["outputs"],
            feature_names=tuple(about["features"]),
            trees=about["trees"],
        )
        self.engine: str = about["engine"]
        self.instructions: str = about["instructions"]
        self.why: str = about["why"]

    @classmethod
    def open(cls, path: Path, *, instructions: str | None = None, engine: Engine = "auto") -> Self:
        """Load a model file; raises ModelError.

        `instructions` is avx512, avx2 or portable; without it SCORING_INSTRUCTIONS of the
        environment counts, and without that the best the processor has.
        """
        library = _load()
        wanted = instructions or os.environ.get("SCORING_INSTRUCTIONS") or None
        lightgbm = _lightgbm()
        error = ctypes.create_string_buffer(_ERROR_BYTES)
        handle = library.scoring_open(
            os.fsencode(path),
            wanted and wanted.encode(),
            lightgbm and os.fsencode(lightgbm),
            engine.encode(),
            error,
            len(error),
        )
        if not handle:
            raise ModelError(_text(error.value))
        return cls(handle, library)

    def __del__(self) -> None:
        if hasattr(self, "handle"):
            self.library.scoring_close(self.handle)

    def request(self, options: Options) -> Request:
        """A request to be filled; raises ValueError for options that do not suit the model."""
        return Request(self, options)

    def predict_csv(self, body: bytes, options: Options | None = None) -> bytes:
        """The answer to a whole body; raises TableError."""
        request = self.request(options or Options())
        rest = memoryview(body)
        while True:
            space = request.space()
            size = min(len(space), len(rest))
            space[:size] = rest[:size]
            rest = rest[size:]
            request.feed(size, last=not rest)
            if not rest:
                return b"".join(request.answer())


class COptions(ctypes.Structure):
    """scoring_options of api.h."""

    _fields_ = (
        ("separator", ctypes.c_char),
        ("decimal_comma", ctypes.c_byte),
        ("has_header", ctypes.c_byte),
        ("placeholder", ctypes.c_byte),
        ("missing_tokens", ctypes.c_char_p),
        ("output_keys", ctypes.c_char_p),
        ("threshold", ctypes.c_double),
    )


def _load() -> ctypes.CDLL:
    """The library with the types of its functions; raises ModelError when it is not built."""
    try:
        library = ctypes.CDLL(str(LIBRARY))
    except OSError as error:
        raise ModelError(
            f"the scoring library cannot be loaded ({error}); install a C++ compiler (g++ or "
            "clang++) and make, then run: make -C container/native"
        ) from error
    handle, text, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t
    out_pointer, out_size = ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(ctypes.c_size_t)
    for name, result, arguments in (
        ("open", handle, (text, text, text, text, text, size)),
        ("close", None, (handle,)),
        ("describe", text, (handle,)),
        ("request_new", handle, (handle, ctypes.POINTER(COptions), text, size)),
        ("request_free", None, (handle,)),
        ("request_reset", None, (handle,)),
        ("request_space", size, (handle, out_pointer)),
        ("request_feed", ctypes.c_int, (handle, size, ctypes.c_int)),
        ("request_error", text, (handle,)),
        ("request_rows", ctypes.c_uint64, (handle,)),
        ("request_bad_rows", ctypes.c_uint64, (handle,)),
        ("request_answer", ctypes.c_int, (handle, size, out_pointer, out_size)),
    ):
        function = getattr(library, f"scoring_{name}")
        function.restype, function.argtypes = result, arguments
    return library


def _lightgbm() -> Path | None:
    """lightgbm's own library, found without importing the package; None: not installed."""
    spec = importlib.util.find_spec("lightgbm")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for place in ("lib", "bin", ""):
            path = Path(folder) / place / "lib_lightgbm.so"
            if path.is_file():
                return path
    return None


_from_memory = ctypes.pythonapi.PyMemoryView_FromMemory
_from_memory.restype = ctypes.py_object
_from_memory.argtypes = (ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int)


def _view(pointer: ctypes.c_void_p, size: int, access: int) -> memoryview:
    view: memoryview = _from_memory(pointer, size, access)
    return view


def _text(message: bytes | None) -> str:
    return (message or b"").decode("utf-8", errors="replace")
