#!/usr/bin/env python3
"""Records what PyTorch's recurrent layers and transformers do, for the tests of TorchNN.

    python3 Tools/record-sequence-fixtures.py

Writes Tests/TorchNNTests/Fixtures/sequences.json. Inputs are drawn from seeds, which the tests draw again. Recorded with PyTorch 2.13.
"""
import json
import pathlib
import warnings

import torch
from torch import nn
from torch.nn.utils import rnn as packing

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
target = pathlib.Path(__file__).resolve().parent.parent / "Tests/TorchNNTests/Fixtures/sequences.json"


def fnv(tensor):
    h = 0xCBF29CE484222325
    for b in tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes():
        h = ((h ^ b) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{h:016x}"


def flat(*tensors):
    return [float(v) for t in tensors for v in t.detach().double().reshape(-1)]


def tiny(kind, **options):
    return kind(4, 2, dim_feedforward=8, **options)


MODULES = {
    "rnn": lambda: nn.RNN(3, 4, num_layers=2, nonlinearity="relu", bidirectional=True),
    "rnn without biases": lambda: nn.RNN(3, 4, bias=False, batch_first=True, dropout=0.25),
    "gru": lambda: nn.GRU(3, 4, num_layers=2, dropout=0.5),
    "lstm": lambda: nn.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True),
    "lstm with projections": lambda: nn.LSTM(3, 4, num_layers=2, bidirectional=True, proj_size=2, bias=False),
    "rnn cell": lambda: nn.RNNCell(3, 4, nonlinearity="relu"),
    "gru cell": lambda: nn.GRUCell(3, 4, bias=False),
    "lstm cell": lambda: nn.LSTMCell(3, 4),
    "attention": lambda: nn.MultiheadAttention(4, 2),
    "attention with everything": lambda: nn.MultiheadAttention(4, 2, kdim=3, vdim=5, add_bias_kv=True, add_zero_attn=True),
    "attention without biases": lambda: nn.MultiheadAttention(4, 2, bias=False),
    "encoder layer": lambda: tiny(nn.TransformerEncoderLayer, activation=nn.PReLU()),
    "decoder layer": lambda: tiny(nn.TransformerDecoderLayer, norm_first=True, layer_norm_eps=1e-3),
    "encoder": lambda: nn.TransformerEncoder(tiny(nn.TransformerEncoderLayer), 3, norm=nn.LayerNorm(4)),
    "decoder": lambda: nn.TransformerDecoder(tiny(nn.TransformerDecoderLayer, bias=False), 2),
    "transformer": lambda: nn.Transformer(4, 2, 2, 1, dim_feedforward=8),
}


def module(name):
    torch.manual_seed(5)
    made = MODULES[name]()
    return {
        "description": str(made),
        "keys": list(made.state_dict()),
        "initial": [fnv(t) for t in made.state_dict().values()],
        # The generator goes on from the same place.
        "next": fnv(torch.rand(3)),
    }


CALLS = {}


def call(function):
    torch.manual_seed(9)
    CALLS[function.__name__] = function()


@call
def packed_lstm():
    lstm = nn.LSTM(3, 4, num_layers=2, bidirectional=True, proj_size=2)
    x, h, c = torch.randn(5, 3, 3), torch.randn(4, 3, 2), torch.randn(4, 3, 4)
    packed = packing.pack_padded_sequence(x, [2, 5, 3], enforce_sorted=False)
    output, (hidden, cell) = lstm(packed, (h, c))
    padded, lengths = packing.pad_packed_sequence(output, padding_value=-1, total_length=6)
    grads = torch.autograd.grad((padded**2).sum() + hidden.sum() + cell.sum(), list(lstm.parameters()))
    return flat(packed.data, packed.batch_sizes, packed.sorted_indices, packed.unsorted_indices, padded, lengths, hidden, cell,
                *[g.sum() for g in grads])


@call
def packed_gru():
    gru = nn.GRU(3, 4, bidirectional=True)
    output, hidden = gru(packing.pack_sequence([torch.randn(4, 3), torch.randn(2, 3), torch.randn(1, 3)]))
    return flat(output.data, output.batch_sizes, hidden)


@call
def batched_states():
    rnn = nn.RNN(3, 4, num_layers=2, batch_first=True)
    output, hidden = rnn(torch.randn(2, 5, 3), torch.randn(2, 2, 4))
    return flat(output, hidden)


@call
def dropout_between_layers():
    gru = nn.GRU(3, 4, num_layers=3, dropout=0.5)
    output, hidden = gru(torch.randn(5, 2, 3))
    return flat(output, hidden)


@call
def attention_of_other_widths():
    attention = nn.MultiheadAttention(4, 2, kdim=3, vdim=5, add_bias_kv=True, add_zero_attn=True, batch_first=True)
    q, k, v = torch.randn(2, 3, 4), torch.randn(2, 5, 3), torch.randn(2, 5, 5)
    padding = torch.tensor([[False, False, True, True, True], [False, True, False, False, False]])
    mask = torch.randn(4, 3, 5)
    output, weights = attention(q, k, v, key_padding_mask=padding, attn_mask=mask, average_attn_weights=False)
    alone, none = attention(q, k, v, key_padding_mask=padding, attn_mask=mask, need_weights=False)
    assert none is None
    return flat(output, weights, alone)


@call
def attention_dropout():
    attention = nn.MultiheadAttention(4, 2, dropout=0.5)
    x = torch.randn(5, 3, 4)
    output, weights = attention(x, x, x)
    alone, _ = attention(x, x, x, need_weights=False)
    return flat(output, weights, alone)


@call
def padded_encoder_in_evaluation():
    layer = nn.TransformerEncoderLayer(4, 2, dim_feedforward=8, batch_first=True)
    encoder = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(4)).eval()
    nn.init.constant_(encoder.norm.bias, 0.5)
    x = torch.randn(2, 5, 4)
    end = torch.tensor([[False] * 5, [False, False, True, True, True]])
    middle = torch.tensor([[False] * 5, [False, False, True, False, True]])
    with torch.no_grad():
        results = [encoder(x, src_key_padding_mask=end), encoder(x, src_key_padding_mask=middle)]
    return flat(*results, encoder(x, src_key_padding_mask=end))


@call
def transformer_training():
    model = nn.Transformer(4, 2, 2, 2, dim_feedforward=8, dropout=0.25, batch_first=True)
    src, tgt = torch.randn(2, 5, 4), torch.randn(2, 3, 4)
    padding = torch.tensor([[False] * 5, [False, False, False, True, True]])
    mask = nn.Transformer.generate_square_subsequent_mask(3)
    y = model(src, tgt, tgt_mask=mask, src_key_padding_mask=padding, memory_key_padding_mask=padding)
    grads = torch.autograd.grad((y**3).sum(), list(model.parameters()))
    return flat(y, *[g.abs().sum() for g in grads])


value = {"modules": {name: module(name) for name in MODULES}, "calls": CALLS}
target.write_text(json.dumps(value, indent=1) + "\n")
