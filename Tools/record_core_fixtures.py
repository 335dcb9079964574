#!/usr/bin/env python3
"""Records PyTorch's type promotion and its printing of tensors.

    python3 Tools/record_core_fixtures.py Tests/TorchCoreTests/Fixtures

promotion.txt has one combination a line: KIND A B RESULT, where KIND is `tensors` (both with dimensions), `zero` (B is 0-d),
`number` (B is a Python number) or `zeronumber` (A is 0-d and B a number); results of type complex32 are left out. printing.txt has for each case a line `case NAME` and the
printed text, each line of which begins with a bar. Recorded with PyTorch 2.13.
"""
import os
import sys

import torch

dtypes = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64", "complex64", "complex128"]
numbers = {"bool": True, "int": 3, "float": 1.5, "complex": 1 + 2j}


def promotion():
    for a in dtypes:
        one, zero = torch.ones(2, dtype=getattr(torch, a)), torch.ones((), dtype=getattr(torch, a))
        for b in dtypes:
            other = getattr(torch, b)
            yield "tensors", a, b, torch.result_type(one, torch.ones(2, dtype=other))
            yield "zero", a, b, torch.result_type(one, torch.ones((), dtype=other))
        for name, number in numbers.items():
            yield "number", a, name, torch.result_type(one, number)
            yield "zeronumber", a, name, torch.result_type(zero, number)


nan, inf = float("nan"), float("inf")
tensor, arange = torch.tensor, torch.arange
printed = {
    "integers": tensor([[1, -2], [30, 400]]),
    "floats": tensor([[0.5, -1.25], [100.0, 3.14159]]),
    "whole floats": tensor([1.0, -2.0, 300.0]),
    "one float": tensor([0.1]),
    "scalar": tensor(2.5),
    "scalar integer": tensor(-7),
    "scientific": tensor([1e-5, 1.0, 2000.0]),
    "small": tensor([1e-6, 2e-6]),
    "large": tensor([1e9, 2.5]),
    "large whole": tensor([1e9, 2e9]),
    "many whole": tensor([1.0, 5000.0]),
    "wide range whole": tensor([1.0, 200000.0, 3.0]),
    "million": tensor([1e6]),
    "zeros": torch.zeros(2, 3),
    "nan and inf": tensor([nan, inf, -inf, 1.5]),
    "nan and whole": tensor([nan, 2.0]),
    "only nan": tensor([nan, nan]),
    "nan and integers wide": tensor([inf, 123456.0, -0.0]),
    "bool": tensor([[True, False], [False, True]]),
    "bool scalar": tensor(True),
    "empty": tensor([]),
    "empty integers": torch.zeros(0, dtype=torch.int64),
    "empty matrix": torch.zeros(0, 3),
    "empty matrix of integers": torch.zeros(2, 0, dtype=torch.int32),
    "three dimensions": arange(12).reshape(2, 3, 2),
    "four dimensions": arange(16).reshape(2, 2, 2, 2).float(),
    "long line": arange(40),
    "long floats": arange(30) / 7,
    "summarised": arange(2000),
    "summarised matrix": (arange(40000) % 97).reshape(200, 200).float(),
    "summarised three": (arange(10 * 11 * 12) % 13).reshape(10, 11, 12),
    "summarised wide": (arange(3000) % 7).reshape(3, 1000).double(),
    "float64": tensor([1.5], dtype=torch.float64),
    "float16": tensor([1.5, 0.1], dtype=torch.float16),
    "bfloat16": tensor([1.5, 0.1], dtype=torch.bfloat16),
    "int32": tensor([1, 2], dtype=torch.int32),
    "uint8": tensor([1, 255], dtype=torch.uint8),
    "requires grad": tensor([1.0, 2.0], requires_grad=True),
    "grad fn": tensor([1.0, 2.0], requires_grad=True) * 2,
    "requires grad float64": tensor([1.0], dtype=torch.float64, requires_grad=True),
    "complex": tensor([1 + 2j, -0.5 - 3.25j]),
    "complex whole": tensor([1 + 2j, 3 - 4j]),
    "complex128": tensor([1.5 + 0j], dtype=torch.complex128),
    "complex scalar": tensor(1 - 1j),
    "meta": torch.zeros(2, 3, device="meta"),
    "transposed": arange(6).reshape(2, 3).t(),
    "negative zero": tensor([-0.0, 0.5]),
    "long suffix": torch.linspace(0, 1, 9, dtype=torch.float64),
}


def main():
    (folder,) = sys.argv[1:]
    with open(os.path.join(folder, "promotion.txt"), "w") as file:
        for kind, a, b, result in promotion():
            if result != torch.complex32:
                print(kind, a, b, str(result)[6:], file=file)
    with open(os.path.join(folder, "printing.txt"), "w") as file:
        for name, value in printed.items():
            print("case", name, file=file)
            for line in repr(value).split("\n"):
                print("|" + line, file=file)


main()
