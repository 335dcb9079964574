"""What PyTorch answers to a call: results, derivatives of each order, and how far rounding moves them."""
import math

import torch
from torch.autograd import forward_ad

from writing import NotExpressible

WIDER = {torch.float32: torch.float64, torch.float16: torch.float64, torch.bfloat16: torch.float64, torch.complex64: torch.complex128}


# MARK: Trees of arguments

def leaves(tree):
    """The tensors of a tree of lists, tuples and dictionaries."""
    if isinstance(tree, torch.Tensor):
        return [tree]
    if isinstance(tree, dict):
        tree = tree.values()
    elif not isinstance(tree, (list, tuple)):
        return []
    return [t for branch in tree for t in leaves(branch)]


def replaced(tree, tensors):
    """The tree with the next of `tensors`, an iterator, in place of each tensor."""
    if isinstance(tree, torch.Tensor):
        return next(tensors)
    if isinstance(tree, dict):
        return {k: replaced(v, tensors) for k, v in tree.items()}
    if isinstance(tree, (list, tuple)):
        made = [replaced(v, tensors) for v in tree]
        return type(tree)(*made) if hasattr(tree, "_fields") else type(tree)(made)
    return tree


def retyped(tree, old, new):
    """The tree with another dtype where `old` stands as an argument."""
    if tree is old:
        return new
    if isinstance(tree, dict):
        return {k: retyped(v, old, new) for k, v in tree.items()}
    if isinstance(tree, (list, tuple)) and not hasattr(tree, "_fields"):
        return type(tree)(retyped(v, old, new) for v in tree)
    return tree


# MARK: What PyTorch answers

class Call:
    """A function of tensors: an operator with the other arguments of a sample."""

    def __init__(self, op, function, sample):
        self.op, self.function = op, function
        self.tree = (sample.input, sample.args, sample.kwargs)
        self.process = sample.output_process_fn_grad
        self.tensors = leaves(self.tree)

    def __call__(self, tensors, tree=None):
        first, args, kwargs = replaced(tree or self.tree, iter(tensors))
        return self.process(self.op.gradcheck_wrapper(self.function, first, *args, **kwargs))


def is_continuous(t):
    return t.dtype.is_floating_point or t.dtype.is_complex


def differentiate(call, tensors, wrt, source, order, tree=None):
    """Results, gradients, and as `order` tells gradients of gradients and tangents; drawn numbers come from `source` and are kept there."""
    inputs = [t.detach().requires_grad_(i in wrt) for i, t in enumerate(tensors)]
    torch.manual_seed(0)
    outputs = leaves(call(inputs, tree))
    of = [i for i, t in enumerate(outputs) if t.requires_grad]
    if not of:
        return None
    chosen = [outputs[i] for i in of]
    leaf = [inputs[i] for i in wrt]
    cotangents = [source("cotangent", i, t).requires_grad_() for i, t in enumerate(chosen)]
    found = {"of": of, "cotangents": cotangents}
    found["grads"] = torch.autograd.grad(chosen, leaf, cotangents, create_graph=order > 1, allow_unused=True)
    if order > 1:
        live = [i for i, g in enumerate(found["grads"]) if g is not None and g.requires_grad]
        if live:
            vectors = [source("vector", i, g) if i in live else None for i, g in enumerate(found["grads"])]
            second = torch.autograd.grad([found["grads"][i] for i in live], leaf + cotangents, [vectors[i] for i in live], allow_unused=True)
            found |= {"vectors": vectors, "second": second[:len(leaf)], "second_of_cotangents": second[len(leaf):]}
    if order > 2:
        tangents = [source("tangent", i, t) for i, t in enumerate(leaf)]
        with forward_ad.dual_level():
            duals = list(t.detach() for t in inputs)
            for i, tangent in zip(wrt, tangents):
                duals[i] = forward_ad.make_dual(duals[i], tangent)
            torch.manual_seed(0)
            results = leaves(call(duals, tree))
            found |= {"tangents": tangents, "jvp": [forward_ad.unpack_dual(results[i]).tangent for i in of]}
        if not agree(found, cotangents):
            raise NotExpressible("backward and forward mode disagree")
    return found


def agree(found, cotangents):
    """Whether the results' change along the tangents is the inputs' gradient times the tangents."""
    def product(a, b):
        return sum((x.conj() * y).real.sum().item() for x, y in zip(a, b) if x is not None and y is not None)
    forward, backward = product(found["jvp"], cotangents), product(found["grads"], found["tangents"])
    return abs(forward - backward) <= 1e-3 * max(abs(forward), abs(backward), 1e-3)


class Drawn:
    """Random numbers by name, the same for every precision in which a call is repeated."""

    def __init__(self):
        self.kept = {}

    def __call__(self, name, i, like):
        key = (name, i)
        if key not in self.kept:
            self.kept[key] = torch.randn(like.shape, dtype=like.dtype)
        return self.kept[key].to(like.dtype)


def widest_difference(a, b):
    worst = 0.0
    for x, y in zip(a, b):
        if x is None or y is None or x.shape != y.shape or not is_continuous(x):
            continue
        wide = torch.complex128 if x.dtype.is_complex else torch.float64
        x, y = x.detach().to(wide), y.detach().to(wide)
        if not torch.equal(torch.isfinite(x), torch.isfinite(y)):
            return math.inf
        d = (x - y).abs()
        d = d[torch.isfinite(d)]
        if d.numel():
            worst = max(worst, d.max().item())
    return worst


def perturbed(t):
    """The tensor with the last bit of every element changed."""
    if t.dtype.is_complex:
        return torch.view_as_complex(perturbed(torch.view_as_real(t.detach().resolve_conj()).contiguous()))
    up = torch.rand(t.shape) < 0.5
    return torch.nextafter(t.detach(), torch.where(up, math.inf, -math.inf).to(t.dtype))
