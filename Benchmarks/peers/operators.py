"""PyTorch's side of the rows of single ops and of optimizer steps, as `Rows/OperatorRows.swift` has them."""

import torch
from torch.nn import functional as F

import data

MILLION, SQUARE = 1 << 20, [1024, 1024]
pattern = data.pattern


def symmetric(n):
    """A positive definite matrix."""
    a = pattern([n, n], 1)
    return a @ a.T / n + torch.eye(n)


def places(shape, high, seed):
    """Places below `high`, from the pattern's formula."""
    return ((pattern(shape, seed) + 1) * (high / 2)).floor().clamp(0, high - 1).long()


def lstm():
    layer = torch.nn.LSTM(128, 256)
    data.fill(layer)
    layer.to(data.pattern_type)

    def run(x):
        with torch.no_grad():
            return layer(x)[0]

    return run, [pattern([64, 32, 128], 1)]


def where_inputs():
    x, y = pattern([MILLION], 1), pattern([MILLION], 2)
    return torch.where, [x > y, x, y]


def conv(shape, weight, **options):
    return lambda: (lambda x, w: F.conv2d(x, w, **options), [pattern(shape, 1), pattern(weight, 2)])


def of(operation, *shapes):
    """The operation on patterns of these sizes."""
    return lambda: (operation, [pattern(shape, seed) for seed, shape in enumerate(shapes, 1)])


OPERATIONS = {
    "pointwise/log-1M": of(lambda x: (x + 1.5).log(), [MILLION]),
    "pointwise/tanh-1M": of(torch.tanh, [MILLION]),
    "pointwise/sigmoid-1M": of(torch.sigmoid, [MILLION]),
    "pointwise/erf-1M": of(torch.erf, [MILLION]),
    "pointwise/sin-1M": of(torch.sin, [MILLION]),
    "pointwise/sqrt-1M": of(lambda x: x.abs().sqrt(), [MILLION]),
    "pointwise/silu-1M": of(F.silu, [MILLION]),
    "pointwise/pow-1M": lambda: (torch.pow, [pattern([MILLION], 1) + 1.5, pattern([MILLION], 2)]),
    "pointwise/where-1M": where_inputs,
    "layout/row-broadcast-1024": of(torch.add, SQUARE, [1024]),
    "layout/transposed-add-1024": lambda: (torch.add, [pattern(SQUARE, 1), pattern(SQUARE, 2).T]),
    "layout/transposed-copy-1024": lambda: (lambda x: x.contiguous(), [pattern(SQUARE, 1).T]),
    "layout/cat-1M": of(lambda x, y: torch.cat([x, y]), [MILLION // 2], [MILLION // 2]),
    "reduction/sum-dim0-1024": of(lambda x: x.sum(0), SQUARE),
    "reduction/sum-dim1-1024": of(lambda x: x.sum(1), SQUARE),
    "reduction/max-1024": of(lambda x: x.max(1).values, SQUARE),
    "reduction/argmax-1024": of(lambda x: x.argmax(1).float(), SQUARE),
    "reduction/var-1024": of(lambda x: x.var(1), SQUARE),
    "reduction/cumsum-1024": of(lambda x: x.cumsum(1), SQUARE),
    "reduction/softmax-1024": of(lambda x: x.softmax(1), SQUARE),
    "reduction/log-softmax-128x50257": of(lambda x: x.log_softmax(1), [128, 50257]),
    "sorting/sort-1M": of(lambda x: x.sort().values, [MILLION]),
    "sorting/top50-128x50257": of(lambda x: x.topk(50).values, [128, 50257]),
    "norm/layer-4096x768": of(lambda x, w, b: F.layer_norm(x, [768], w, b), [4096, 768], [768], [768]),
    "norm/rms-4096x768": of(lambda x, w: F.rms_norm(x, [768], w), [4096, 768], [768]),
    "norm/batch-32x64x56x56": of(lambda x, w, b: F.batch_norm(x, None, None, w, b, True), [32, 64, 56, 56], [64], [64]),
    "index/embedding-8192x768": lambda: (lambda t, i: F.embedding(i, t), [pattern([30000, 768], 1), places([8192], 30000, 2)]),
    "index/gather-1M": lambda: (lambda x, i: x.gather(1, i), [pattern(SQUARE, 1), places(SQUARE, 1024, 2)]),
    "index/add-1M": lambda: (
        lambda x, i, s: x.index_add(0, i, s), [pattern(SQUARE, 1), places([1024], 1024, 2), pattern(SQUARE, 3)]),
    "index/masked-select-1M": lambda: (
        lambda x, m: x.masked_select(m), [pattern([MILLION], 1), pattern([MILLION], 1) > 0]),
    "matmul/16": of(torch.matmul, [16, 16], [16, 16]),
    "matmul/batched-96x256x64x256": of(torch.matmul, [96, 256, 64], [96, 64, 256]),
    "matmul/vector-4096": of(torch.matmul, [4096, 4096], [4096]),
    "matmul/linear-128x768-3072": of(F.linear, [128, 768], [3072, 768], [3072]),
    "attention/causal-8x12x512x64": of(
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), *[[8, 12, 512, 64]] * 3),
    "loss/cross-entropy-8192x1000": lambda: (F.cross_entropy, [pattern([8192, 1000], 1), places([8192], 1000, 2)]),
    "recurrent/lstm-32x64x128-256": lstm,
    "conv2d/8x64x56x56-k3": conv([8, 64, 56, 56], [64, 64, 3, 3], padding=1),
    "conv2d/8x128x28x28-k3": conv([8, 128, 28, 28], [128, 128, 3, 3], padding=1),
    "conv2d/8x256x14x14-k3": conv([8, 256, 14, 14], [256, 256, 3, 3], padding=1),
    "conv2d/8x512x7x7-k3": conv([8, 512, 7, 7], [512, 512, 3, 3], padding=1),
    "conv2d/depthwise-8x96x56x56": conv([8, 96, 56, 56], [96, 1, 3, 3], padding=1, groups=96),
    "conv1d/16x64x1024-k5": of(lambda x, w: F.conv1d(x, w, padding=2), [16, 64, 1024], [64, 64, 5]),
    "pool/max-32x64x56x56": of(lambda x: F.max_pool2d(x, 2), [32, 64, 56, 56]),
    "resize/bilinear-8x3x128x128": of(lambda x: F.interpolate(x, scale_factor=(2, 2), mode="bilinear"), [8, 3, 128, 128]),
    "linalg/cholesky-512": lambda: (torch.linalg.cholesky, [symmetric(512)]),
    "linalg/solve-512": lambda: (torch.linalg.solve, [symmetric(512), pattern([512, 64], 2)]),
    "linalg/svd-256": lambda: (torch.linalg.svdvals, [symmetric(256)]),
    "linalg/eigh-256": lambda: (torch.linalg.eigvalsh, [symmetric(256)]),
    "fft/64x16384": of(lambda x: torch.fft.rfft(x).abs(), [64, 16384]),
}

for label, dtype in {"bfloat16": torch.bfloat16, "float64": torch.float64}.items():
    OPERATIONS |= {
        f"{label}/add-1M": lambda dtype=dtype: (torch.add, [pattern([MILLION], 1).to(dtype), pattern([MILLION], 2).to(dtype)]),
        f"{label}/exp-1M": lambda dtype=dtype: (torch.exp, [pattern([MILLION], 1).to(dtype)]),
        f"{label}/sum-1M": lambda dtype=dtype: (torch.sum, [pattern([MILLION], 1).abs().to(dtype)]),
        f"{label}/softmax-1024": lambda dtype=dtype: (lambda x: x.softmax(1), [pattern(SQUARE, 1).to(dtype)]),
        f"{label}/matmul-512": lambda dtype=dtype: (
            torch.matmul, [pattern([512, 512], 1).to(dtype), pattern([512, 512], 2).to(dtype)]),
    }

RANDOM = {
    "random/randn-1M": lambda x: torch.randn(MILLION),
    "random/dropout-1M": lambda x: F.dropout(x, 0.5),
}

BLOCK = [[384], [384], [1152, 384], [1152], [384, 384], [384], [384], [384], [1536, 384], [1536], [384, 1536], [384]]


def resnet():
    shapes = [[64, 3, 7, 7], [64], [64]]
    for stage, width in enumerate((64, 128, 256, 512)):
        for i in range(4):
            shapes += [[width, width // 2 if i == 0 and stage > 0 else width, 3, 3], [width], [width]]
            if i == 1 and stage > 0:
                shapes += [[width, width // 2, 1, 1], [width], [width]]
    return shapes + [[1000, 512], [1000]]


PARAMETERS = {
    "resnet18": resnet(), "gpt": BLOCK * 6 + [[5000, 384], [384], [384]], "perceptron": [[32, 8], [32], [2, 32], [2]]}
# As their defaults are, and in the fastest form that PyTorch has on the CPU.
OPTIMIZERS = {
    "optim": {
        "sgd": lambda p: torch.optim.SGD(p, lr=1e-3, momentum=0.9),
        "adam": lambda p: torch.optim.Adam(p, lr=1e-3),
        "adamw": lambda p: torch.optim.AdamW(p, lr=1e-3),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=1e-3),
    },
    "optim-fused": {
        "sgd": lambda p: torch.optim.SGD(p, lr=1e-3, momentum=0.9, fused=True),
        "adam": lambda p: torch.optim.Adam(p, lr=1e-3, fused=True),
        "adamw": lambda p: torch.optim.AdamW(p, lr=1e-3, fused=True),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=1e-3, foreach=True),
    },
}


def parameters(label):
    """Parameters with gradients."""
    made = [pattern(shape, i).requires_grad_() for i, shape in enumerate(PARAMETERS[label])]
    for i, parameter in enumerate(made):
        parameter.grad = pattern(list(parameter.shape), 1000 + i)
    return made
