"""PyTorch's side of the benchmark rows: each row makes its inputs and returns what to repeat and what to compare."""

from dataclasses import dataclass
from typing import Callable

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset, TensorDataset

import data
import models
import networks
import operators


@dataclass
class Workload:
    """`body(n)` does the work n times; `checks` are numbers that the other side has to reproduce."""

    body: Callable[[int], None]
    checks: list
    result: torch.Tensor | None = None
    close: Callable[[], None] = lambda: None


def summary(tensor):
    """Mean, mean magnitude and three elements of a tensor."""
    flat = tensor.detach().double().flatten()
    picks = [flat[0], flat[flat.numel() // 2], flat[-1]]
    return [flat.mean().item(), flat.abs().mean().item()] + [pick.item() for pick in picks]


def repeated(operation, *inputs):
    """A workload that calls an operation again and again on the same inputs."""
    def body(count):
        for _ in range(count):
            operation(*inputs)

    result = operation(*inputs)
    return Workload(body, summary(result), result.detach())


def accuracy(row):
    """The largest error of a row's float32 result against the same in float64: in units in the last place of each element, and as a
    part of the largest."""
    single = ROWS[row]().result
    if single is None or single.dtype != torch.float32:
        raise ValueError("a row of one float32 result has an accuracy")
    data.pattern_type = torch.float64
    try:
        exact = ROWS[row]().result
    finally:
        data.pattern_type = torch.float32
    if exact.dtype != torch.float64:
        raise ValueError("the row has no float64 form")
    size = exact.abs()
    unit = torch.nextafter(size.float(), torch.tensor(torch.inf)).double() - size.float().double()
    error = (single.double() - exact).abs()
    return {"ulp": (error / unit).max().item(), "relative": (error.max() / size.max()).item()}


def add_with_grad():
    x = data.pattern([1], 1).requires_grad_()
    return repeated(torch.add, x, data.pattern([1], 2))


def pointwise(operation, count, operands=1):
    return repeated(operation, *[data.pattern([count], seed) for seed in range(1, operands + 1)])


def softmax(count):
    return repeated(lambda x: torch.softmax(x, -1), data.pattern([count // 1024, 1024], 1))


def matmul(size):
    return repeated(torch.matmul, data.pattern([size, size], 1), data.pattern([size, size], 2))


def convolution(input_shape, weight_shape, stride, padding):
    x, weight = data.pattern(input_shape, 1), data.pattern(weight_shape, 2)
    return repeated(lambda: F.conv2d(x, weight, stride=stride, padding=padding))


def training_step(name):
    """Forward, loss, backward and AdamW on one batch of 128 images; checked by three losses without dropout."""
    x = data.pattern([128, 1, 28, 28], 100)
    labels = torch.arange(128) * 7 % 10

    def trainer(model):
        model.train()
        data.fill(model)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)

        def step():
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), labels)
            loss.backward()
            optimizer.step()
            return loss

        return step

    torch.manual_seed(0)
    plain = trainer(models.make(name, dropout=0.0))
    checks = [plain().item() for _ in range(3)]
    step = trainer(models.make(name))

    def body(count):
        for _ in range(count):
            step()

    return Workload(body, checks)


def loading(workers):
    """An epoch of shuffled batches of 128, normalised to float: 60,000 images."""
    images, labels = data.images("train")
    loader = DataLoader(
        TensorDataset(images, labels), batch_size=128, shuffle=True, num_workers=workers, persistent_workers=workers > 0
    )

    def epoch():
        total, label_total, count = 0.0, 0, 0
        for batch, targets in loader:
            normalised = batch.float().div_(255).sub_(0.2860).div_(0.3530)
            total += normalised[:, 0, 14, 14].sum().item()
            label_total += targets.sum().item()
            count += len(targets)
        return [total / count, label_total / count, float(count)]

    def body(count):
        for _ in range(count):
            epoch()

    def close():
        # Ends the workers, which otherwise stay for the next epoch.
        loader._iterator = None

    return Workload(body, epoch(), close=close)


class ImageSamples(Dataset):
    """Images one by one, each normalised by itself, as a dictionary."""

    def __init__(self):
        self.images, self.labels = data.images("t10k")

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return {"image": self.images[index].float().sub_(73).div_(90), "label": self.labels[index]}


def loading_samples(workers):
    """10,000 images as samples of dictionaries, collated to shuffled batches of 64."""
    loader = DataLoader(
        ImageSamples(), batch_size=64, shuffle=True, num_workers=workers, persistent_workers=workers > 0)

    def epoch():
        total, label_total, count = 0.0, 0, 0
        for batch in loader:
            total += batch["image"][:, 0, 14, 14].sum().item()
            label_total += batch["label"].sum().item()
            count += len(batch["label"])
        return [total / count, label_total / count, float(count)]

    def body(count):
        for _ in range(count):
            epoch()

    def close():
        loader._iterator = None

    return Workload(body, epoch(), close=close)


def chain(x, b):
    """60 small pointwise ops."""
    y = x
    for _ in range(20):
        y = (y * 1.01 + b).tanh()
    return y


def chain_backward():
    x, b = data.pattern([1024], 1).requires_grad_(), data.pattern([1024], 2).requires_grad_()

    def once():
        x.grad = b.grad = None
        chain(x, b).sum().backward()
        return x.grad + b.grad

    return repeated(once)


ROWS = {
    "chain/forward-60": lambda: repeated(chain, data.pattern([1024], 1), data.pattern([1024], 2)),
    "chain/backward-60": chain_backward,
    "overhead/add-1": lambda: repeated(torch.add, data.pattern([1], 1), data.pattern([1], 2)),
    "overhead/add-1-grad": add_with_grad,
    "overhead/add-1-literal": lambda: repeated(lambda x: x + 1.0, data.pattern([1], 1)),
}
SIZES = {"1K": 1 << 10, "1M": 1 << 20, "16M": 1 << 24}
for label, size in SIZES.items():
    ROWS[f"pointwise/add-{label}"] = lambda size=size: pointwise(torch.add, size, 2)
    ROWS[f"pointwise/exp-{label}"] = lambda size=size: pointwise(torch.exp, size)
    ROWS[f"pointwise/gelu-{label}"] = lambda size=size: pointwise(F.gelu, size)
    ROWS[f"reduction/sum-{label}"] = lambda size=size: pointwise(torch.sum, size)
    ROWS[f"reduction/softmax-{label}"] = lambda size=size: softmax(size)
for size in (64, 256, 512, 1024):
    ROWS[f"matmul/{size}"] = lambda size=size: matmul(size)
ROWS["conv2d/64x32x28x28-k3"] = lambda: convolution([64, 32, 28, 28], [64, 32, 3, 3], 1, 1)
ROWS["conv2d/16x64x32x32-k3"] = lambda: convolution([16, 64, 32, 32], [64, 64, 3, 3], 1, 1)
ROWS["conv2d/16x3x224x224-k7s2"] = lambda: convolution([16, 3, 224, 224], [64, 3, 7, 7], 2, 3)


def drawn(operation):
    """A workload of random numbers; the checks come from the same seed on both sides."""
    x = data.pattern([operators.MILLION], 1)
    torch.manual_seed(1)
    checks = summary(operation(x))

    def body(count):
        for _ in range(count):
            operation(x)

    return Workload(body, checks)


def optimizer_step(group, name, label):
    parameters = operators.parameters(label)
    optimizer = operators.OPTIMIZERS[group][name](parameters)
    for _ in range(3):
        optimizer.step()

    def body(count):
        for _ in range(count):
            optimizer.step()

    return Workload(body, summary(parameters[0]) + summary(parameters[-1]))


def model_step(name, compiled):
    step = networks.training_step(name, compiled)
    checks = [step().item() for _ in range(3)]

    def body(count):
        for _ in range(count):
            step()

    return Workload(body, checks)


def prediction(name, compiled):
    model, inputs = networks.inference(name)
    run = torch.compile(model) if compiled else model

    def predict():
        with torch.no_grad():
            return run(*inputs)

    return repeated(predict)


def operation(make):
    run, inputs = make()
    return repeated(run, *inputs)


for name, make in operators.OPERATIONS.items():
    ROWS[name] = lambda make=make: operation(make)
for name, draw in operators.RANDOM.items():
    ROWS[name] = lambda draw=draw: drawn(draw)
for group, optimizers in operators.OPTIMIZERS.items():
    for label in operators.PARAMETERS:
        for name in optimizers:
            ROWS[f"{group}/{name}-{label}"] = lambda where=(group, name, label): optimizer_step(*where)
for name in models.MODELS:
    ROWS[f"step/{name}"] = lambda name=name: training_step(name)
for workers in (0, 2):
    ROWS[f"data/loader-{workers}-workers"] = lambda workers=workers: loading(workers)
    ROWS[f"data/samples-{workers}-workers"] = lambda workers=workers: loading_samples(workers)


def model_rows(compiled):
    """Rows of whole models, run eagerly or by torch.compile."""
    training = {f"train/{name}": lambda name=name: model_step(name, compiled) for name in networks.TRAINING}
    return training | {f"infer/{name}": lambda name=name: prediction(name, compiled) for name in networks.INFERENCE}


ROWS |= model_rows(compiled=False)
