"""Reads files that SwiftTorch wrote and compares them with what the tests say is in them: `check-weights.py FOLDER`."""

import sys

import numpy as np
import torch

folder = sys.argv[1]


def load(name):
    return torch.load(f"{folder}/{name}", weights_only=True)


for mmap in (False, True):
    dtypes = torch.load(f"{folder}/dtypes.pt", weights_only=True, mmap=mmap)
    assert len(dtypes) == 18, len(dtypes)
    for name, value in dtypes.items():
        expected = torch.tensor([[1.0, 0, 3], [4, 5, 6]]).to(getattr(torch, name))
        assert value.dtype == expected.dtype and value.shape == expected.shape, name
        assert value.to(torch.complex64).tolist() == expected.to(torch.complex64).tolist(), name
views = load("views.pt")
assert views["base"].tolist() == list(range(24))
assert views["transposed"].shape == (6, 4) and views["transposed"].stride() == (1, 6)
views["base"][6] = -1
assert views["row"][0] == -1 and views["transposed"][0, 1] == -1, "views share their storage"
assert views["tied"] is views["tied_again"] and isinstance(views["tied"], torch.nn.Parameter) and views["tied"].requires_grad
values = load("values.pt")
assert values["none"] is None and values["true"] is True and values["wide"] == 1 << 40 and values["huge"] == 1 << 70
assert values["float"] == 1.5 and values["complex"] == 1 - 2j and values["text"] == "é" and values["data"] == b"\x00\xff"
assert values["list"] == [1, [2, "x"]] and values["tuple"] == (1, 2, 3, 4) and values["set"] == {3}
assert values["size"] == torch.Size([2, 3]) and values["dtype"] == torch.bfloat16 and values["device"] == torch.device("cpu")
assert values["sparse"].to_dense().tolist() == [[0, 2], [3, 0]] and values["csr"].to_dense().tolist() == [[0, 2], [3, 0]]
assert values["meta"].device.type == "meta" and values["meta"].shape == (3, 4)
assert values["storage"].nbytes() == 12 and values[3] == "int key" and values[(1, "a")] == "tuple key"
state = load("state_dict.pt")
model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
model.load_state_dict(state)
assert state._metadata["1"]["version"] == 2
optimizer = torch.optim.AdamW(model.parameters(), lr=0.5)
optimizer.load_state_dict(load("checkpoint.pt")["optimizer"])
assert optimizer.param_groups[0]["lr"] == 0.01 and len(optimizer.state) == 6
optimizer.zero_grad()
model(torch.ones(5, 3)).sum().backward()
optimizer.step()
for name in ("arrays.npz", "arrays_compressed.npz"):
    arrays = np.load(f"{folder}/{name}")
    assert sorted(arrays.files) == ["float32", "scalar"] and arrays["float32"].tolist() == [[1, 0, 3], [4, 5, 6]]
    assert arrays["scalar"].shape == () and arrays["scalar"].dtype == np.int64
print("all files agree")
