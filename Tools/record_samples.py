#!/usr/bin/env python3
"""Records PyTorch's schemas of the ops, and its results and gradients for their samples.

    RECORD_SAMPLES=samples.json swift test --filter RecordedResultTests
    python3 Tools/record_samples.py samples.json Tests/TorchCoreTests/Fixtures

Writes schemas.txt (one schema a line; ops that PyTorch lacks are left out) and samples.txt, a list of lines:

    sample OP DTYPE INDEX CHECKSUM        what follows belongs to this sample of the op
    out DTYPE SIZES BASE64                one result: little-endian elements; sizes are joined by commas, - for none
    grad TENSOR DTYPE SIZES BASE64        the gradient of the results' weighted sum by the n-th tensor of the arguments
    error                                 PyTorch rejects the call
    unsupported                           PyTorch has no kernel for the type

Recorded with PyTorch 2.13.
"""
import base64
import json
import os
import sys
import warnings

import torch

warnings.filterwarnings("ignore")
torch.set_num_threads(1)


def decode(value, tensors):
    if value is None:
        return None
    if isinstance(value, list):
        return [decode(v, tensors) for v in value]
    if "data" in value:
        dtype = getattr(torch, value["dtype"])
        data = bytearray(base64.b64decode(value["data"]))
        t = torch.frombuffer(data, dtype=dtype).clone() if data else torch.empty(0, dtype=dtype)
        t = t.reshape(value["sizes"])
        tensors.append(t)
        return t
    if "wrapped" in value:
        tensors.append(None)
        return decode(value["wrapped"], [])
    kind, content = next(iter(value.items()))
    if kind == "bool" or kind == "string":
        return content
    if kind == "int":
        return int(content)
    if kind == "float":
        return float(content)
    if kind == "complex":
        return complex(float(content[0]), float(content[1]))
    if kind == "type":
        return getattr(torch, content)
    if kind == "device":
        return torch.device(content)
    return {"contiguous": torch.contiguous_format, "channelsLast": torch.channels_last, "preserve": torch.preserve_format}[content]


def encode(t):
    t = t.detach().resolve_conj().resolve_neg().clone(memory_format=torch.contiguous_format)
    sizes = ",".join(map(str, t.shape)) or "-"
    data = t.reshape(-1).view(torch.uint8).numpy().tobytes() if t.numel() else b""
    return f"{str(t.dtype)[6:]} {sizes} {base64.b64encode(data).decode()}".rstrip()


def flatten(results):
    if isinstance(results, (list, tuple)):
        return [t for r in results for t in flatten(r)]
    return [results] if isinstance(results, torch.Tensor) else [torch.tensor(results)]


def weights(t):
    values = [((k * 7 + 3) % 11 - 5) / 4 for k in range(t.numel())]
    return torch.tensor(values, dtype=torch.float64).reshape(t.shape).to(t.dtype)


def overload(name):
    base, _, which = name.removeprefix("aten::").partition(".")
    return getattr(getattr(torch.ops.aten, base), which or "default")


def call(op, names, sample, differentiates):
    tensors = []
    values = [decode(v, tensors) for v in sample["arguments"]]
    if differentiates:
        for t in tensors:
            if t is not None and (t.is_floating_point() or t.is_complex()):
                t.requires_grad_()
    positions = [a for a in op._schema.arguments if not a.kwarg_only]
    keywords = dict(zip(names[len(positions):], values[len(positions):]))
    return tensors, flatten(op(*values[:len(positions)], **keywords))


def record(op, names, sample, lines):
    differentiates = sample["dtype"] in ("float64", "complex128")
    try:
        try:
            tensors, results = call(op, names, sample, differentiates)
        except RuntimeError:
            # Some ops refuse complex tensors only when they are to be differentiated.
            differentiates = False
            tensors, results = call(op, names, sample, False)
    except (RuntimeError, IndexError, TypeError, ValueError, ZeroDivisionError) as error:
        known = "not implemented for" in str(error) or isinstance(error, NotImplementedError)
        lines.append("unsupported" if known else "error")
        return
    lines.extend(f"out {encode(r)}" for r in results)
    kept = [r for r in results if r.requires_grad]
    if not differentiates or not kept:
        return
    try:
        torch.autograd.backward(kept, [weights(r) for r in kept])
    except RuntimeError:
        return
    for i, t in enumerate(tensors):
        if t is not None and t.grad is not None:
            lines.append(f"grad {i} {encode(t.grad)}")


def main():
    source, folder = sys.argv[1:]
    schemas, lines = [], []
    for item in json.load(open(source)):
        try:
            op = overload(item["name"])
        except AttributeError:
            continue
        schemas.append(str(op._schema))
        for sample in item["samples"]:
            lines.append(f"sample {item['name']} {sample['dtype']} {sample['index']} {sample['checksum']}")
            record(op, item["arguments"], sample, lines)
    for name, content in (("schemas.txt", sorted(schemas)), ("samples.txt", lines)):
        with open(os.path.join(folder, name), "w") as file:
            file.write("\n".join(content) + "\n")


main()
