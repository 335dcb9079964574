"""The default run of `swifttorch train` in PyTorch, for its throughput: same data, model, batches and optimizer.

Prints one line per epoch (training images per second, loss, test accuracy) and a JSON summary at the end. The batches are
cut from one shuffled permutation per epoch and normalised by whole tensor operations, which is several times faster than
PyTorch's DataLoader on this data: the comparison is one of training, not of loading.
"""

import argparse
import json
import time

import torch
from torch.nn import functional as F

import data
import models

MEAN, DEVIATION = 0.2860, 0.3530


def normalised(images):
    return images.float().div_(255).sub_(MEAN).div_(DEVIATION)


def accuracy(model, images, labels):
    model.eval()
    with torch.inference_mode():
        hits = sum((model(normalised(x)).argmax(1) == y).sum().item() for x, y in zip(images.split(1000), labels.split(1000)))
    return hits / len(labels)


def augmented(images, padding=2):
    """Random crops of the padded images and random mirror images, a whole batch at a time."""
    count, _, height, width = images.shape
    padded = F.pad(images, (padding,) * 4)
    top = torch.randint(0, 2 * padding + 1, (count, 1, 1))
    left = torch.randint(0, 2 * padding + 1, (count, 1, 1))
    rows = top + torch.arange(height).view(1, -1, 1)
    columns = torch.arange(width).view(1, 1, -1)
    columns = torch.where(torch.rand(count, 1, 1) < 0.5, width - 1 - columns, columns) + left
    return padded[torch.arange(count).view(-1, 1, 1), 0, rows, columns].unsqueeze(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=sorted(models.MODELS), default="cnn")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--lr", type=float, default=2e-3, help="peak of the one-cycle schedule")
    parser.add_argument("--weight-decay", type=float, default=1e-2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=int, help="use only that many training images")
    parser.add_argument("--augment", action="store_true", help="random crops and mirror images")
    parser.add_argument("--channels-last", action="store_true", help="keep activations and weights channels-last")
    parser.add_argument("--data", default=data.FASHION_MNIST)
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    images, labels = data.images("train", options.data)
    images, labels = images[: options.limit], labels[: options.limit]
    tests = data.images("t10k", options.data)
    model = models.make(options.model)
    layout = torch.channels_last if options.channels_last else torch.contiguous_format
    model = model.to(memory_format=layout)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.lr, weight_decay=options.weight_decay)
    batches = -(-len(labels) // options.batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.lr, total_steps=batches * options.epochs)

    training_seconds, result = 0.0, 0.0
    for epoch in range(1, options.epochs + 1):
        model.train()
        loss_total = torch.zeros(())
        start = time.perf_counter()
        for indices in torch.randperm(len(labels)).split(options.batch_size):
            x, y = images[indices], labels[indices]
            x = normalised(augmented(x) if options.augment else x).contiguous(memory_format=layout)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            schedule.step()
            loss_total += loss.detach() * len(y)
        seconds = time.perf_counter() - start
        training_seconds += seconds
        result = accuracy(model, *tests)
        print(
            f"epoch {epoch}/{options.epochs}  {len(labels) / seconds:8.0f} images/s  "
            f"loss {loss_total.item() / len(labels):.4f}  test accuracy {result:.2%}",
            flush=True,
        )
    rate = len(labels) * options.epochs / training_seconds
    print(json.dumps({"images_per_second": round(rate, 1), "training_seconds": round(training_seconds, 2), "accuracy": result}))


main()
