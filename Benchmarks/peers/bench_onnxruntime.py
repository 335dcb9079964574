"""ONNX Runtime's side of the predictions (see server.py): PyTorch's models, exported, with all optimisations of the graph."""

import io
import warnings

import numpy
import onnxruntime
import torch

import networks
import rows
import server

warnings.filterwarnings("ignore")
threads = 1


def set_threads(count):
    global threads
    threads = count


def session(model, inputs, names):
    """The exported model, ready to run."""
    file = io.BytesIO()
    with torch.no_grad():
        torch.onnx.export(model, inputs, file, dynamo=False, opset_version=17, input_names=names)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])


class CachedDecoding(torch.nn.Module):
    """A step of generation with the keys and values before it as inputs."""

    def __init__(self, decoding):
        super().__init__()
        self.gpt, self.past = decoding.gpt, decoding.past

    def forward(self, token, *memory):
        x = self.gpt.words(token) + self.gpt.places.weight[self.past]
        for i, block in enumerate(self.gpt.blocks):
            x = block(x, lambda k, v, i=i: (torch.cat([memory[2 * i], k], 2), torch.cat([memory[2 * i + 1], v], 2)))
        return self.gpt.head(self.gpt.norm(x))


def prediction(name):
    model, inputs = networks.inference(name)
    if isinstance(model, networks.Decoding):
        memory = [part[:, :, : model.past].contiguous() for pair in model.caches for part in pair]
        model, inputs = CachedDecoding(model), (*inputs, *memory)
    names = [f"input{i}" for i in range(len(inputs))]
    ready = session(model, inputs, names)
    feed = {name: numpy.ascontiguousarray(value.numpy()) for name, value in zip(names, inputs)}
    return rows.repeated(lambda: torch.from_numpy(ready.run(None, feed)[0]))


server.Server({f"infer/{name}": lambda name=name: prediction(name) for name in networks.INFERENCE}, set_threads).run()
