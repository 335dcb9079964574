"""Writes the PyTorch files of Tests/TorchSerializationTests/Fixtures/torch.

Run at the top of the repository: `pip install torch==2.13.0+cpu numpy && python Tools/record-weights-fixtures.py`
"""

import collections
import io
import os
import warnings
import zipfile

import numpy as np
import torch

warnings.simplefilter("ignore")
folder = "Tests/TorchSerializationTests/Fixtures/torch/"
os.makedirs(folder, exist_ok=True)
torch.manual_seed(0)
DTYPES = (
    "bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64 complex128 uint16 uint32 uint64 "
    "float8_e4m3fn float8_e5m2 complex32"
).split()


def matrix(name):
    return torch.tensor([[1.0, 0, 3], [4, 5, 6]]).to(getattr(torch, name))


dtypes = {name: matrix(name) for name in DTYPES}
torch.save(dtypes, folder + "dtypes.pt")
old = {name: value for name, value in dtypes.items() if not name.startswith(("uint16", "uint32", "uint64", "float8", "complex32"))}
torch.save(old, folder + "legacy.pt", _use_new_zipfile_serialization=False)

base = torch.arange(24, dtype=torch.float32)
weight = torch.nn.Parameter(torch.ones(2, 2))
views = collections.OrderedDict(
    base=base,
    row=base.view(4, 6)[1],
    transposed=base.view(4, 6).t(),
    strided=base[1::5],
    expanded=torch.tensor([7.0]).expand(3, 2),
    empty=torch.zeros(0, 3),
    scalar=torch.tensor(5),
    tied=weight,
    tied_again=weight,
    conjugate=torch.tensor([1 + 2j]).conj(),
    negated=torch.tensor([1 + 2j]).conj().imag,
)
torch.save(views, folder + "views.pt")
torch.save({k: views[k] for k in ("base", "row", "transposed")}, folder + "legacy_views.pt", _use_new_zipfile_serialization=False)

values = dict(
    none=None, true=True, small=7, negative=-3, wide=1 << 40, huge=1 << 70, float=1.5, complex=1 - 2j, text="é", data=b"\x00\xff",
    list=[1, [2, "x"]], tuple=(1, 2, 3, 4), set={3}, size=torch.Size([2, 3]), dtype=torch.bfloat16, device=torch.device("cpu"),
    layout=torch.sparse_coo, sparse=torch.tensor([[0, 2.0], [3, 0]]).to_sparse(), csr=torch.tensor([[0, 2.0], [3, 0]]).to_sparse_csr(),
    meta=torch.empty(3, 4, device="meta"), storage=torch.arange(3.0).untyped_storage(), counter=collections.Counter("aab"),
)
values.update({3: "int key", (1, "a"): "tuple key", None: "none key", 2.5: "float key"})
torch.save(values, folder + "values.pt")
for protocol in (3, 4, 5):
    torch.save({"x": base[:3], "n": 1 << 70, "b": b"ab"}, folder + f"protocol{protocol}.pt", pickle_protocol=protocol)

torch.save([np.float64(1.5), np.int32(-2), np.arange(6.0).reshape(2, 3), np.asfortranarray(np.arange(6).reshape(2, 3)),
            np.array([1, 2], dtype=">i2")], folder + "numpy.pt")

model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
torch.save(model.state_dict(), folder + "state_dict.pt")
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
model(torch.ones(5, 3)).sum().backward()
optimizer.step()
torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, folder + "checkpoint.pt")

# What a machine that stores the most significant byte first writes: the byteorder entry and the elements differ.
buffer = io.BytesIO()
big = {name: matrix(name) for name in ("int16", "float32", "float64", "complex64", "bool")}
torch.save(big, buffer)
source = zipfile.ZipFile(buffer)
widths = dict(zip(sorted(n for n in source.namelist() if "/data/" in n), (2, 4, 8, 4, 1)))
with zipfile.ZipFile(folder + "big_endian.pt", "w") as target:
    for name in source.namelist():
        data = source.read(name)
        if name.endswith("byteorder"):
            data = b"big"
        elif name in widths:
            width = widths[name]
            data = b"".join(data[i : i + width][::-1] for i in range(0, len(data), width))
        target.writestr(name, data)

# The legacy format on such a machine says so, and stores its elements like any other.
text = open(folder + "legacy.pt", "rb").read()
marker = b"little_endian"
place = text.index(b"\x88", text.index(marker))
open(folder + "legacy_big_endian.pt", "wb").write(text[:place] + b"\x89" + text[place + 1 :])

torch.serialization.set_crc32_options(False)
torch.save({"x": base}, folder + "no_checksums.pt")
torch.serialization.set_crc32_options(True)


class Evil:
    def __reduce__(self):
        return (os.system, ("false",))


torch.save({"a": Evil()}, folder + "evil.pt")
torch.save(model, folder + "whole_module.pt")
torch.jit.save(torch.jit.trace(torch.nn.Linear(1, 1), torch.ones(1, 1)), folder + "torchscript.pt")
