"""Code a field's values for the page, by column.

The values blocks of a layer, joined, hold its columns one after the other; what a column is, and
the byte that it starts at, stands in the layer's `columns`. Its `kind` is one of

`codes`
    A sequence: each feature's place in `values` or, where there is none, in the list of `distinct`
    texts that follows the sequence. 0 is null; the first value or text is 1.
`text`
    Each feature's text, as a list of texts.
`number`
    A sequence of n: 0 is null, any other stands for the double (min + n - 1) / 10**decimals.
`double`
    Doubles; NaN is null.

*A list of texts* is a sequence (0: null; else one more than the text's length in UTF-8, in bytes)
and then the UTF-8 of all texts, joined. Where a column is marked `json`, its texts are JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
from pyarrow import compute as pc

from erdao_geo.errors import PageError

JAVASCRIPT_EXACT = 2**53 - 1
"""The largest whole number that a browser's numbers keep; longer ones travel as text."""

DECIMALS = 6
"""The most decimals that a number is looked at for."""

FEW = 2**8 - 1
"""So many distinct texts are always coded by a byte each."""

_LARGEST = 2**32 - 1
_SAMPLE = 1000

Coded = tuple[dict[str, Any], Sequence[bytes]]


def sequence(numbers: npt.NDArray[Any]) -> bytes:
    """Code whole numbers from 0 to 2**32 - 1 (see `page/compact.py`)."""
    width = (int(numbers.max(initial=0)).bit_length() + 7) // 8
    planes = numbers.astype("<u4").view(np.uint8).reshape(-1, 4)[:, :width]
    return bytes([width]) + planes.T.tobytes()


def doubles(numbers: npt.NDArray[np.float64]) -> bytes:
    """Code doubles (see `page/compact.py`)."""
    return numbers.astype("<f8").view(np.uint8).reshape(-1, 8).T.tobytes()


def code_column(values: pd.Series, name: str) -> Coded:
    """Code a field's values; a missing one, of whatever kind, is null.

    Parameters
    ----------
    values
        Text, numbers, booleans, dates, or any mixture that JSON can hold.
    name
        The field's, for the error.

    Returns
    -------
    dict, sequence of bytes
        What `decode.js` must know of the column, and its bytes.

    Raises
    ------
    PageError
        If a value cannot be put into a page.
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    missing = values.isna().to_numpy(dtype=bool)
    try:
        return _code(values, missing)
    except (UnicodeEncodeError, orjson.JSONEncodeError) as error:
        raise PageError(f"the field {name!r} holds what no page can show: {error}") from error


def _code(values: pd.Series, missing: npt.NDArray[np.bool_]) -> Coded:
    if missing.all():
        return {"kind": "codes", "values": []}, [sequence(np.zeros(len(values), np.uint8))]
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind == "boolean":
        return _code_truths(values, missing)
    if kind == "integer":
        return _code_integers(values, missing)
    if kind == "floating":
        return _code_floats(values.to_numpy(dtype=np.float64, na_value=np.nan), missing)
    if kind == "string":
        return _code_texts(values.astype(object).to_numpy())
    return _code_objects(values, missing, kind)


def _code_truths(values: pd.Series, missing: npt.NDArray[np.bool_]) -> Coded:
    truths = values.where(~missing, False).to_numpy(dtype=bool)
    codes = np.where(missing, 0, 1 + truths.astype(np.uint8))
    return {"kind": "codes", "values": [False, True]}, [sequence(codes)]


def _code_objects(values: pd.Series, missing: npt.NDArray[np.bool_], kind: str) -> Coded:
    """Code dates as text, and any mixture as JSON."""
    there = (None if gone else value for value, gone in zip(values, missing, strict=True))
    if kind in ("date", "datetime", "datetime64"):
        return _code_texts([_iso(value) for value in there])
    column, chunks = _code_texts([None if value is None else _json(value) for value in there])
    return {**column, "json": True}, chunks


def _code_integers(values: pd.Series, missing: npt.NDArray[np.bool_]) -> Coded:
    there = values[~missing]
    low, high = int(there.min()), int(there.max())
    if max(-low, high) > JAVASCRIPT_EXACT:
        there = values.astype(object).where(~missing, None)
        return _code_texts([None if value is None else str(value) for value in there])
    numbers = np.full(len(values), low, np.int64)
    numbers[~missing] = there.to_numpy(dtype=np.int64)
    if high - low < _LARGEST:
        return _code_numbers(numbers, missing, low, 0)
    return {"kind": "double"}, [doubles(np.where(missing, np.nan, numbers))]


def _code_floats(values: npt.NDArray[np.float64], missing: npt.NDArray[np.bool_]) -> Coded:
    there = values[~missing]
    for decimals in range(DECIMALS + 1):
        if not _are_decimals(there[:: max(1, len(there) // _SAMPLE)], decimals):
            continue
        if not _are_decimals(there, decimals):
            continue
        numbers = np.rint(np.where(missing, there[0], values) * 10**decimals).astype(np.int64)
        low, high = int(numbers.min()), int(numbers.max())
        if high - low < _LARGEST:
            return _code_numbers(numbers, missing, low, decimals)
        break
    return {"kind": "double"}, [doubles(values)]


def _are_decimals(values: npt.NDArray[np.float64], decimals: int) -> bool:
    """Say whether each value is the double next to a number of so many decimals."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = np.rint(values * 10**decimals)
        same = (scaled / 10**decimals == values) & (np.abs(scaled) <= JAVASCRIPT_EXACT)
    return bool(same.all()) and not bool((np.signbit(values) & (values == 0)).any())


def _code_numbers(
    numbers: npt.NDArray[np.int64], missing: npt.NDArray[np.bool_], low: int, decimals: int
) -> Coded:
    column = {"kind": "number", "min": low, "decimals": decimals}
    return column, [sequence(np.where(missing, 0, numbers - low + 1))]


def _code_texts(values: Sequence[str | None] | npt.NDArray[Any]) -> Coded:
    """Code texts: as codes where most stand more than once."""
    texts = pa.array(values, pa.large_string(), from_pandas=True)
    coded = pc.dictionary_encode(texts)
    distinct = len(coded.dictionary)
    if distinct > max(FEW, (len(texts) - texts.null_count) // 2):
        return {"kind": "text"}, _text_list(texts)
    codes = pc.add(pc.fill_null(coded.indices, -1), 1).to_numpy(zero_copy_only=False)
    chunks = [sequence(codes), *_text_list(coded.dictionary)]
    return {"kind": "codes", "distinct": distinct}, chunks


def _text_list(texts: pa.LargeStringArray) -> list[bytes]:
    lengths = pc.fill_null(pc.add(pc.binary_length(texts), 1), 0).to_numpy(zero_copy_only=False)
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset :][: len(texts) + 1]
    data = texts.buffers()[2]
    blob = data.slice(int(offsets[0]), int(offsets[-1] - offsets[0])) if data else b""
    return [sequence(lengths), bytes(blob)]


def _iso(value: Any) -> str | None:
    """Write a date; a time of midnight is a date."""
    if value is None:
        return None
    text = str(value.isoformat())
    return text.removesuffix("T00:00:00")


def _json(value: Any) -> str:
    """Write a value as JSON; a whole number that JavaScript would round, as text."""
    is_long = isinstance(value, int) and abs(value) > JAVASCRIPT_EXACT
    kept = str(value) if is_long else value
    return orjson.dumps(kept, option=orjson.OPT_SERIALIZE_NUMPY).decode()
