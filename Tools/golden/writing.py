"""Writes the format of recorded calls: a .jsonl file of records and a .bin file of the numbers they mention."""
import json
import math

import torch

DTYPES = {str(d).removeprefix("torch."): d for d in (
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.bfloat16,
    torch.float32, torch.float64, torch.complex64, torch.complex128)}


class NotExpressible(Exception):
    """The call holds something that the format has no notation for."""


def dtype_name(dtype):
    name = str(dtype).removeprefix("torch.")
    if name not in DTYPES:
        raise NotExpressible(f"dtype {name}")
    return name


def number(x):
    """A float, told from an integer by its tag."""
    if math.isnan(x):
        return {"f": "nan"}
    if math.isinf(x):
        return {"f": "inf" if x > 0 else "-inf"}
    return {"f": x}


def constant(value):
    """A plain argument; tensors are the caller's business."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return number(value)
    if isinstance(value, complex):
        return {"c": [number(p)["f"] for p in (value.real, value.imag)]}
    if isinstance(value, torch.dtype):
        return {"dtype": dtype_name(value)}
    if isinstance(value, torch.layout):
        return {"layout": str(value).removeprefix("torch.")}
    if isinstance(value, torch.memory_format):
        return {"memory_format": str(value).removeprefix("torch.")}
    raise NotExpressible(f"a value of type {type(value).__name__}")


class Numbers:
    """The .bin file: tensors at multiples of 64 bytes, equal contents once."""

    def __init__(self, limit):
        self.limit = limit
        self.bytes = bytearray()
        self.places = {}

    def _store(self, flat):
        if flat.numel() > self.limit:
            raise NotExpressible("a tensor over the size limit")
        if flat.numel() == 0:
            return 0
        content = flat.clone(memory_format=torch.contiguous_format).view(torch.uint8).numpy().tobytes()
        if content not in self.places:
            self.bytes += bytes(-len(self.bytes) % 64)
            self.places[content] = len(self.bytes)
            self.bytes += content
        return self.places[content]

    def tensor(self, t, as_view=False):
        """A tensor by its elements; an input keeps its strides when it is no row-major tensor."""
        t = t.detach()
        if t.layout is not torch.strided:
            return self._sparse(t)
        if t.device.type != "cpu":
            raise NotExpressible(f"a tensor on {t.device}")
        entry = {"dtype": dtype_name(t.dtype), "shape": list(t.shape)}
        t = t.resolve_conj().resolve_neg()
        if not as_view or t.is_contiguous() or t.numel() == 0:
            entry["at"] = self._store(t.contiguous().reshape(-1))
            return entry
        length = t.untyped_storage().nbytes() // t.element_size()
        base = t.as_strided([length], [1], 0)
        return entry | {"strides": list(t.stride()), "offset": t.storage_offset(), "storage_len": length, "at": self._store(base)}

    def _sparse(self, t):
        entry = {"dtype": dtype_name(t.dtype), "shape": list(t.shape), "layout": str(t.layout).removeprefix("torch.")}
        if t.layout is torch.sparse_coo:
            parts = [t._indices(), t._values()]
            entry["coalesced"] = t.is_coalesced()
        elif t.layout is torch.sparse_csr:
            parts = [t.crow_indices(), t.col_indices(), t.values()]
        else:
            raise NotExpressible(f"layout {t.layout}")
        return entry | {"parts": [self.tensor(p) for p in parts]}

    def shape_only(self, t):
        return {"dtype": dtype_name(t.dtype), "shape": list(t.shape)}


class RecordFile:
    """The records of one operator."""

    def __init__(self, folder, stem, header, limit):
        self.path = folder / stem
        self.lines = [json.dumps(header)]
        self.numbers = Numbers(limit)

    def add(self, record):
        self.lines.append(json.dumps(record, separators=(",", ":")))

    @property
    def count(self):
        return len(self.lines) - 1

    def write(self):
        self.path.with_name(self.path.name + ".jsonl").write_text("\n".join(self.lines) + "\n")
        self.path.with_name(self.path.name + ".bin").write_bytes(bytes(self.numbers.bytes))
