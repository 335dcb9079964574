#!/usr/bin/env python3
"""Records trajectories of PyTorch's optimizers for Tests/TorchOptimTests.

    python3 Tools/record-optimizer-fixtures.py

Writes Tests/TorchOptimTests/Fixtures/trajectories.json and lbfgs.json. Recorded with PyTorch 2.13.
"""
import json
import math
import pathlib

import torch

STEPS = 8
CONFIGS = {
    "Adagrad": [{}, {"lr": 0.1, "lr_decay": 0.5, "weight_decay": 0.1}, {"initial_accumulator_value": 0.3, "eps": 1e-3, "maximize": True}],
    "Adadelta": [{}, {"lr": 0.5, "rho": 0.8, "weight_decay": 0.1}, {"eps": 1e-4, "maximize": True}],
    "Adamax": [{}, {"lr": 0.1, "betas": [0.8, 0.95], "weight_decay": 0.1}, {"eps": 1e-3, "maximize": True}],
    "NAdam": [{}, {"lr": 0.1, "betas": [0.8, 0.95], "weight_decay": 0.1, "momentum_decay": 6e-3},
              {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}],
    "RAdam": [{}, {"lr": 0.1, "betas": [0.8, 0.95], "weight_decay": 0.1},
              {"weight_decay": 0.1, "decoupled_weight_decay": True, "maximize": True}],
    "RMSprop": [{}, {"lr": 0.1, "alpha": 0.7, "weight_decay": 0.1, "momentum": 0.5}, {"centered": True, "momentum": 0.9, "maximize": True},
                {"centered": True, "eps": 1e-3}],
    "Rprop": [{}, {"lr": 0.1, "etas": [0.4, 1.3], "step_sizes": [1e-3, 0.3]}, {"maximize": True}],
    "Adafactor": [{}, {"lr": 0.05, "beta2_decay": -0.5, "d": 1.2, "weight_decay": 0.1}, {"eps": [1e-20, 1e-2], "maximize": True}],
    "Muon": [{}, {"lr": 0.1, "weight_decay": 0.2, "momentum": 0.8, "nesterov": False}, {"adjust_lr_fn": "match_rms_adamw", "ns_steps": 6}],
    "ASGD": [{}, {"lr": 0.1, "lambd": 0.01, "alpha": 0.5, "t0": 3, "weight_decay": 0.1}, {"maximize": True, "t0": 2}],
}


def numbers(count, seed):
    return torch.tensor([math.sin(1.7 * i + 0.9 * seed + 0.3 * i * seed) * 2 for i in range(count)], dtype=torch.float64)


records = []
for name, configs in CONFIGS.items():
    for config in configs:
        shapes = [(2, 3), (4, 1)] if name == "Muon" else [(2, 3), (4,)]
        parameters = [numbers(math.prod(s), i + 1).reshape(s).requires_grad_() for i, s in enumerate(shapes)]
        arguments = {k: tuple(v) if isinstance(v, list) else v for k, v in config.items()}
        optimizer = getattr(torch.optim, name)(parameters, **arguments)
        trajectory = []
        for step in range(STEPS):
            for i, p in enumerate(parameters):
                p.grad = numbers(p.numel(), 10 * step + i + 3).reshape(p.shape)
            optimizer.step()
            trajectory.append([p.detach().reshape(-1).tolist() for p in parameters])
        state = {k: (v.reshape(-1).tolist() if isinstance(v, torch.Tensor) else [v]) for k, v in optimizer.state[parameters[0]].items()}
        records.append({"optimizer": name, "config": config, "trajectory": trajectory, "state": state})

# The loss of x, six numbers, is that of Rosenbrock's valley for its pairs.
searches = []
for config in [{}, {"lr": 0.1, "max_iter": 4}, {"line_search_fn": "strong_wolfe"},
               {"line_search_fn": "strong_wolfe", "max_iter": 5, "max_eval": 8, "history_size": 3},
               {"lr": 0.5, "max_iter": 5, "history_size": 2}]:
    x = (numbers(6, 4) * 0.6).requires_grad_()
    optimizer = torch.optim.LBFGS([x], **config)

    def closure():
        optimizer.zero_grad()
        a, b = x[:3], x[3:]
        loss = ((1 - a) ** 2 + 3 * (b - a * a) ** 2).sum()
        loss.backward()
        return loss

    losses, points = [], []
    for _ in range(6):
        losses.append(float(optimizer.step(closure)))
        points.append(x.detach().tolist())
    searches.append({"config": config, "losses": losses, "points": points, "evaluations": optimizer.state[x]["func_evals"]})

searched = pathlib.Path(__file__).resolve().parent.parent / "Tests/TorchOptimTests/Fixtures/lbfgs.json"
searched.write_text(json.dumps(searches) + "\n")

target = pathlib.Path(__file__).resolve().parent.parent / "Tests/TorchOptimTests/Fixtures/trajectories.json"
target.write_text(json.dumps(records) + "\n")
