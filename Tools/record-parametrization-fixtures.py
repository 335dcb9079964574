#!/usr/bin/env python3
"""Records parametrized and pruned layers for Tests/TorchNNTests: keys, prints and values after a seed.

    python3 Tools/record-parametrization-fixtures.py

Needs PyTorch 2.13.
"""
import json
import pathlib

import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

ORTHOGONAL = {
    "orthogonal_square": (4, 4, None), "orthogonal_cayley": (4, 4, "cayley"), "orthogonal_tall": (3, 5, None),
    "orthogonal_wide": (5, 3, None), "orthogonal_wide_exp": (5, 3, "matrix_exp"),
}


def entry(module, x=None, name="weight"):
    if x is not None:
        module(x)
    return {
        "keys": list(module.state_dict()), "printed": repr(module), "value": getattr(module, name).flatten().tolist(),
        "state": {k: v.flatten().tolist() for k, v in module.state_dict().items()},
    }


def cases():
    torch.manual_seed(5)
    yield "weight_norm", entry(parametrizations.weight_norm(nn.Linear(3, 4)))
    torch.manual_seed(5)
    yield "weight_norm_whole", entry(parametrizations.weight_norm(nn.Linear(3, 4), dim=None))
    torch.manual_seed(5)
    yield "spectral_norm", entry(parametrizations.spectral_norm(nn.Linear(3, 4)), torch.ones(2, 3))
    torch.manual_seed(5)
    yield "spectral_norm_conv", entry(parametrizations.spectral_norm(nn.ConvTranspose2d(2, 3, 2)), torch.ones(1, 2, 3, 3))
    for name, (inputs, outputs, map) in ORTHOGONAL.items():
        torch.manual_seed(5)
        layer = parametrizations.orthogonal(nn.Linear(inputs, outputs), orthogonal_map=map)
        with torch.no_grad():
            change = torch.linspace(-0.1, 0.1, inputs * outputs).view(outputs, inputs)
            layer.parametrizations.weight.original.add_(change - change.tril().triu())
        yield name, entry(layer)
    torch.manual_seed(5)
    layer = nn.Linear(4, 6)
    prune.l1_unstructured(layer, "weight", 0.3)
    yield "prune_l1", entry(layer)
    prune.random_unstructured(layer, "weight", 3)
    yield "prune_again", entry(layer)
    prune.ln_structured(layer, "weight", 2, n=2, dim=0)
    yield "prune_rows", entry(layer)
    torch.manual_seed(5)
    layer = nn.Linear(4, 6)
    prune.random_structured(layer, "weight", 0.5, dim=1)
    yield "prune_columns", entry(layer)
    torch.manual_seed(5)
    layers = nn.Linear(4, 6), nn.Linear(3, 2)
    prune.global_unstructured([(l, "weight") for l in layers], prune.L1Unstructured, amount=0.4)
    for i, layer in enumerate(layers):
        yield f"prune_global_{i}", entry(layer)


path = pathlib.Path(__file__).parent.parent / "Tests/TorchNNTests/Fixtures/parametrizations.json"
path.write_text(json.dumps(dict(cases()), indent=None, separators=(",", ":")) + "\n")
