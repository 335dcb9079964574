"""Watches the ATen calls that a function makes: above autograd and above the decomposition of composite operators."""
import torch
from torch._dispatch.python import enable_python_dispatcher
from torch._subclasses.schema_check_mode import SchemaCheckMode
from torch.utils._python_dispatch import TorchDispatchMode

from writing import NotExpressible, constant

UNSTORED = ("device", "pin_memory", "generator")
# How a schema's default spells a format or a type.
SCALAR_TYPES = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
MEMORY_FORMATS = (torch.contiguous_format, torch.preserve_format, torch.channels_last, torch.channels_last_3d)


class Calls(SchemaCheckMode):
    """The steps of a record. Values are numbered: the inputs first, then results; others that turn up are inputs too."""

    # PyTorch admits few classes of mode at this dispatch key; SchemaCheckMode is the one that may be derived from.
    def __init__(self, inputs):
        TorchDispatchMode.__init__(self, _dispatch_key=torch._C.DispatchKey.PreDispatch)
        self.inputs = list(inputs)
        self.numbers = {id(t): i for i, t in enumerate(inputs)}
        self.kept = list(inputs)  # no address is used twice while this lives
        self.next = len(inputs)
        self.steps = []
        self.last_plain = None
        self.failed = False
        self.is_random = False

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func.namespace != "aten":
            raise NotExpressible(f"calls {func.name()}")
        self.is_random |= torch.Tag.nondeterministic_seeded in func.tags
        step = {"op": func.name(), "args": self._arguments(func, args, kwargs), "results": []}
        try:
            result = func(*args, **kwargs)
        except NotExpressible:
            raise
        except Exception:
            self.failed = True
            self.steps.append(step)
            raise
        returned = result if len(func._schema.returns) > 1 else [result] if func._schema.returns else []
        for value in returned:
            step["results"] += [self._number(v) for v in (value if isinstance(value, (list, tuple)) else [value])]
        self.steps.append(step)
        return result

    def _arguments(self, func, args, kwargs):
        values = []
        for i, argument in enumerate(func._schema.arguments):
            if i < len(args):
                value = args[i]
            elif argument.name in kwargs:
                value = kwargs[argument.name]
            else:
                value = argument.default_value
            values.append(None if argument.name in UNSTORED else self._argument(value, str(argument.real_type)))
        return values

    def _argument(self, value, kind):
        if isinstance(value, torch.Tensor):
            if id(value) not in self.numbers:
                # Made by code that is no call, such as torch.tensor: an input that was not announced. Results are numbered later.
                raise NotExpressible("a tensor that no recorded call made")
            return {"v": self.numbers[id(value)]}
        if isinstance(value, (list, tuple)):
            return [self._argument(v, kind) for v in value]
        if kind.startswith(("Tensor", "Optional[Tensor]", "List[Tensor]", "List[Optional[Tensor]]")) and isinstance(value, (bool, int, float, complex)):
            return {"num": constant(value)}
        if kind in ("float", "Optional[float]") and type(value) is int:
            value = float(value)
        if type(value) is int and "MemoryFormat" in kind:
            value = MEMORY_FORMATS[value]
        elif type(value) is int and "ScalarType" in kind:
            value = SCALAR_TYPES[value]
        return constant(value)

    def _number(self, value):
        if value is None:
            return None
        number = self.next
        self.next += 1
        if isinstance(value, torch.Tensor):
            self.numbers[id(value)] = number
            self.kept.append(value)
        else:
            self.last_plain = (number, value)
        return number


def record(function, inputs):
    """Runs the function and returns its calls and result; when it fails, the calls and the exception."""
    calls = Calls(inputs)
    try:
        with enable_python_dispatcher(), calls:
            return calls, function(), None
    except NotExpressible:
        raise
    except Exception as error:  # any failure is a result here
        return calls, None, error
