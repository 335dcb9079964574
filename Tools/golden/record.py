#!/usr/bin/env python3
"""Records calls of PyTorch's operators with what PyTorch answers, from its own database of sample inputs.

    python3 Tools/golden/record.py FOLDER [--only REGEX] [--samples N] [--seed S] [--dtypes float32,int64,...] [--compact]

Writes FOLDER/ops/<op>.jsonl and .bin. Each record is one call or a short program of ATen calls: a sample, a reference input, a
strided or expanded view of the inputs, an in-place or `out` form, or a call that must fail; with gradients, second-order gradients
and forward-mode derivatives. Needs PyTorch 2.13, numpy, scipy and expecttest.
"""
import argparse
import pathlib
import re
import sys
import warnings

import torch
from torch.testing._comparison import default_tolerances
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.opinfo.core import SampleInput

from answers import WIDER, Call, Drawn, differentiate, is_continuous, leaves, perturbed, retyped, widest_difference
from calls import record
from writing import DTYPES, NotExpressible, RecordFile, constant, dtype_name

warnings.filterwarnings("ignore")
torch.set_num_threads(1)


class Recorder:
    def __init__(self, op, folder, options):
        self.op, self.options = op, options
        variant = f"__{op.variant_test_name}" if op.variant_test_name else ""
        stem = (op.name + variant).replace("/", "_")
        self.file = RecordFile(folder, stem, {"op": op.name, "variant": op.variant_test_name, "aten_name": op.aten_name}, options.limit)
        self.reasons = {}

    def attempt(self, kind, dtype, function, sample, order=0, reference=None):
        """Adds the record of one call, or notes why it cannot be recorded. `reference` is the sample whose rounding errors count."""
        try:
            self._add(kind, dtype, function, sample, order, reference)
        except NotExpressible as error:
            self.reasons[f"{kind}: {error}"] = self.reasons.get(f"{kind}: {error}", 0) + 1
        except Exception as error:  # PyTorch's own refusals
            text = f"{kind}: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:160]
            self.reasons[text] = self.reasons.get(text, 0) + 1

    def _head(self, kind, dtype):
        name = self.op.name + (f".{self.op.variant_test_name}" if self.op.variant_test_name else "")
        head = {"id": f"{name}/{dtype_name(dtype) if dtype else 'any'}/{kind}/{self.file.count}", "op": self.op.name, "kind": kind}
        return head | ({"dtype": dtype_name(dtype)} if dtype else {})

    def _add(self, kind, dtype, function, sample, order, reference):
        call = Call(self.op, function, sample)
        inputs = [t.detach() for t in call.tensors]
        if len({t.untyped_storage().data_ptr() for t in inputs if t.layout is torch.strided and t.numel()}) < len([t for t in inputs if t.layout is torch.strided and t.numel()]):
            inputs = [t if t.layout is not torch.strided else t.clone() for t in inputs]
        written = [self.file.numbers.tensor(t, as_view=True) for t in inputs]
        originals = [t.clone() for t in inputs]
        torch.manual_seed(0)
        calls, result, error = record(lambda: call(inputs), inputs)
        if error is not None:
            raise error
        if not calls.steps:
            raise NotExpressible("no ATen call")
        entry = self._head(kind, dtype) | {"inputs": written, "steps": calls.steps}
        outputs = self._outputs(calls, result)
        tolerance = self._tolerance(dtype, outputs)
        once_more = leaves(self._again(call, originals, seed=1))
        random = calls.is_random or self._differs([t for _, t in outputs if isinstance(t, torch.Tensor)], once_more)
        results = [t for _, t in outputs if isinstance(t, torch.Tensor)]
        extra = 0.0
        if not random:
            measured = call if reference is None else Call(self.op, self.op.op, reference)
            extra = self._rounding(measured, originals[:len(measured.tensors)], dtype, results)
        tolerance = (tolerance[0], tolerance[1] + extra)
        if dtype in DTYPES.values():
            entry |= {"rtol": tolerance[0], "atol": tolerance[1]}
        entry["outputs"] = [self._output(n, t, random) for n, t in outputs]
        if random:
            entry["nondeterministic"] = True
        if order and not random:
            entry |= self._derivatives(call, originals, sample, order, dtype, tolerance)
        self.file.add(entry)

    def _again(self, call, originals, seed):
        torch.manual_seed(seed)
        return call([t.clone() if t.layout is not torch.strided else t.detach().clone() for t in originals])

    @staticmethod
    def _differs(a, b):
        return any(x.shape != y.shape or not torch.equal(torch.nan_to_num(x.to_dense() if x.layout is not torch.strided else x),
                                                         torch.nan_to_num(y.to_dense() if y.layout is not torch.strided else y))
                   for x, y in zip(a, b))

    @staticmethod
    def _tolerance(dtype, outputs):
        """The widest that torch.testing has for the types of the results."""
        types = [t.dtype for _, t in outputs if isinstance(t, torch.Tensor)] or [dtype]
        return tuple(max(values) for values in zip(*(default_tolerances(t) for t in types)))

    def _outputs(self, calls, result):
        found = []
        for value in result if isinstance(result, (list, tuple)) else [result]:
            if isinstance(value, (list, tuple)):
                found += self._outputs(calls, value)
            elif isinstance(value, torch.Tensor):
                if id(value) not in calls.numbers:
                    raise NotExpressible("a result that no recorded call made")
                found.append((calls.numbers[id(value)], value))
            elif value is not None:
                if calls.last_plain is None or calls.last_plain[1] != value:
                    raise NotExpressible("a plain result that no recorded call gave")
                found.append((calls.last_plain[0], value))
        return found

    def _output(self, place, value, random):
        if not isinstance(value, torch.Tensor):
            return {"v": place, "scalar": constant(value)}
        if random or "empty" in self.op.name:
            return {"v": place, "t": self.file.numbers.shape_only(value)}
        entry = {"v": place, "t": self.file.numbers.tensor(value)}
        if value.layout is torch.strided and not value.is_contiguous():
            entry["strides"] = list(value.stride())
        return entry

    def _rounding(self, call, originals, dtype, results):
        """Four times PyTorch's own rounding error, and twice the effect of the inputs' last bits."""
        worst = 0.0
        strided = all(t.layout is torch.strided for t in originals)
        if not strided:
            return 0.0
        try:
            if dtype in WIDER:
                wide = [t.to(WIDER[t.dtype]) if t.dtype in WIDER else t.clone() for t in originals]
                torch.manual_seed(0)
                worst = 4 * widest_difference(results, leaves(call(wide, retyped(call.tree, dtype, WIDER[dtype]))))
        except Exception:
            pass
        try:
            moved = [perturbed(t) if is_continuous(t) else t.clone() for t in originals]
            torch.manual_seed(0)
            worst = max(worst, 2 * widest_difference(results, leaves(call(moved))))
        except Exception:
            pass
        scale = max([t.abs().nan_to_num(0, 0, 0).max().item() for t in results if t.numel() and is_continuous(t) and t.layout is torch.strided] + [0])
        if worst > 0.05 * max(scale, 1):
            raise NotExpressible("a result that is mostly rounding error")
        return worst

    def _derivatives(self, call, originals, sample, order, dtype, tolerance):
        wrt = [i for i, t in enumerate(call.tensors) if t.requires_grad]
        if not wrt or any(t.layout is not torch.strided for t in originals):
            return {}
        drawn = Drawn()
        found = None
        for attempt in range(order, 0, -1):
            try:
                found = differentiate(call, [t.clone() for t in originals], wrt, drawn, attempt)
                break
            except Exception as error:
                text = f"derivatives of order {attempt}: {str(error).splitlines()[0] if str(error) else type(error).__name__}"[:160]
                self.reasons[text] = self.reasons.get(text, 0) + 1
        if found is None:
            return {}
        extra = 0.0
        names = ["grads", "second", "second_of_cotangents", "jvp"]
        for other in (lambda t: t.to(WIDER[t.dtype]) if t.dtype in WIDER else t.clone(), lambda t: perturbed(t) if is_continuous(t) else t.clone()):
            try:
                tree = retyped(call.tree, dtype, WIDER.get(dtype, dtype))
                again = differentiate(call, [other(t) for t in originals], wrt, drawn, order, tree if other(originals[wrt[0]]).dtype != dtype else None)
                extra = max([extra] + [4 * widest_difference(found[n], again[n]) for n in names if n in found and n in again])
            except Exception:
                pass
        store = lambda ts: [None if t is None else self.file.numbers.tensor(t) for t in ts]
        outputs = [o["v"] for o in self._places(call, originals)]
        entry = {"grad": {"of": [outputs[i] for i in found["of"]], "wrt": wrt, "cotangents": store(found["cotangents"]),
                          "grads": store(found["grads"]), "rtol": tolerance[0], "atol": tolerance[1] + extra}}
        if any(g is not None and not torch.isfinite(g).all() for g in found["grads"]):
            return entry
        if "second" in found:
            entry["gradgrad"] = {"v": store(found["vectors"]), "grads": store(found["second"]), "cotangent_grads": store(found["second_of_cotangents"])}
        if "jvp" in found:
            entry["jvp"] = {"tangents": store(found["tangents"]), "results": store(found["jvp"])}
        return entry

    def _places(self, call, originals):
        inputs = [t.clone() for t in originals]
        torch.manual_seed(0)
        calls, result, error = record(lambda: call(inputs), inputs)
        return [{"v": n} for n, t in self._outputs(calls, result) if isinstance(t, torch.Tensor)]

    def error(self, sample):
        """A call that must fail."""
        call = Call(self.op, self.op.op, sample)
        inputs = [t.detach() for t in call.tensors]
        places = [t.untyped_storage().data_ptr() for t in inputs if t.layout is torch.strided and t.numel()]
        if len(set(places)) < len(places):
            return  # memory that is shared, which may be the mistake, has no notation
        try:
            written = [self.file.numbers.tensor(t, as_view=True) for t in inputs]
            calls, _, error = record(lambda: call(inputs), inputs)
        except NotExpressible:
            return
        if error is not None and calls.failed and all(t.device.type == "cpu" for t in inputs):
            self.file.add(self._head("error", None) | {"inputs": written, "steps": calls.steps, "expects_error": True})

    # MARK: The kinds

    def run(self):
        op = self.op
        for dtype in [DTYPES[n] for n in self.options.dtypes]:
            if dtype in op.supported_dtypes("cpu"):
                self._samples(dtype)
        if op.error_inputs_func:
            for item in list(op.error_inputs("cpu"))[:2 if self.options.compact else 40]:
                self.error(item.sample_input)
        if self.file.count:
            self.file.write()
        return self.file.count

    def _samples(self, dtype):
        op = self.op
        backward = op.supports_autograd and dtype in op.supported_backward_dtypes("cpu") and is_continuous(torch.empty(0, dtype=dtype))
        limit = self.options.samples * (3 if dtype == torch.float32 else 1)
        samples = self._drawn(lambda: op.sample_inputs("cpu", dtype, requires_grad=backward), limit)
        deep = 0
        for sample in samples:
            order = 0
            if backward and dtype in (torch.float64, torch.float32, torch.complex64, torch.complex128):
                order = 1
                if op.supports_gradgrad and deep < (1 if self.options.compact else 3):
                    order, deep = (3 if op.supports_forward_ad else 2), deep + 1
            self.attempt("sample", dtype, op.op, sample, order)
        if not samples:
            return
        if self.options.compact and dtype is not torch.float32:
            return
        if op.reference_inputs_func:
            for sample in self._drawn(lambda: op.reference_inputs("cpu", dtype), self.options.samples):
                self.attempt("reference", dtype, op.op, sample)
        for sample in samples[:1 if self.options.compact else 2]:
            self.attempt("noncontiguous", dtype, op.op, sample.noncontiguous())
            self.attempt("transposed", dtype, op.op, sample.transform(transposed_layout))
            self.attempt("expanded", dtype, op.op, sample.transform(expanded_layout))
            if op.inplace_variant:
                self.attempt("inplace", dtype, op.inplace_variant, sample.transform(plain_copy))
            if op.supports_out:
                self._out(dtype, sample)

    def _drawn(self, make, limit):
        try:
            torch.manual_seed(self.options.seed)
            found = []
            for sample in make():
                found.append(sample)
                if len(found) >= 400:
                    break
        except Exception as error:
            self.reasons[f"samples: {error}"[:160]] = 1
            return []
        if len(found) <= limit:
            return found
        return [found[i * len(found) // limit] for i in range(limit)]

    def _out(self, dtype, sample):
        try:
            results = leaves(Call(self.op, self.op.op, sample)([t.detach() for t in leaves((sample.input, sample.args, sample.kwargs))]))
        except Exception:
            return
        outs = tuple(torch.zeros_like(t, memory_format=torch.contiguous_format) for t in results)
        if sample.output_process_fn_grad(results) is not results:
            return  # unique up to signs that a further step removes
        kwargs = sample.kwargs | {"out": outs[0] if len(outs) == 1 else outs}
        out_sample = SampleInput(sample.input, args=sample.args, kwargs=kwargs).transform(plain_copy)
        self.attempt("out", dtype, self.op.op, out_sample, reference=sample)


def plain_copy(t):
    return t.detach().clone() if isinstance(t, torch.Tensor) else t


def transposed_layout(t):
    if not isinstance(t, torch.Tensor) or t.dim() < 2 or t.layout is not torch.strided:
        return t
    return t.detach().transpose(-1, -2).contiguous().transpose(-1, -2)


def expanded_layout(t):
    if not isinstance(t, torch.Tensor) or t.dim() < 1 or t.numel() == 0 or t.layout is not torch.strided:
        return t
    return t.detach()[:1].expand(t.shape)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", default="", help="operators whose name matches this regular expression")
    parser.add_argument("--samples", type=int, default=5, help="records of each kind and dtype; three times as many for float32")
    parser.add_argument("--limit", type=int, default=1 << 16, help="elements of the largest tensor that is recorded")
    parser.add_argument("--seed", type=int, default=20260)
    parser.add_argument("--dtypes", default="float32,float64,bfloat16,float16,int64,int32,uint8,bool,complex64,complex128", type=lambda s: s.split(","))
    parser.add_argument("--compact", action="store_true", help="few of everything: no strided forms beyond float32, one error")
    options = parser.parse_args()
    folder = options.folder / "ops"
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [op for op in op_db if re.search(options.only, op.name + ("." + op.variant_test_name if op.variant_test_name else ""))]
    total, left_out = 0, {}
    for i, op in enumerate(chosen):
        recorder = Recorder(op, folder, options)
        try:
            total += recorder.run()
        except Exception as error:
            recorder.reasons[f"{type(error).__name__}: {error}"[:160]] = 1
        for reason, count in recorder.reasons.items():
            left_out[reason] = left_out.get(reason, 0) + count
        print(f"\r{i + 1}/{len(chosen)} operators, {total} records  {op.name[:40]:40}", end="", file=sys.stderr, flush=True)
    print(f"\n{total} records in {folder}", file=sys.stderr)
    for reason, count in sorted(left_out.items(), key=lambda item: -item[1])[:40]:
        print(f"  {count} left out: {reason}", file=sys.stderr)


if __name__ == "__main__":
    main()
