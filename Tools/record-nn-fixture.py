"""Records values and gradients of reductions and neural-network ops from PyTorch: Tests/TorchCoreTests/Fixtures/nn_ops.json.

Inputs are not stored: both sides make them from a seed (`sequence`). For every case the file holds the results, the gradients of
sum(result * weights) by every marked input, and, where second is set, the gradients of sum(gradient * weights) in turn.

usage: python Tools/record-nn-fixture.py
"""
import json
import pathlib

import torch

OUT = pathlib.Path(__file__).resolve().parent.parent / "Tests/TorchCoreTests/Fixtures/nn_ops.json"
CASES = []


def sequence(seed, count):
    """Fractions in [0, 1): (a * i^2 + b * i + seed-dependent start) mod p / p, all exact in doubles."""
    return [((7919 * i * i + 104729 * i + 15485863 * seed) % 65537) / 65537 for i in range(count)]


def t(*shape, seed=1, low=-2.0, high=2.0, dtype="float32", layout="", grad=True, steps=0, zeros=()):
    """An input: fractions stretched over low...high, or with steps the whole numbers from low on."""
    return {"shape": list(shape), "seed": seed, "low": low, "high": high, "dtype": dtype, "layout": layout,
            "grad": grad and dtype.startswith(("float", "bfloat")), "steps": steps, "zeros": list(zeros)}


def ints(*shape, high, seed=1, dtype="int64"):
    return t(*shape, seed=seed, low=0, steps=high, dtype=dtype, grad=False)


def make(spec):
    count = 1
    for size in spec["shape"]:
        count *= size
    values = sequence(spec["seed"], count)
    if spec["steps"]:
        values = [float(int(spec["low"]) + int(v * spec["steps"])) for v in values]
    else:
        values = [spec["low"] + (spec["high"] - spec["low"]) * v for v in values]
    for position in spec["zeros"]:
        values[position] = 0.0
    x = torch.tensor(values, dtype=torch.float64).reshape(spec["shape"]).to(getattr(torch, spec["dtype"]))
    if spec["layout"] == "last":
        dims = len(spec["shape"])
        order = [0, *range(2, dims), 1]
        inverse = [order.index(d) for d in range(dims)]
        x = x.permute(order).contiguous().permute(inverse)
    elif spec["layout"] == "transposed":
        x = x.transpose(-1, -2).contiguous().transpose(-1, -2)
    x = x.detach()
    x.requires_grad_(spec["grad"])
    return x


def weights(x, seed):
    count = x.numel()
    return torch.tensor([v - 0.3 for v in sequence(seed, count)], dtype=torch.float64).reshape(x.shape).to(x.dtype)


def numbers(x):
    x = x.detach().contiguous().reshape(-1)
    if not x.dtype.is_floating_point:
        return [int(v) for v in x.tolist()]
    return [format(v, ".8g") if v == v and abs(v) != float("inf") else str(v) for v in x.double().tolist()]


def described(x):
    return {"shape": list(x.shape), "stride": list(x.stride()), "dtype": str(x.dtype).removeprefix("torch."), "values": numbers(x)}


def argument(value):
    """An argument from its record: {"float": "inf"} and {"type": "float64"} are what JSON cannot say."""
    if not isinstance(value, dict):
        return value
    if "seed" in value:
        return make(value)
    return float(value["float"]) if "float" in value else getattr(torch, value["type"])


def record(name, *arguments, second=True, tolerance=2e-6, outputs=None, mutated=(), seed=None):
    base, _, overload = name.partition(".")
    op = getattr(getattr(torch.ops.aten, base), overload or "default")
    values = [argument(a) for a in arguments]
    case = {"op": "aten::" + name, "arguments": list(arguments), "tolerance": tolerance}
    if seed is not None:
        case["manualSeed"] = seed
        torch.manual_seed(seed)
    names = [a.name for a in op._schema.arguments]
    results = op(*values[:sum(not a.kwarg_only for a in op._schema.arguments)],
                 **{n: v for n, v, a in zip(names, values, op._schema.arguments) if a.kwarg_only})
    results = [results] if isinstance(results, torch.Tensor) else list(results)
    case["results"] = [described(r) for r in (results if outputs is None else results[:outputs])]
    if mutated:
        case["mutated"] = [[i, numbers(values[i])] for i in mutated]
    inputs = [v for v in values if isinstance(v, torch.Tensor) and v.requires_grad]
    total = sum((r * weights(r, 11 + i)).sum() for i, r in enumerate(results) if r.requires_grad and (outputs is None or i < outputs))
    if inputs and isinstance(total, torch.Tensor):
        gradients = torch.autograd.grad(total, inputs, create_graph=second, allow_unused=True)
        case["gradients"] = [None if g is None else numbers(g) for g in gradients]
        if second:
            again = sum((g * weights(g, 21 + i)).sum() for i, g in enumerate(gradients) if g is not None and g.requires_grad)
            if isinstance(again, torch.Tensor):
                case["seconds"] = [None if g is None else numbers(g) for g in torch.autograd.grad(again, inputs, allow_unused=True)]
    CASES.append(case)


def reductions():
    tied = t(3, 4, low=-2, steps=3, dtype="float32")
    for name in ("amax", "amin"):
        record(name, tied, [1], False)
        record(name, t(2, 3, 4), [0, 2], True)
        record(name, t(3, 4, layout="transposed"), [], False)
    for name in ("max", "min"):
        record(name, tied)
        record(name + ".dim", tied, 1, False)
        record(name + ".dim", t(2, 3, 4), -2, True)
        record(name + ".other", t(3, 4), t(4, seed=2))
    for name in ("argmax", "argmin"):
        record(name, tied, None, False)
        record(name, t(2, 3, 4, dtype="float64"), 1, True)
        record(name, ints(3, 5, high=4), 0, False)
    for name in ("prod", "prod.dim_int", "cumprod"):
        extra = {"prod": (None,), "prod.dim_int": (1, False, None), "cumprod": (1, None)}[name]
        record(name, t(3, 4), *extra, tolerance=1e-5)
        record(name, t(3, 4, zeros=[5]), *extra, tolerance=1e-5)
        record(name, t(3, 4, zeros=[4, 6, 8]), *extra, tolerance=1e-5)
        record(name, ints(3, 4, high=5), *extra)
    record("cumsum", t(2, 3, 4), 1, None)
    record("cumsum", t(3, 4, dtype="bfloat16"), 0, None, second=False)
    record("cumsum", ints(3, 4, high=2, dtype="bool"), 1, None)
    for name in ("var.correction", "std.correction", "var_mean.correction", "std_mean.correction"):
        record(name, t(3, 4), None, None, False, tolerance=1e-5)
        record(name, t(2, 3, 4), [0, 2], 0, True, tolerance=1e-5)
        record(name, t(2, 3, 4, dtype="float64"), [1], 1.5, False)
    record("var", t(3, 4), True, tolerance=1e-5)
    record("std.dim", t(3, 4), [1], False, True, tolerance=1e-5)
    record("var.correction", t(200000, grad=False), None, 1, False)
    record("var.correction", t(3, 1), [1], 1, False, second=False)
    for name in ("any", "all"):
        sparse = ints(3, 4, high=2, seed=3)
        record(name, sparse)
        record(name + ".dim", sparse, 0, False)
        record(name + ".dims", sparse, [0, 1], True)
        record(name + ".dims", ints(3, 4, high=2, dtype="uint8"), [1], False)
    record("count_nonzero", ints(3, 4, high=2), None)
    record("count_nonzero.dim_IntList", ints(2, 3, 4, high=2), [0, 2])
    record("logsumexp", t(3, 4), [1], False)
    record("logsumexp", t(2, 3, 4, low=80, high=100), [0, 2], True, tolerance=1e-5)
    for order in (0, 1, 2, 3, 0.5, 1.5, {"float": "inf"}, {"float": "-inf"}):
        record("linalg_vector_norm", t(3, 4), order, [1], False, None, tolerance=1e-5)
    record("linalg_vector_norm", t(2, 3, 4), 2, [0, 2], True, None, tolerance=1e-5)
    record("linalg_vector_norm", t(3, 4, zeros=range(4)), 2, [1], False, None, second=False)
    record("linalg_vector_norm", t(3, 4), 2, None, False, {"type": "float64"})


def losses():
    for name in ("_softmax", "_log_softmax"):
        record(name, t(3, 5), 1, False)
        record(name, t(2, 3, 4), 1, False)
        record(name, t(3, 4, dtype="bfloat16"), -1, False, second=False, tolerance=1e-2)
    record("softmax.int", t(3, 5), 0, {"type": "float64"})
    record("log_softmax.int", t(3, 5), 0, None)
    weight = t(5, seed=4, low=0.5, high=2, grad=False)
    for reduction in (0, 1, 2):
        record("cross_entropy_loss", t(6, 5), ints(6, high=5), None, reduction, -100, 0.0)
        record("cross_entropy_loss", t(6, 5), ints(6, high=5), weight, reduction, 2, 0.2)
        record("cross_entropy_loss", t(2, 5, 3, 2), ints(2, 3, 2, high=5), weight, reduction, 1, 0.1)
        record("cross_entropy_loss", t(6, 5), t(6, 5, low=0, high=1, seed=2), weight, reduction, -100, 0.1)
        record("nll_loss_nd", t(6, 5), ints(6, high=5), weight, reduction, 2)
        record("nll_loss_nd", t(2, 5, 3, 2), ints(2, 3, 2, high=5), None, reduction, 1)
        record("mse_loss", t(3, 4), t(3, 4, seed=2), reduction)
        record("l1_loss", t(3, 4), t(3, 4, seed=2), reduction)
        record("soft_margin_loss", t(3, 4), t(3, 4, seed=2, grad=False), reduction)
        record("smooth_l1_loss", t(3, 4), t(3, 4, seed=2), reduction, 0.7)
        record("huber_loss", t(3, 4), t(3, 4, seed=2), reduction, 0.7)
        record("kl_div", t(3, 4), t(3, 4, seed=2, low=0.05, high=0.9), reduction, False)
        record("kl_div", t(3, 4), t(3, 4, seed=2), reduction, True)
        record("binary_cross_entropy", t(3, 4, low=0.05, high=0.95), t(3, 4, seed=2, low=0, high=1, grad=False),
               t(4, low=0.5, high=2, grad=False), reduction, tolerance=1e-5)
        record("binary_cross_entropy_with_logits", t(3, 4), t(3, 4, seed=2, low=0, high=1, grad=False),
               t(3, 1, low=0.5, high=2, grad=False), t(4, seed=5, low=0.5, high=2, grad=False), reduction)
    record("cross_entropy_loss", t(5), ints(high=5), None, 1, -100, 0.0)
    record("cross_entropy_loss", t(2, 5, 3, 2, layout="last"), ints(2, 3, 2, high=5), None, 1, -100, 0.0)
    record("smooth_l1_loss", t(3, 4), t(3, 4, seed=2), 1, 0.0)


def pooling():
    for layout in ("", "last"):
        record("max_pool2d_with_indices", t(2, 3, 5, 6, layout=layout), [2, 2], [], [0, 0], [1, 1], False)
        record("max_pool2d_with_indices", t(2, 3, 7, 7, layout=layout), [3, 2], [2, 1], [1, 0], [1, 2], True)
        record("avg_pool2d", t(2, 3, 5, 6, layout=layout), [2], [], [0], False, True, None)
        record("avg_pool2d", t(2, 3, 6, 6, layout=layout), [3, 2], [2, 1], [1, 0], True, False, None)
        record("avg_pool2d", t(2, 3, 6, 6, layout=layout), [3, 2], [2, 1], [1, 0], True, True, 5)
        record("adaptive_avg_pool2d", t(2, 3, 5, 7, layout=layout), [2, 3])
        record("adaptive_avg_pool2d", t(2, 3, 4, 4, layout=layout), [1, 1])
    record("max_pool2d", t(3, 5, 5), [3], [2], [1], [1], False)
    record("max_pool2d", t(2, 3, 4, 4, dtype="bfloat16", layout="last"), [2], [], [0], [1], False, second=False)
    record("max_pool1d", t(2, 3, 8), [3], [2], [1], [2], True, second=False)
    record("avg_pool1d", t(2, 3, 8), [3], [2], [1], True, False)
    record("adaptive_avg_pool1d", t(2, 3, 7), [3])
    record("avg_pool2d", t(1, 2, 4, 4, dtype="float64"), [2], [], [0], False, True, None)


def normalisation():
    for layout in ("", "last"):
        for shape in ((6, 3), (4, 3, 5), (2, 3, 4, 5), (2, 3, 2, 3, 2)):
            # With three dimensions PyTorch drops the layout; here every input keeps its own.
            if len(shape) <= 3 and layout:
                continue
            running = (t(3, seed=4, grad=False), t(3, seed=5, low=0.5, high=2, grad=False))
            affine = (t(3, seed=2, low=0.5, high=2), t(3, seed=3))
            record("native_batch_norm", t(*shape, layout=layout), *affine, *running, True, 0.1, 1e-5, tolerance=2e-5, outputs=1,
                   mutated=(3, 4))
            record("native_batch_norm", t(*shape, layout=layout), *affine, *running, False, 0.1, 1e-5, tolerance=2e-5, outputs=1,
                   mutated=(3, 4))
            record("native_batch_norm", t(*shape, layout=layout), None, None, None, None, True, 0.1, 1e-3, tolerance=2e-5, outputs=1)
    record("batch_norm", t(2, 3, 4, 4), None, None, t(3, seed=4, grad=False), t(3, seed=5, low=0.5, high=2, grad=False), False, 0.1,
           1e-5, False, tolerance=2e-5)
    record("native_layer_norm", t(4, 6), [6], t(6, seed=2), t(6, seed=3), 1e-5, tolerance=2e-5, outputs=1)
    record("native_layer_norm", t(2, 3, 4, 2), [4, 2], t(4, 2, seed=2), None, 1e-3, tolerance=2e-5, outputs=1)
    record("native_layer_norm", t(4, 6), [6], None, None, 1e-5, tolerance=2e-5, outputs=1)
    record("layer_norm", t(2, 3, 4), [4], t(4, seed=2), t(4, seed=3), 1e-5, True, tolerance=2e-5)
    record("group_norm", t(2, 6, 3, 2), 3, t(6, seed=2), t(6, seed=3), 1e-5, True, tolerance=2e-5)
    record("group_norm", t(2, 4, 5), 2, None, None, 1e-3, True, tolerance=2e-5)
    record("group_norm", t(3, 4), 2, t(4, seed=2), t(4, seed=3), 1e-3, True, tolerance=2e-5)
    record("native_batch_norm", t(2, 3, 4, 4, dtype="bfloat16"), t(3, seed=2), t(3, seed=3), None, None, True, 0.1, 1e-5,
           second=False, tolerance=2e-2, outputs=1)
    record("layer_norm", t(4, 6, dtype="bfloat16"), [6], None, None, 1e-5, True, second=False, tolerance=2e-2)
    record("rms_norm", t(4, 6), [6], t(6, seed=2), 1e-5, tolerance=2e-5)
    record("rms_norm", t(2, 3, 4), [3, 4], None, None, tolerance=2e-5)
    record("rms_norm", t(4, 6, dtype="float64"), [6], t(6, seed=2, dtype="float64"), None)


def others():
    for seed in (0, 7):
        record("dropout", t(4, 9), 0.3, True, seed=seed)
    record("dropout", t(2, 3, 4, 4, layout="last"), 0.5, True, seed=3)
    record("dropout", t(4, 9), 0.3, False)
    record("dropout", t(4, 9), 1.0, True)
    record("native_dropout", t(4, 9), 0.25, True, seed=1)
    record("embedding", t(5, 3), ints(2, 4, high=5), -1, False, False)
    record("embedding", t(5, 3), ints(7, high=5), 2, False, False)
    record("embedding", t(5, 3), ints(7, high=5), 0, True, False, second=False)
    record("one_hot", ints(2, 3, high=4), 5)
    record("one_hot", ints(6, high=4), -1)


for family in (reductions, losses, pooling, normalisation, others):
    family()
OUT.write_text("[\n" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in CASES) + "\n]\n")
print(len(CASES), "cases,", OUT.stat().st_size, "bytes")
