#!/usr/bin/env python3
"""Records what PyTorch's CPU generator draws, for Tests/TorchCoreTests/RandomTests.swift.

    python3 Tools/record-random-fixture.py > Tests/TorchCoreTests/Fixtures/random.txt

Recorded with PyTorch 2.13.

One line a call, in order, on one generator:
  seed N                                   restarts the stream
  draw NAME DTYPE SIZES LAYOUT ARGS = HASH FIRST LAST
  state HASH                               the hash of the saved state
  load BASE64                              continues from a state saved here
Hashes are 64-bit FNV-1a over the elements' bytes in row-major order; FIRST and LAST are the elements' bits in hexadecimal.
"""
import base64
import torch

torch.set_num_threads(1)


def fnv(data):
    h = 0xCBF29CE484222325
    for b in data:
        h = ((h ^ b) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{h:016x}"


def raw(t):
    return t.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def target(dtype, sizes, layout):
    if layout == "row":
        return torch.zeros(sizes, dtype=dtype)
    if layout == "transposed":
        return torch.zeros(sizes[::-1], dtype=dtype).permute(*range(len(sizes) - 1, -1, -1))
    if layout == "strided":
        return torch.zeros(sizes[:-1] + [sizes[-1] * 2], dtype=dtype)[..., ::2]
    if layout == "channels_last":
        return torch.zeros(sizes, dtype=dtype).to(memory_format=torch.channels_last)
    raise ValueError(layout)


g = torch.Generator()


def seed(n):
    g.manual_seed(n)
    print("seed", n)


def draw(name, dtype="float32", sizes=(), layout="row", *args):
    sizes = list(sizes)
    d = getattr(torch, dtype)
    if name == "rand":
        t = torch.rand(sizes, dtype=d, generator=g)
    elif name == "randn":
        t = torch.randn(sizes, dtype=d, generator=g)
    elif name == "randint":
        t = torch.randint(*args, sizes, dtype=d, generator=g)
    elif name == "randperm":
        t = torch.randperm(sizes[0], dtype=d, generator=g)
    elif name == "bernoulli_tensor":
        p = (torch.arange(target(d, sizes, "row").numel(), dtype=torch.float64) % 11 / 10).reshape(sizes).to(d)
        t = torch.bernoulli(p, generator=g)
    elif name in ("multinomial", "multinomial_replace"):
        w = (torch.arange(sizes[0] * sizes[1], dtype=torch.float64) % 7 + 0.5).reshape(sizes).to(d)
        t = torch.multinomial(w, args[0], replacement=name.endswith("replace"), generator=g)
    elif name == "poisson":
        t = torch.poisson((torch.arange(sizes[0], dtype=torch.float64) % 47 / 2).to(d), generator=g)
    elif name == "binomial":
        i = torch.arange(sizes[0], dtype=torch.float64)
        t = torch.binomial((i % 60).to(d), (i % 11 / 10).to(d), generator=g)
    elif name == "normal_tensors":
        mean = torch.arange(sizes[0], dtype=torch.float64).to(d)
        t = torch.normal(mean, (mean + 1) / 4, generator=g)
    else:
        t = target(d, sizes, layout)
        if name == "random_from":
            t.random_(args[0], None if args[1] == "none" else args[1], generator=g)
        else:
            getattr(t, name + "_")(*args, generator=g)
    data = raw(t)
    width = t.element_size()
    ends = (data[:width][::-1].hex(), data[-width:][::-1].hex()) if data else ("-", "-")
    shape = "x".join(map(str, sizes)) or "scalar"
    print("draw", name, dtype, shape, layout, *args, "=", fnv(data), *ends)


def state():
    print("state", fnv(g.get_state().numpy().tobytes()))


FLOATS = ["float32", "float64", "float16", "bfloat16"]
INTEGERS = ["bool", "uint8", "int8", "int16", "int32", "int64"]
for n in [1, 2, 15, 16, 17, 1000, 100003]:
    for d in FLOATS:
        seed(n)
        draw("rand", d, [n])
        draw("randn", d, [n])
        draw("uniform", d, [n], "row", -2.5, 4.0)
        draw("normal", d, [n], "row", 1.5, 0.25)
        draw("bernoulli", d, [n], "row", 0.3)
        draw("exponential", d, [n], "row", 1.5)
        draw("cauchy", d, [n], "row", 0.5, 2.0)
        draw("log_normal", d, [n], "row", 0.5, 0.25)
        draw("geometric", d, [n], "row", 0.25)
        draw("bernoulli_tensor", d, [n])
        draw("normal_tensors", d, [n])
        draw("poisson", d, [n])
        if d in FLOATS[:2]:
            draw("binomial", d, [n])
            draw("multinomial", d, [1, n], "row", 1 + n // 2)
            draw("multinomial_replace", d, [1, n], "row", n)
        draw("random", d, [n])
        draw("randint", d, [n], "row", 0, 100)
        state()
    for d in INTEGERS:
        seed(n)
        draw("random", d, [n])
        draw("randint", d, [n], "row", 0, 2 if d == "bool" else 100)
        draw("bernoulli", d, [n], "row", 0.3)
        if d != "bool":
            draw("geometric", d, [n], "row", 0.5)
        state()
    for d in ["complex64", "complex128"]:
        seed(n)
        draw("rand", d, [n])
        draw("randn", d, [n])
        state()
    seed(n)
    draw("randint", "int64", [n], "row", -7, 100)
    draw("randint", "int64", [n], "row", -(2**40), 2**60)
    draw("randperm", "int64", [n])
    draw("randperm", "int32", [n])
    state()

seed(42)
for d in FLOATS:
    draw("cauchy", d, [33], "row", 0.5, 2.0)
    draw("log_normal", d, [33], "row", 0.5, 0.25)
    draw("geometric", d, [33], "row", 0.25)
    draw("bernoulli_tensor", d, [5, 11])
    draw("random", d, [40])
    draw("random", "int32", [3])
    draw("normal_tensors", d, [40])
    state()
for d in INTEGERS:
    draw("random", d, [33])
    draw("random_from", d, [17], "row", 0, "none")
    draw("random_from", d, [17], "row", 0, 2 if d == "bool" else 100)
    draw("bernoulli", d, [17], "row", 0.75)
    draw("randint", d, [9], "row", 0, 2 if d == "bool" else 50)
draw("random_from", "int64", [9], "row", -(2**63), "none")
draw("random_from", "int64", [9], "row", -(2**40), 2**41)
draw("random_from", "int64", [9], "row", 5, "none")
draw("random_from", "float32", [9], "row", 3, "none")
draw("random_from", "float32", [9], "row", 16777217, 33554433)
draw("random_from", "float16", [9], "row", 0, 2049)
draw("random_from", "bfloat16", [9], "row", -257, 258)
for n in [1, 7, 30]:
    draw("randperm", "int32", [n])
    draw("randperm", "float32", [n])
for d in ["complex64", "complex128"]:
    draw("rand", d, [9])
    draw("randn", d, [9])
    draw("randn", d, [3])
for d in ["float32", "float64"]:
    draw("multinomial", d, [4, 9], "row", 1)
    draw("multinomial", d, [4, 9], "row", 6)
    draw("multinomial_replace", d, [4, 9], "row", 20)
    draw("multinomial_replace", d, [1, 9], "row", 1)
state()

# Other layouts: drawn in memory order.
for layout in ["transposed", "strided"]:
    for d in FLOATS[:2]:
        seed(7)
        draw("uniform", d, [5, 7, 3], layout, 0.0, 1.0)
        draw("normal", d, [5, 7, 3], layout, 0.0, 1.0)
        draw("exponential", d, [4, 5], layout, 1.0)
        draw("bernoulli", d, [4, 5], layout, 0.5)
        draw("random_from", d, [4, 5], layout, 0, 1000)
        draw("normal", d, [3], layout, 0.0, 1.0)
        state()
seed(8)
draw("uniform", "float32", [2, 3, 4, 5], "channels_last", 0.0, 1.0)
draw("normal", "float32", [2, 3, 4, 5], "channels_last", 0.0, 1.0)

# The half of a Box-Muller pair that is kept between calls, for each type and through a saved state.
seed(9)
for n in [1, 3, 16, 1, 2, 15]:
    draw("randn", "float64", [n])
    draw("randn", "float32", [n])
draw("normal", "float64", [1], "row", 0.0, 1.0)
saved = g.get_state()
draw("randn", "float64", [5])
draw("rand", "float32", [5])
print("load", base64.b64encode(saved.numpy().tobytes()).decode())
g.set_state(saved)
draw("randn", "float64", [5])
draw("rand", "float32", [5])
