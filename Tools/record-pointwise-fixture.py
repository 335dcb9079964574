#!/usr/bin/env python3
"""Records what PyTorch computes for every pointwise formula, in float64.

    python3 Tools/record-pointwise-fixture.py > Tests/TorchCoreTests/Fixtures/pointwise.txt

Recorded with PyTorch 2.13. The file is a list of lines:

    grid NAME VALUES...            the points of a sweep; cases of n inputs take the n-fold product, the last input fastest
    case KERNEL GRID INPUTS PARAMETERS...
    value VALUES...                at every point of the sweep
    gradient INPUT VALUES...       the gradient of the sum by one input
    second GRID INPUT VALUES...    the gradient of that gradient by the same input, on a grid of smooth points
"""
import itertools
import torch
import torch.nn.functional as F

inf, nan = float("inf"), float("nan")


def both(values):
    return [s * v for v in values for s in (1.0, -1.0)]


grids = {
    "unary": both([0.0, 1e-300, 1e-8, 0.1, 0.25, 0.5, 0.7, 1.0, 1.5, 2.0, 2.5, 3.0, 4.7, 6.0, 9.9, 20.5, 40.0, 100.0, 800.0, 1e4,
                   1e10, inf]) + [nan],
    "binary": [0.0, -0.0, 0.3, -0.3, 1.0, -1.0, 2.5, -7.0, 1e4, inf, -inf, nan],
    "finite": [0.0, 0.3, -0.3, 1.0, -1.0, 2.5, -7.0, 30.0, 1e4, -1e4],
    "ternary": [0.0, 0.3, -1.0, 2.5, -7.0, 1e4],
    "probability": [0.0, 1e-300, 1e-12, 0.1, 0.5, 0.9, 1 - 1e-12, 1.0],
    "integer": [0.0, 1.0, -1.0, 2.0, -3.0, 6.0, 7.0, -12.0, 40.0],
    "count": [0.0, 1.0, 3.0, 8.0],
    "smooth": [-4.3, -1.7, -0.6, 0.4, 0.9, 2.2, 5.1],
    "inner": [0.07, 0.2, 0.45, 0.8, 0.93],
}

cases = []


def case(name, function, grid="unary", inputs=1, parameters=(), smooth=None, gradients=None, integer=False):
    cases.append((name, function, grid, inputs, list(parameters), smooth, gradients, integer))


for name in ("neg abs sign square reciprocal sqrt rsqrt exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh "
             "cosh tanh asinh acosh atanh floor ceil round trunc frac deg2rad rad2deg erf erfc lgamma digamma sigmoid").split():
    inner = name in ("asin", "acos", "atanh")
    positive = name in ("sqrt", "rsqrt", "log", "log2", "log10", "log1p")
    smooth = None if name in ("digamma", "acosh") else "inner" if inner or positive else "smooth"
    case(name, getattr(torch, name), smooth=smooth)
case("sinc", torch.sinc, smooth="smooth")
case("log_sigmoid", F.logsigmoid, smooth="smooth")
case("relu", torch.relu, smooth="smooth")
case("hardtanh", F.hardtanh, parameters=[-1.0, 1.0])
case("hardtanh", F.relu6, parameters=[0.0, 6.0])
case("leaky_relu", lambda x: F.leaky_relu(x, 0.1), parameters=[0.1])
case("elu", lambda x: F.elu(x, 0.7), parameters=[0.7, 1.0, 1.0], smooth="smooth")
case("elu", F.selu, parameters=[1.6732632423543772, 1.0507009873554805, 1.0], smooth="smooth")
case("elu", lambda x: F.celu(x, 2.0), parameters=[2.0, 1.0, 0.5], smooth="smooth")
case("gelu", F.gelu, smooth="smooth")
case("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"), smooth="smooth")
case("silu", F.silu, smooth="smooth")
case("mish", F.mish, smooth="smooth")
case("softplus", F.softplus, parameters=[1.0, 20.0], smooth="smooth")
case("softplus", lambda x: F.softplus(x, 2.5, 3.0), parameters=[2.5, 3.0])
case("softsign", F.softsign, smooth="smooth")
case("softshrink", lambda x: F.softshrink(x, 0.5), parameters=[0.5])
case("hardshrink", lambda x: F.hardshrink(x, 0.5), parameters=[0.5])
case("hardswish", F.hardswish)


def hardsigmoid(x):
    return F.hardsigmoid(x)


case("hardsigmoid", hardsigmoid)
case("threshold", lambda x: F.threshold(x, 1.0, -20.0), parameters=[1.0, -20.0])
case("tanhshrink", F.tanhshrink, smooth="smooth")
case("clamp", lambda x: x.clamp(-1.0, 3.0), parameters=[-1.0, 3.0])
case("clamp_min", lambda x: x.clamp_min(0.5), parameters=[0.5])
case("clamp_max", lambda x: x.clamp_max(0.5), parameters=[0.5])
case("nan_to_num", lambda x: torch.nan_to_num(x, 1.5, 100.0, -200.0), parameters=[1.5, 100.0, -200.0])
case("logit", torch.logit, smooth="inner")
case("logit_eps", lambda x: torch.logit(x, 0.25), parameters=[0.25])
for exponent in (0.0, 2.0, 3.0, 0.7, -1.5):
    case("pow_scalar", lambda x, e=exponent: torch.pow(x, e), parameters=[exponent])
for base in (0.0, 2.0, 0.3, -1.5):
    case("pow_base", lambda x, b=base: torch.pow(b, x), parameters=[base])

for name, function in {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div, "floor_divide": torch.floor_divide,
    "trunc_divide": lambda x, y: torch.div(x, y, rounding_mode="trunc"), "remainder": torch.remainder, "fmod": torch.fmod,
    "pow": torch.pow, "atan2": torch.atan2, "hypot": torch.hypot, "maximum": torch.maximum, "minimum": torch.minimum,
    "fmax": torch.fmax, "fmin": torch.fmin, "copysign": torch.copysign, "logaddexp": torch.logaddexp,
    "logaddexp2": torch.logaddexp2, "xlogy": torch.xlogy, "xlog1py": torch.special.xlog1py,
    "clamp_min_tensor": lambda x, y: torch.clamp(x, min=y), "clamp_max_tensor": lambda x, y: torch.clamp(x, max=y),
    "ldexp": torch.ldexp, "prelu": torch._prelu_kernel,
}.items():
    smooth = "smooth" if name in ("mul", "div", "atan2", "hypot", "logaddexp", "logaddexp2", "xlogy", "ldexp") else None
    case(name, function, "binary", 2, smooth=smooth, gradients=[] if name == "floor_divide" else None)
case("add_alpha", lambda x, y: torch.add(x, y, alpha=2.5), "binary", 2, [2.5])
case("sub_alpha", lambda x, y: torch.sub(x, y, alpha=2.5), "binary", 2, [2.5])
case("rsub", lambda x, y: torch.rsub(x, y, alpha=2.5), "binary", 2, [2.5])
case("heaviside", torch.heaviside, "binary", 2, gradients=[])
for weight in (0.2, 0.8):
    case("lerp_scalar", lambda x, y, w=weight: torch.lerp(x, y, w), "finite", 2, [weight])

for name in "eq ne lt le gt ge logical_and logical_or logical_xor".split():
    case(name, getattr(torch, name), "binary", 2, gradients=[])
for name in "isnan isinf isfinite isposinf isneginf signbit logical_not".split():
    case(name, getattr(torch, name), gradients=[])
for name in "bitwise_and bitwise_or bitwise_xor gcd lcm".split():
    case(name, getattr(torch, name), "integer", 2, gradients=[], integer=True)
case("bitwise_not", torch.bitwise_not, "integer", gradients=[], integer=True)
case("bitwise_left_shift", torch.bitwise_left_shift, "count", 2, gradients=[], integer=True)
case("bitwise_right_shift", torch.bitwise_right_shift, "count", 2, gradients=[], integer=True)

case("where", lambda c, x, y: torch.where(c != 0, x, y), "ternary", 3, gradients=[1, 2])
case("lerp", torch.lerp, "ternary", 3)
case("addcmul", lambda x, y, z: torch.addcmul(x, y, z, value=0.5), "ternary", 3, [0.5])
case("addcdiv", lambda x, y, z: torch.addcdiv(x, y, z, value=0.5), "ternary", 3, [0.5])
case("clamp_tensor", lambda x, a, b: torch.clamp(x, a, b), "ternary", 3)

case("mse_loss", lambda x, t: F.mse_loss(x, t, reduction="none"), "finite", 2, smooth="smooth")
case("l1_loss", lambda x, t: F.l1_loss(x, t, reduction="none"), "finite", 2)
case("smooth_l1_loss", lambda x, t: F.smooth_l1_loss(x, t, reduction="none", beta=0.7), "finite", 2, [0.7])
case("huber_loss", lambda x, t: F.huber_loss(x, t, reduction="none", delta=1.3), "finite", 2, [1.3])
case("binary_cross_entropy", lambda x, t: F.binary_cross_entropy(x, t, reduction="none"), "probability", 2)
case("binary_cross_entropy_with_logits", lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"), "finite", 2,
     smooth="smooth")
case("binary_cross_entropy_with_logits_pos_weight",
     lambda x, t, w: F.binary_cross_entropy_with_logits(x, t, pos_weight=w.detach(), reduction="none"), "ternary", 3,
     gradients=[0, 1])
case("kl_div", lambda x, t: F.kl_div(x, t, reduction="none"), "probability", 2)
case("kl_div_log_target", lambda x, t: F.kl_div(x, t, reduction="none", log_target=True), "smooth", 2, smooth="smooth")
# PyTorch's exp(-t x) overflows beyond 709.
case("soft_margin_loss", lambda x, t: F.soft_margin_loss(x, t.detach(), reduction="none"), "smooth", 2, smooth="smooth",
     gradients=[0])


def trigamma(x):
    """PyTorch's trigamma, and with it two derivatives here, is good to 9 digits only; its zeta function to all."""
    reflected = (torch.pi / torch.sin(torch.pi * (x - x.trunc()))) ** 2 - torch.special.zeta(torch.full_like(x, 2.0), 1 - x)
    value = torch.where(x < 0, reflected, torch.special.zeta(torch.full_like(x, 2.0), x))
    return torch.where((x < 0) & (x == x.trunc()), torch.full_like(x, nan), value)


def text(values):
    return " ".join(repr(v)[:-2] if repr(v).endswith(".0") else repr(v) for v in values)


def points(grid, inputs, integer=False):
    columns = list(zip(*itertools.product(grids[grid], repeat=inputs)))
    if integer:
        return [torch.tensor(c).long() for c in columns]
    return [torch.tensor(c, dtype=torch.float64, requires_grad=True) for c in columns]


for name, values in grids.items():
    print("grid", name, text(values))
for name, function, grid, inputs, parameters, smooth, gradients, integer in cases:
    print("case", name, grid, inputs, text(parameters))
    x = points(grid, inputs, integer)
    y = function(*x)
    print("value", text(y.detach().double().tolist()))
    for i in range(inputs) if gradients is None else gradients:
        (g,) = torch.autograd.grad(y.sum(), x[i], retain_graph=True, allow_unused=True)
        g = torch.zeros_like(x[i]) if g is None else g + torch.zeros_like(x[i])
        if name == "hardsigmoid":
            # PyTorch holds one sixth in single precision there.
            g = g * (1 / 6) / torch.tensor(1 / 6, dtype=torch.float32).double()
        if name == "digamma":
            g = trigamma(x[i].detach())
        print("gradient", i, text(g.tolist()))
    if smooth is not None:
        for i in range(inputs) if gradients is None else gradients:
            x = points(smooth, inputs)
            (g,) = torch.autograd.grad(function(*x).sum(), x[i], create_graph=True)
            h = torch.zeros_like(x[i])
            if g.requires_grad:
                (h,) = torch.autograd.grad(g.sum(), x[i], allow_unused=True)
                h = torch.zeros_like(x[i]) if h is None else h + torch.zeros_like(x[i])
            if name == "lgamma":
                h = trigamma(x[i].detach())
            print("second", smooth, i, text(h.tolist()))
