"""Writes the safetensors files of this folder with the reference implementation.

Run in this folder: `pip install safetensors==0.8.0 numpy && python make_fixtures.py`
"""

import struct

import numpy as np
import safetensors
from safetensors.numpy import save_file

save_file(
    {
        "fc.weight": np.arange(6, dtype=np.float32).reshape(2, 3) / 4,
        "fc.bias": np.array([-1.5, 2.5], dtype=np.float32),
        "steps": np.array(12345678901, dtype=np.int64),
        "mask": np.array([[True, False, True]]),
        "empty": np.zeros((0, 5), dtype=np.float64),
        "half": np.array([0.5, -2], dtype=np.float16),
    },
    "model.safetensors",
    metadata={"format": "pt"},
)

# Every dtype that the installed version can write, one element (or one byte) each, and names that need escapes.
names = "BOOL U8 I8 F8_E5M2 F8_E4M3 F8_E8M0 I16 U16 F16 BF16 I32 U32 F32 C64 F64 I64 U64 F8_E4M3FNUZ F8_E5M2FNUZ".split()
spellings = dict(
    BOOL="bool", U8="uint8", I8="int8", F8_E5M2="float8_e5m2", F8_E4M3="float8_e4m3fn", F8_E8M0="float8_e8m0fnu",
    F8_E4M3FNUZ="float8_e4m3fnuz", F8_E5M2FNUZ="float8_e5m2fnuz", I16="int16", U16="uint16", F16="float16", BF16="bfloat16",
    I32="int32", U32="uint32", F32="float32", C64="complex64", F64="float64", I64="int64", U64="uint64",
)
widths = dict(C64=8, F64=8, I64=8, U64=8, I32=4, U32=4, F32=4, I16=2, U16=2, F16=2, BF16=2)
tensors = {}
for position, name in enumerate(names):
    width = widths.get(name, 1)
    data = bytes((position * 16 + i) % 256 for i in range(width)) if name != "BOOL" else b"\x01"
    tensors[f"tensor_{name}"] = {"dtype": spellings[name], "shape": [1], "data": data}
for name in ['quote"back\\slash', "line\nfeed\ttab\x01\x1f", "é", "e\u0301", "日本語 🎉", "a/b", "\x7f", "b", "a", "B", ""]:
    tensors[name] = {"dtype": "uint8", "shape": [], "data": b"\x07"}
written, buffers = {}, []
for name, tensor in tensors.items():
    buffer = np.frombuffer(tensor["data"], dtype=np.uint8)
    try:
        written[name] = safetensors.TensorSpec(
            dtype=tensor["dtype"], shape=tensor["shape"], data_ptr=buffer.ctypes.data, data_len=buffer.nbytes
        )
        buffers.append(buffer)
    except Exception as error:
        print("left out:", repr(name), error)
with open("dtypes.safetensors", "wb") as file:
    file.write(safetensors.serialize(written))
with open("empty.safetensors", "wb") as file:
    file.write(safetensors.serialize({}))

# NumPy's formats: one file of each layout and version that the reader knows, and archives.
matrix = np.arange(6, dtype=np.float32).reshape(2, 3) / 4
np.save("matrix.npy", matrix)
np.save("column_major.npy", np.asfortranarray(matrix))
np.save("big_endian.npy", np.array([1 + 2j, -3.5j], dtype=">c8"))
np.save("scalar.npy", np.array(-7, dtype=np.int64))
np.save("structured.npy", np.zeros(2, dtype=[("x", "f4"), ("y", "i2")]))
for version in [(2, 0), (3, 0)]:
    with open(f"version{version[0]}.npy", "wb") as file:
        np.lib.format.write_array(file, np.array([True, False]), version=version)
arrays = dict(matrix=matrix, labels=np.arange(1000, dtype=np.uint8), empty=np.zeros((0, 3)))
np.savez("arrays.npz", **arrays)
np.savez_compressed("arrays_compressed.npz", **arrays)
