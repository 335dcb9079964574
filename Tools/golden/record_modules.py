#!/usr/bin/env python3
"""Records modules of torch.nn with what PyTorch answers, from its own database of modules.

    python3 Tools/golden/record_modules.py FOLDER [--samples N] [--seed S] [--only REGEX]

Writes FOLDER/modules/<Module>.jsonl and .bin: one call of a module in a record, with its state, outputs and gradients. Records also
hold what the module prints, and the parameters that it begins with after `torch.manual_seed(seed)`. Needs PyTorch 2.13, numpy and
expecttest.
"""
import argparse
import copy
import pathlib
import re
import warnings

import torch
from torch.testing._comparison import default_tolerances
from torch.testing._internal.common_modules import module_db

from answers import leaves
from writing import NotExpressible, RecordFile, constant

warnings.filterwarnings("ignore")
torch.set_num_threads(1)

MADE = {}  # the arguments of modules that are arguments


def remember(cls):
    make = cls.__init__

    def init(self, *args, **kwargs):
        MADE.setdefault(id(self), (self, cls.__name__, args, kwargs))
        make(self, *args, **kwargs)

    cls.__init__ = init


remember(torch.nn.TransformerEncoderLayer)
remember(torch.nn.TransformerDecoderLayer)


class Arguments:
    """Writes arguments, and the tensors among them."""

    def __init__(self, file):
        self.file = file

    def value(self, v):
        if isinstance(v, torch.Tensor):
            return {"t": self.file.numbers.tensor(v, as_view=True)}
        if isinstance(v, (list, tuple)):
            return [self.value(x) for x in v]
        if isinstance(v, torch.nn.Module):
            if id(v) not in MADE:
                raise NotExpressible(f"a module {type(v).__name__}")
            _, name, args, kwargs = MADE[id(v)]
            return {"module": name} | self.call(args, kwargs)
        if callable(v) and getattr(torch.nn.functional, getattr(v, "__name__", ""), None) is v:
            return {"function": v.__name__}
        return constant(v)

    def call(self, args, kwargs):
        kept = {k: v for k, v in kwargs.items() if k not in ("device", "dtype")}
        return {"args": [self.value(a) for a in args], "kwargs": {k: self.value(v) for k, v in kept.items()}}


def copied(tree):
    if isinstance(tree, torch.Tensor):
        return tree.detach().clone().requires_grad_(tree.requires_grad)
    if isinstance(tree, dict):
        return {k: copied(v) for k, v in tree.items()}
    return type(tree)(copied(v) for v in tree) if isinstance(tree, (list, tuple)) else tree


def without_placement(kwargs):
    return {k: v for k, v in kwargs.items() if k not in ("device", "dtype")}


def record(info, sample, dtype, kind, number, seed, file):
    name = info.module_cls.__name__
    write = Arguments(file)
    made, called = sample.constructor_input, sample.forward_input
    constructor = write.call(made.args, made.kwargs)
    torch.manual_seed(seed)
    module = info.module_cls(*made.args, **without_placement(made.kwargs))
    printed = repr(module)
    lazy = name.startswith("Lazy")
    # A module that is an argument was made from another seed.
    inherits = any(isinstance(a, torch.nn.Module) for a in (*made.args, *made.kwargs.values()))
    initial = {} if lazy or inherits else {k: file.numbers.tensor(t) for k, t in module.state_dict().items()}
    module = module.to(dtype).train(kind == "train")
    if lazy:
        with torch.no_grad():
            module(*copied(called.args), **copied(called.kwargs))
    args, kwargs = copied(called.args), copied(called.kwargs)
    state = {k: t.clone() for k, t in module.state_dict().items()}
    forward = write.call(args, kwargs)
    tensors = leaves([list(args), list(kwargs.values())])
    wanted = [i for i, t in enumerate(tensors) if t.dtype.is_floating_point and t.requires_grad]
    for t in tensors:
        t.requires_grad_(False)
    for i in wanted:
        tensors[i].requires_grad_()
    torch.manual_seed(seed)
    outputs = leaves_with_none(module(*args, **kwargs))
    torch.manual_seed(seed + 1)
    again = leaves_with_none(copy.deepcopy(module)(*copied(args), **copied(kwargs))) if kind == "train" else outputs
    after = module.state_dict()
    tolerance = default_tolerances(dtype)
    result = {
        "id": f"{name}/{str(dtype).removeprefix('torch.')}/{kind}/{number}", "kind": kind, "module": name,
        "dtype": str(dtype).removeprefix("torch."), "desc": sample.desc, "constructor": constructor,
        "state": {k: file.numbers.tensor(t) for k, t in state.items()}, "forward": forward,
        "rtol": tolerance[0], "atol": tolerance[1],
        "outputs": [None if t is None else file.numbers.tensor(t) for t in outputs],
        "state_after": {k: file.numbers.tensor(t) for k, t in after.items() if not torch.equal(t, state[k])},
        "printed": printed, "seed": seed, "initial": initial,
    }
    if any(t is not None and not torch.equal(t, a) for t, a in zip(outputs, again)) and "running" not in " ".join(result["state_after"]):
        result["nondeterministic"] = True
        result["outputs"] = [None if t is None else file.numbers.shape_only(t) for t in outputs]
        return result
    of = [i for i, t in enumerate(outputs) if t is not None and t.requires_grad]
    if of:
        parameters = dict(module.named_parameters())
        cotangents = [torch.randn_like(outputs[i]) for i in of]
        sources = [p for p in parameters.values() if p.requires_grad] + [tensors[i] for i in wanted]
        found = torch.autograd.grad([outputs[i] for i in of], sources, cotangents, allow_unused=True)
        entry = [None if g is None or g.layout is not torch.strided else file.numbers.tensor(g) for g in found]
        result["grad"] = {
            "of": of, "cotangents": [file.numbers.tensor(c) for c in cotangents],
            "parameters": dict(zip(parameters, entry)), "inputs": [[i, g] for i, g in zip(wanted, entry[len(parameters):])],
        }
    if dtype == torch.float32:
        result["atol"] = max(result["atol"], 4 * rounding(module, state, called, wanted, outputs, of, cotangents if of else [], found if of else []))
    return result


def rounding(module, state, called, wanted, outputs, of, cotangents, gradients):
    """How far the answers are from those in float64."""
    def wide(tree):
        if isinstance(tree, torch.Tensor):
            return tree.detach().double() if tree.is_floating_point() else tree.detach().clone()
        if isinstance(tree, dict):
            return {k: wide(v) for k, v in tree.items()}
        return type(tree)(wide(v) for v in tree) if isinstance(tree, (list, tuple)) else tree

    module = copy.deepcopy(module).double()
    module.load_state_dict(state)
    args, kwargs = wide(called.args), wide(called.kwargs)
    tensors = leaves([list(args), list(kwargs.values())])
    for i in wanted:
        tensors[i].requires_grad_()
    answers = leaves_with_none(module(*args, **kwargs))
    pairs = list(zip(outputs, answers))
    if of:
        sources = [p for p in module.parameters() if p.requires_grad] + [tensors[i] for i in wanted]
        found = torch.autograd.grad([answers[i] for i in of], sources, [c.double() for c in cotangents], allow_unused=True)
        pairs += list(zip(gradients, found))
    differences = [(a.detach() - b.detach()).abs().nan_to_num(0, 0, 0).max().item() for a, b in pairs
                   if a is not None and a.layout is torch.strided and a.is_floating_point() and a.numel()]
    return max(differences, default=0)


def leaves_with_none(tree):
    if tree is None or isinstance(tree, torch.Tensor):
        return [tree]
    return [t for branch in tree for t in leaves_with_none(branch)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--samples", type=int, default=3, help="records of each module, type and mode")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--limit", type=int, default=3000, help="elements of the largest tensor")
    options = parser.parse_args()
    folder = options.folder / "modules"
    folder.mkdir(parents=True, exist_ok=True)
    for info in module_db:
        name = info.module_cls.__name__
        if info.module_cls.__module__.startswith("torch.ao") or not re.search(options.only, name):
            continue
        file = RecordFile(folder, name, {"module": name}, options.limit)
        reasons = set()
        for dtype, kind in ((torch.float32, "train"), (torch.float64, "eval")):
            torch.manual_seed(options.seed)
            samples = info.module_inputs_func(info, device="cpu", dtype=dtype, requires_grad=True, training=kind == "train")
            # Spread over the samples, so that different options are met.
            step = max(1, len(samples) // options.samples)
            for number, sample in list(enumerate(samples))[::step][:options.samples]:
                try:
                    file.add(record(info, sample, dtype, kind, number, options.seed, file))
                except (NotExpressible, RuntimeError, NotImplementedError, ValueError) as reason:
                    reasons.add(str(reason).splitlines()[0])
        if file.count:
            file.write()
        print(f"{name}: {file.count}" + (f" ({'; '.join(sorted(reasons))})" if reasons else ""))


main()
