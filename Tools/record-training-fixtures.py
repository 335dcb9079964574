#!/usr/bin/env python3
"""Records what PyTorch does with modules, optimizers, schedules and loaders, for the tests of TorchNN, TorchOptim, TorchData and
the models of TorchVision.

    python3 Tools/record-training-fixtures.py

Writes Tests/*/Fixtures/*.json. Recorded with PyTorch 2.13.
"""
import json
import pathlib
import sys

import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW
from torch.optim import lr_scheduler as schedulers
from torch.utils.data import (
    DataLoader, DistributedSampler, RandomSampler, SubsetRandomSampler, TensorDataset, WeightedRandomSampler, random_split)

root = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(root / "Benchmarks" / "peers"))
import models  # noqa: E402

torch.set_num_threads(1)


def write(path, value):
    target = root / "Tests" / path
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(value, indent=1) + "\n")


def fnv(tensor):
    h = 0xCBF29CE484222325
    for b in tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes():
        h = ((h ^ b) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{h:016x}"


def floats(tensor):
    return [float(v) for v in tensor.detach().double().reshape(-1)]


# Modules.

def layers():
    return nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1, bias=False), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.AvgPool2d(2),
        nn.AdaptiveAvgPool2d(1), nn.AdaptiveAvgPool2d((1, 2)), nn.Flatten(), nn.LayerNorm(4), nn.Dropout(0.2), nn.GELU(),
        nn.LeakyReLU(), nn.Softmax(dim=1), nn.Embedding(3, 4, padding_idx=0), nn.ModuleList([nn.Linear(1, 2), nn.Linear(1, 2)]),
        nn.Conv2d(4, 8, (3, 5), stride=2, groups=2), nn.BatchNorm1d(3, momentum=None), nn.Tanh(), nn.CrossEntropyLoss())


def initialised(fill):
    torch.manual_seed(7)
    tensor = torch.empty(20, 3, 3, 5)
    fill(tensor)
    return fnv(tensor)


torch.manual_seed(5)
small = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Linear(10, 7), nn.Embedding(5, 4), nn.Conv2d(4, 6, (1, 3), groups=2, bias=False))
write("TorchNNTests/Fixtures/modules.json", {
    "description": str(layers()),
    "stateKeys": list(layers().state_dict().keys()),
    "initial": {name: fnv(t) for name, t in small.state_dict().items()},
    "initialisers": {
        "xavierUniform": initialised(lambda t: nn.init.xavier_uniform_(t, gain=2.0)),
        "xavierNormal": initialised(nn.init.xavier_normal_),
        "kaimingUniform": initialised(lambda t: nn.init.kaiming_uniform_(t, nonlinearity="relu")),
        "kaimingNormal": initialised(lambda t: nn.init.kaiming_normal_(t, mode="fan_out", a=0.1)),
        "normal": initialised(lambda t: nn.init.normal_(t, 1.0, 0.5)),
    },
})


def model_record(name):
    torch.manual_seed(11)
    model = models.make(name, dropout=0.0)
    record = {"keys": list(model.state_dict().keys()), "initial": {n: fnv(t) for n, t in model.state_dict().items()}}
    x = torch.arange(8 * 784, dtype=torch.float32).mul(0.37).sin().reshape(8, 1, 28, 28)
    target = torch.arange(8) % 10
    optimizer = SGD(model.parameters(), lr=0.05)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    record["losses"] = losses
    record["logits"] = floats(model(x[:2]))
    return record


write("TorchVisionTests/Fixtures/models.json", {name: model_record(name) for name in ("mlp", "cnn", "resnet")})

# Optimizers.

optimizers = {
    "sgd": lambda p: SGD(p, lr=0.1),
    "sgd-momentum": lambda p: SGD(p, lr=0.05, momentum=0.9, dampening=0.1, weight_decay=0.01),
    "sgd-nesterov": lambda p: SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    "sgd-maximize": lambda p: SGD(p, lr=0.01, momentum=0.5, maximize=True),
    "adam": lambda p: Adam(p, lr=0.01),
    "adam-options": lambda p: Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1, amsgrad=True),
    "adamw": lambda p: AdamW(p, lr=0.01),
    "adamw-options": lambda p: AdamW(p, lr=0.02, weight_decay=0.2, amsgrad=True, maximize=True),
}


def training(make):
    torch.manual_seed(1)
    model = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 2))
    x = torch.arange(12, dtype=torch.float32).mul(0.7).sin().reshape(4, 3)
    y = torch.arange(8, dtype=torch.float32).mul(1.3).cos().reshape(4, 2)
    optimizer = make(model.parameters())
    for _ in range(20):
        optimizer.zero_grad()
        ((model(x) - y) ** 2).mean().backward()
        optimizer.step()
    state = optimizer.state_dict()
    return {
        "weights": [floats(p) for p in model.parameters()],
        "state": {
            str(i): {n: floats(t) for n, t in entry.items() if t is not None} for i, entry in state["state"].items()
        },
        "groupKeys": sorted(state["param_groups"][0].keys()),
    }


def clipping(kind):
    tensors = [torch.zeros(3, 4), torch.zeros(20000)]
    for i, tensor in enumerate(tensors):
        tensor.grad = torch.arange(tensor.numel(), dtype=torch.float32).mul(0.3 + i).sin().reshape(tensor.shape)
    norm = nn.utils.clip_grad_norm_(tensors, 2.5, norm_type=kind)
    return {"norm": float(norm), "first": floats(tensors[0].grad)}


schedules = {
    "step": lambda o: schedulers.StepLR(o, 3, gamma=0.5),
    "lambda": lambda o: schedulers.LambdaLR(o, lambda epoch: 0.95 ** epoch),
    "linear": lambda o: schedulers.LinearLR(o, start_factor=0.25, total_iters=6),
    "cosine": lambda o: schedulers.CosineAnnealingLR(o, 7, eta_min=0.01),
    "onecycle": lambda o: schedulers.OneCycleLR(o, 0.5, total_steps=20),
    "onecycle-linear": lambda o: schedulers.OneCycleLR(
        o, 0.5, total_steps=20, pct_start=0.25, anneal_strategy="linear", three_phase=True, div_factor=10, final_div_factor=100),
}


def schedule(make, kind):
    parameters = [torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)]
    optimizer = kind([{"params": parameters[:1]}, {"params": parameters[1:], "lr": 0.02}], lr=0.1)
    scheduler = make(optimizer)
    rates, momenta = [], []
    for step in range(20):
        rates.append([g["lr"] for g in optimizer.param_groups])
        group = optimizer.param_groups[0]
        momenta.append(group["betas"][0] if "betas" in group else group["momentum"])
        optimizer.step()
        scheduler.step()
    return {"rates": rates, "momenta": momenta}


def sgd(groups, lr):
    return SGD(groups, lr=lr, momentum=0.9)


write("TorchOptimTests/Fixtures/optimizers.json", {name: training(make) for name, make in optimizers.items()})
write("TorchOptimTests/Fixtures/clipping.json", {"2": clipping(2.0), "1": clipping(1.0), "inf": clipping(float("inf"))})
write("TorchOptimTests/Fixtures/schedules.json", {
    **{name: schedule(make, sgd) for name, make in schedules.items()},
    **{name + "-adam": schedule(make, Adam) for name, make in schedules.items()},
})

# Loaders.


def orders(loader, epochs=2):
    return [[batch[0].tolist() for batch in loader] for _ in range(epochs)]


numbers = TensorDataset(torch.arange(10))
own = DataLoader(numbers, batch_size=4, shuffle=True, generator=torch.Generator().manual_seed(3))
torch.manual_seed(3)
loaders = {"ownGenerator": orders(own)}
loaders["defaultGenerator"] = orders(DataLoader(numbers, batch_size=4, shuffle=True))
loaders["drawAfterwards"] = float(torch.rand(1))
torch.manual_seed(4)
loaders["dropLast"] = orders(DataLoader(numbers, batch_size=4, shuffle=True, drop_last=True))
generator = torch.Generator().manual_seed(5)
loaders["split"] = [list(part.indices) for part in random_split(numbers, [7, 3], generator=generator)]
generator = torch.Generator().manual_seed(6)
loaders["fractions"] = [list(part.indices) for part in random_split(numbers, [0.33, 0.33, 0.34], generator=generator)]
generator = torch.Generator().manual_seed(8)
loaders["beyond"] = list(RandomSampler(numbers, num_samples=23, generator=generator))

weights = [0.1, 0.0, 3.0, 0.5, 1.4, 1.0, 2.0, 0.25, 0.0, 1.75]
torch.manual_seed(9)
weighted = WeightedRandomSampler(weights, 12)
loaders["weighted"] = orders(DataLoader(numbers, batch_size=4, sampler=weighted))
torch.manual_seed(10)
loaders["weightedOnce"] = orders(DataLoader(numbers, batch_size=4, sampler=WeightedRandomSampler(weights, 8, replacement=False)))
torch.manual_seed(11)
loaders["subsetRandom"] = orders(DataLoader(numbers, batch_size=4, sampler=SubsetRandomSampler([1, 4, 9, 0, 7])))
torch.manual_seed(12)
loaders["replacement"] = orders(DataLoader(numbers, batch_size=4, sampler=RandomSampler(numbers, replacement=True, num_samples=70)))
loaders["distributed"] = []
for shuffle in (False, True):
    for drop_last in (False, True):
        for rank in range(4):
            sampler = DistributedSampler(numbers, 4, rank, shuffle=shuffle, seed=3, drop_last=drop_last)
            for epoch in range(2):
                sampler.set_epoch(epoch)
                loaders["distributed"].append(list(sampler))
few = DistributedSampler(TensorDataset(torch.arange(2)), 7, 6, shuffle=False)
loaders["fewerThanReplicas"] = list(few)
write("TorchDataTests/Fixtures/loaders.json", loaders)
