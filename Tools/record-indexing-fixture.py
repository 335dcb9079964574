#!/usr/bin/env python3
"""Records what PyTorch computes for the ops of the families Indexing, Ordering and Creation.

    python3 Tools/record-indexing-fixture.py > Tests/TorchCoreTests/Fixtures/indexing.jsonl

Recorded with PyTorch 2.13. One JSON object a line: family, op (the schema's name), args, results, and for ops with gradients the
gradients of sum(result * weight) over all floating-point results, weight[i] = 1 + i / 8 in row-major order, by every argument
that requires gradients. A tensor is {"t": dtype, "s": sizes, "v": values, "g": requires gradients, "strided": memory with gaps}.
A call that PyTorch refuses has "error": true instead of results.
"""
import json
import torch

torch.manual_seed(3)
inf, nan = float("inf"), float("nan")


def number(v):
    if isinstance(v, float) and v != v:
        return "nan"
    if v in (inf, -inf) and isinstance(v, float):
        return "inf" if v > 0 else "-inf"
    return v


def encode(v):
    if isinstance(v, torch.Tensor):
        out = {"t": str(v.dtype)[6:], "s": list(v.shape), "v": [number(x) for x in v.detach().reshape(-1).tolist()]}
        if v.requires_grad:
            out["g"] = True
        if not v.is_contiguous():
            out["strided"] = True
        return out
    if isinstance(v, (list, tuple)):
        return [encode(x) for x in v]
    return number(v)


def x(*sizes, low=-2.0, high=2.0, dtype=torch.float64, grad=True, strided=False):
    t = (torch.rand(*sizes[:-1], sizes[-1] * 2 if strided else sizes[-1]) if sizes else torch.rand([])).double() * (high - low) + low
    if strided:
        t = t[..., ::2]
    t = t.to(dtype)
    if grad and dtype.is_floating_point:
        t.requires_grad_()
    return t


def i(values, dtype=torch.int64):
    return torch.tensor(values, dtype=dtype)


def case(family, name, *args, **kwargs):
    op = torch.ops.aten
    short, _, overload = name.partition(".")
    fn = getattr(getattr(op, short), overload or "default")
    line = {"family": family, "op": "aten::" + name, "args": None}
    schema = fn._schema
    full = list(args)
    for a in schema.arguments[len(args):]:
        # A dtype's default would be written as PyTorch's number for it.
        default = None if a.name == "dtype" else a.default_value
        full.append(kwargs.pop(a.name) if a.name in kwargs else default)
    assert not kwargs, kwargs
    line["args"] = encode(full)
    leaves = []

    def collect(v):
        if isinstance(v, torch.Tensor) and v.requires_grad:
            leaves.append(v)
        if isinstance(v, (list, tuple)):
            for e in v:
                collect(e)

    collect(full)
    call = dict(zip([a.name for a in schema.arguments], full))
    if short.endswith("_"):
        call["self"] = call["self"].clone() if call["self"].is_contiguous() else call["self"] * 1
        if not full[0].is_contiguous():
            base = torch.zeros(*full[0].shape[:-1], full[0].shape[-1] * 2, dtype=full[0].dtype)
            base[..., ::2] = full[0]
            call["self"] = base[..., ::2]
    try:
        result = fn(**call)
    except (RuntimeError, IndexError, NotImplementedError):
        line["error"] = True
        print(json.dumps(line))
        return
    results = list(result) if isinstance(result, (tuple, list)) else [result]
    line["results"] = encode([r.detach().contiguous() for r in results])
    total = 0
    for r in results:
        if r.requires_grad:
            w = 1 + torch.arange(r.numel(), dtype=torch.float64) / 8
            total = total + (r * w.reshape(r.shape).to(r.dtype)).sum()
    if leaves and isinstance(total, torch.Tensor):
        grads = torch.autograd.grad(total, leaves, allow_unused=True)
        line["grads"] = encode([torch.zeros_like(l) if g is None else g for g, l in zip(grads, leaves)])
    print(json.dumps(line))


F = "Indexing"
b = lambda v: torch.tensor(v, dtype=torch.bool)
case(F, "index_select", x(4, 3), 1, i([2, 0, 0]))
case(F, "index_select", x(4, 3, strided=True), -2, i(3, torch.int32))
case(F, "index_select", x(), 0, i([0]))
case(F, "index_select", x(4, 3), 0, i([4]))
case(F, "index_select", x(4, 3), 0, i([[1]]))
for suffix in ["", "_"]:
    case(F, "index_add" + suffix, x(4, 3), 0, i([3, 0, 3]), x(3, 3), alpha=1.5)
    case(F, "index_add" + suffix, x(4, 3, strided=True), 1, i([2, 2]), x(4, 2))
    case(F, "index_add" + suffix, i([1, 2, 3]), 0, i([2, 2]), i([5, 7]), alpha=2)
    case(F, "index_add" + suffix, x(4, 3), 0, i([4]), x(1, 3))
    case(F, "index_copy" + suffix, x(4, 3), 0, i([3, 0]), x(2, 3))
    case(F, "index_copy" + suffix, x(4, 3, 2, strided=True), 1, i([1]), x(4, 1, 2))
    case(F, "index_fill" + suffix + ".int_Scalar", x(4, 3), 0, i([3, 0]), 0.5)
    case(F, "index_fill" + suffix + ".int_Scalar", x(), 0, i([0]), 0.5)
    case(F, "index_fill" + suffix + ".int_Tensor", x(4, 3), -1, i([1]), x())
    case(F, "scatter" + suffix + ".src", x(3, 4), 1, i([[2, 0], [1, 3], [3, 2]]), x(3, 2))
    case(F, "scatter" + suffix + ".src", x(3, 4, strided=True), 0, i([[2, 0], [1, 2]]), x(2, 2))
    case(F, "scatter" + suffix + ".src", x(3, 4), 1, i([[4]]), x(1, 1))
    case(F, "scatter" + suffix + ".src", x(3, 4), 1, i([[-1]]), x(1, 1))
    case(F, "scatter" + suffix + ".src", x(3, 4), 1, i([1]), x(1))
    case(F, "scatter" + suffix + ".value", x(3, 4), 1, i([[2, 0], [1, 3]]), 1.5)
    case(F, "scatter_add" + suffix, x(3, 4), 1, i([[2, 2, 2], [1, 1, 0]]), x(2, 3))
    case(F, "scatter_add" + suffix, i([0, 0, 0]), 0, i([1, 1]), i([4, 5]))
    for r in ["sum", "prod", "mean", "amax", "amin"]:
        for include in [True, False]:
            case(F, "scatter_reduce" + suffix + ".two", x(3, 4), 1, i([[2, 2, 0], [1, 1, 3]]), x(2, 3), r, include_self=include)
        case(F, "scatter_reduce" + suffix + ".two", i([7, 2, 9]), 0, i([1, 1, 2]), i([4, 6, -5]), r, include_self=False)
    case(F, "scatter_reduce" + suffix + ".two", x(3), 0, i([1]), x(1), "median")
    case(F, "masked_fill" + suffix + ".Scalar", x(3, 4), b([True, False, False, True]), -inf)
    case(F, "masked_fill" + suffix + ".Scalar", x(3, 4, strided=True), b([[True], [False], [True]]), 2)
    case(F, "masked_fill" + suffix + ".Scalar", x(3), b([[True, False, True], [False, True, False]]), 2)
    case(F, "masked_fill" + suffix + ".Tensor", x(3, 4), b([True, False, False, True]), x())
    case(F, "masked_fill" + suffix + ".Scalar", x(3), i([1, 0, 1]), 2)
    case(F, "masked_scatter" + suffix, x(2, 3), b([True, False, True]), x(2, 3))
    case(F, "masked_scatter" + suffix, x(2, 3, strided=True), b([[True, False, True], [True, True, True]]), x(5))
    case(F, "masked_scatter" + suffix, x(2, 3), b([True, True, True]), x(5))
    case(F, "put" + suffix, x(3, 4), i([0, -1, 5]), x(3), False)
    case(F, "put" + suffix, x(3, 4), i([[0, -1, 0]]), x(3, 1), True)
    case(F, "put" + suffix, x(3, 4), i([12]), x(1), False)
    for args in [
        ([i([2, 0])], x(2, 4)), ([None, i([[1], [3]])], x(4)), ([i([2, -1]), i([0, 1])], x()),
        ([b([[True, False, True, False]] * 3)], x(6)), ([b([True, False, True])], x(2, 1)),
    ]:
        case(F, "index_put" + suffix, x(3, 4), *args, False)
    case(F, "index_put" + suffix, x(3, 4, strided=True), [i([2, 0, 2])], x(3, 4), True)
    case(F, "index_put" + suffix, x(3, 4, 2), [i([2, 0, 2]), None, i([0, 1, 0])], x(3, 4), True)
    case(F, "index_put" + suffix, x(3, 4), [i([2, 3])], x(4), False)
    case(F, "index_put" + suffix, x(3, 4), [i([2, 1])], x(3), False)
case(F, "scatter.reduce", x(3, 4, grad=False), 1, i([[2, 2], [1, 3]]), x(2, 2, grad=False), reduce="add")
case(F, "scatter.reduce", x(3, 4, grad=False), 1, i([[2, 2], [1, 3]]), x(2, 2, grad=False), reduce="multiply")
case(F, "scatter.value_reduce", x(3, 4, grad=False), 1, i([[2, 2], [1, 3]]), 2.5, reduce="multiply")
case(F, "gather", x(3, 4), 1, i([[2, 0], [1, 1], [3, 3]]))
case(F, "gather", x(3, 4, 2, strided=True), 0, i([[[2, 0], [1, 1]]]))
case(F, "gather", x(), 0, i(0))
case(F, "gather", x(3, 4), 1, i([[4]]))
case(F, "gather", x(3, 4), 0, i([[0, 0, 0, 0, 0]]))
case(F, "gather", x(3, 4), 2, i([[0]]))
case(F, "take", x(3, 4), i([[0, -1], [11, 0]]))
case(F, "take", x(3, 4, strided=True), i([5]))
case(F, "take", x(3, 4), i([12]))
case(F, "take_along_dim", x(3, 4), i([[1, 0]]), 1)
case(F, "take_along_dim", x(3, 4), i([11, 2, 2]))
case(F, "masked_select", x(3, 4), b([True, False, False, True]))
case(F, "masked_select", x(3, 1), b([True, False, True]))
case(F, "nonzero", i([[0, 3], [0, 0], [5, -1]]))
case(F, "nonzero", torch.tensor([0.0, nan, -0.0, 2.0]))
case(F, "nonzero", torch.tensor(3.0))
case(F, "nonzero", torch.zeros(2, 0))
case(F, "where", i([[0, 3], [0, 1]]))
for index in [
    [i([2, 0, -1])], [None, i([[1], [3]])], [i([2, 0]), i([[1], [3]])], [i([2, 0]), None, i([1, 0])], [None, i([2, 0]), i([1, 0])],
    [None, None, i([1])], [i([1, 2]), b([True, False, False, True])],
    [b([[True, False, True, False]] * 3)], [None, b([[True, False]] * 4)], [i(1)], [b([False, False, False])], [i([])],
    [i([3])], [i([-4])], [i([0]), i([0]), i([0]), i([0])], [i([0, 1]), i([0, 1, 2])], [b([True, False])], [torch.tensor([1.0])],
]:
    case(F, "index.Tensor", x(3, 4, 2), index)
    case(F, "index.Tensor", x(3, 4, 2, strided=True), index)

F = "Ordering"
ties = torch.tensor([[3.0, 1.0, 3.0, nan, -1.0, 1.0], [inf, -inf, 0.0, -0.0, 2.0, nan]], dtype=torch.float64)
for t in [x(3, 5), x(5, 3, 2, strided=True), x(), i([[3, 1, 2, 3], [0, -5, 7, 7]]), i([3, 1, 2], torch.uint8), b([True, False, True])]:
    for d in range(-1, max(t.dim() - 1, 0)):
        for descending in [False, True]:
            case(F, "sort.stable", t, stable=True, dim=d, descending=descending)
        if t.dtype == torch.float64:
            case(F, "topk", t, min(2, t.shape[d] if t.dim() else 1), d, True)
            case(F, "kthvalue", t, 1, d, True)
            case(F, "median.dim", t, d, False)
case(F, "sort.stable", ties, stable=True, dim=1, descending=False)
case(F, "sort.stable", ties, stable=True, dim=1, descending=True)
case(F, "sort", x(3, 5), 0, True)
case(F, "argsort", x(3, 5, grad=False), 0, True)
case(F, "argsort.stable", i([2, 1, 2, 1]), stable=True)
case(F, "msort", x(4, 3))
case(F, "topk", x(3, 5), 3, 0, False)
case(F, "topk", x(3, 5), 6)
case(F, "topk", x(3, 5), 0)
case(F, "kthvalue", x(3, 5), 6)
case(F, "kthvalue", x(3, 5), 3)
case(F, "kthvalue", x(5, 3), 2, 0)
case(F, "median", x(3, 4))
case(F, "median", torch.tensor([1.0, nan, 0.0]))
case(F, "median", torch.zeros(0))
case(F, "median.dim", torch.tensor([[1.0, nan, 0.0], [5.0, 7.0, 6.0]]), 1, True)
s = torch.tensor([1.0, 2.0, 2.0, 5.0])
v = torch.tensor([[0.0, 2.0, 5.0], [1.5, 9.0, nan]])
for right in [False, True]:
    case(F, "searchsorted.Tensor", s, v, right=right)
    case(F, "bucketize.Tensor", v, s, right=right, out_int32=True)
case(F, "searchsorted.Tensor", s, v, side="right", out_int32=True)
case(F, "searchsorted.Tensor", s, v, side="left", right=True)
case(F, "searchsorted.Tensor", torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.5, 2.5, 0.0], [1.5, 3.5, 9.0]]))
case(F, "searchsorted.Tensor", torch.tensor([5.0, 1.0, 2.0]), torch.tensor([2.0, 1.0]), sorter=i([1, 2, 0]))
case(F, "searchsorted.Scalar", s, 2.0, right=True)
case(F, "searchsorted.Tensor", torch.tensor([[1.0, 2.0]]), v)
u = i([[3, 1, 3], [2, 1, 1]])
case(F, "_unique2", u, True, True, True)
case(F, "_unique2", torch.tensor([2.0, -0.5, 2.0]), True, True, True)
case(F, "_unique2", torch.zeros(0), True, True, True)
case(F, "_unique2", torch.tensor(4.0), True, True, True)
case(F, "unique_dim", i([[2, 1], [1, 3], [2, 1], [1, 2]]), 0, True, True, True)
case(F, "unique_dim", u, 1, True, True, True)
case(F, "unique_consecutive", i([1, 1, 2, 2, 3, 1]), True, True)
case(F, "unique_consecutive", i([[1, 1], [1, 1], [2, 1]]), True, True, 0)
case(F, "unique_consecutive", i([[1, 1, 0], [3, 3, 0]]), True, True, 1)

F = "Creation"
for name in ["tril", "triu", "tril_", "triu_"]:
    for k in [0, 1, -2, 5, -5]:
        case(F, name, x(3, 4), k)
    case(F, name, x(2, 4, 3, strided=True), 1)
    case(F, name, i([[1, 2], [3, 4]]), 0)
    case(F, name, x(3), 0)
case(F, "diag", x(3), 1)
case(F, "diag", x(3, 4), -1)
case(F, "diag", x(2, 2, 2), 0)
case(F, "diag_embed", x(2, 3), 1)
case(F, "diag_embed", x(2, 3), -1, 0, 2)
case(F, "constant_pad_nd", x(2, 3), [1, 2], 0.5)
case(F, "constant_pad_nd", x(2, 3, 4, strided=True), [0, 1, -1, 2])
case(F, "constant_pad_nd", x(4, 5), [-1, -1, -1, 0], 3)
case(F, "constant_pad_nd", x(4, 5), [-3, -3])
case(F, "constant_pad_nd", x(4), [1, 1, 1, 1])
case(F, "constant_pad_nd", x(4), [1])
case(F, "pad", x(2, 3), [1, 2], "constant", 0.5)
case(F, "pad", x(2, 3, 4), [3, 2], "reflect")
case(F, "pad", x(2, 3, 4), [4, 2], "reflect")
case(F, "pad", x(2, 1, 3, 4), [1, 2, 2, 1], "reflect")
case(F, "pad", x(2, 1, 3, 4), [1, 2, 2, 5], "replicate")
case(F, "pad", x(2, 1, 3, 4), [1, 2, 3, 0], "circular")
case(F, "pad", x(2, 3), [1, 2], "mirror")
case(F, "roll", x(2, 3), [2])
case(F, "roll", x(4, 3, strided=True), [1, -5], [0, 1])
case(F, "roll", x(4, 3), [1, 2])
case(F, "roll", x(0, 3), [1], [0])
case(F, "meshgrid.indexing", [x(2), x(3)], indexing="ij")
case(F, "meshgrid.indexing", [x(2), x(3), x()], indexing="xy")
case(F, "meshgrid.indexing", [x(2), x(3)], indexing="yx")
case(F, "meshgrid.indexing", [x(2, 2)], indexing="ij")
case(F, "repeat_interleave.Tensor", i([2, 0, 3]))
case(F, "repeat_interleave.Tensor", i([2, -1]))
case(F, "repeat_interleave.self_int", x(2, 3), 2, 1)
case(F, "repeat_interleave.self_int", x(2, 3), 2)
case(F, "repeat_interleave.self_Tensor", x(3, 2), i([1, 0, 2]), 0)
case(F, "repeat_interleave.self_Tensor", x(3, 2), i([2]))
case(F, "repeat_interleave.self_Tensor", x(3, 2), i([1, 2]), 0)
case(F, "tril_indices", 3, 4, -1)
case(F, "triu_indices", 3, 4, 1)
case(F, "triu_indices", -3, 4, 1)
