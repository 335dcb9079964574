"""Inputs that both sides can make alike, and the reader of MNIST-format files."""

import gzip
import math
import os
import struct

import torch

# The type of patterns; what is asked of a row's accuracy is computed in float64 too.
pattern_type = torch.float32

FASHION_MNIST = "/usr/share/datasets/fashion-mnist"


def pattern(shape, seed=0):
    """Numbers in [-1, 1) from an integer formula: the same bits in any language that has int64 and double."""
    i = torch.arange(math.prod(shape), dtype=torch.int64)
    return (((i * 7919 + seed * 104729) % 10007).double() / 10007 * 2 - 1).float().to(pattern_type).reshape(shape)


def fill(model):
    """Deterministic parameters: scaled patterns for the weights, ones for the scales of norms, zeros for biases."""
    with torch.no_grad():
        for index, (name, parameter) in enumerate(model.named_parameters()):
            if parameter.dim() > 1:
                fan_in = parameter[0].numel()
                parameter.copy_(pattern(parameter.shape, index + 1) * math.sqrt(3 / fan_in))
            else:
                parameter.fill_(1 if name.endswith("weight") else 0)


def read_idx(path):
    """A uint8 tensor from an IDX file, compressed or not."""
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as file:
        content = bytearray(file.read())
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: not an IDX file of bytes")
    rank = content[3]
    shape = struct.unpack(f">{rank}I", content[4 : 4 + 4 * rank])
    values = torch.frombuffer(content, dtype=torch.uint8, offset=4 + 4 * rank)
    if values.numel() != math.prod(shape):
        raise ValueError(f"{path}: {values.numel()} values for the shape {shape}")
    return values.reshape(shape)


def images(split, folder=FASHION_MNIST):
    """Images (n, 1, 28, 28) and labels (n) of the split "train" or "t10k", as bytes and int64."""
    def read(name):
        paths = [os.path.join(folder, name + end) for end in (".gz", "")]
        found = [path for path in paths if os.path.exists(path)]
        if not found:
            raise FileNotFoundError(f"neither of {', '.join(paths)} exists (Debian package dataset-fashion-mnist)")
        return read_idx(found[0])

    return read(f"{split}-images-idx3-ubyte").unsqueeze(1), read(f"{split}-labels-idx1-ubyte").long()
