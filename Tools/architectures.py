#!/usr/bin/env python3
"""Ten architectures in PyTorch whose checkpoints Tests/ArchitectureTests reads and writes.

    python3 Tools/architectures.py record FOLDER    writes <name>.pt: the state dictionary, inputs and outputs of each
    python3 Tools/architectures.py check FOLDER     loads such files, strictly, and compares the outputs with PyTorch's

The models are small, but each names and nests its layers as the published ones do. Needs PyTorch 2.13.
"""
import pathlib
import sys

import torch
from torch import nn
from torch.nn import functional as F


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2))
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(400, 84), nn.Tanh(), nn.Linear(84, 10))

    def forward(self, x):
        return self.classifier(self.features(x))


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + (x if self.downsample is None else self.downsample(x))).relu()


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(BasicBlock(8, 8, 1), BasicBlock(8, 8, 1))
        self.layer2 = nn.Sequential(BasicBlock(8, 16, 2), BasicBlock(16, 16, 1))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(16, 10)

    def forward(self, x):
        x = self.maxpool(self.bn1(self.conv1(x)).relu())
        return self.fc(self.avgpool(self.layer2(self.layer1(x))).flatten(1))


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        layers = []
        if expansion != 1:
            layers.append(conv_bn_relu6(inputs, hidden, 1))
        layers += [conv_bn_relu6(hidden, hidden, 3, stride, hidden), nn.Conv2d(hidden, outputs, 1, bias=False), nn.BatchNorm2d(outputs)]
        self.conv = nn.Sequential(*layers)
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


def conv_bn_relu6(inputs, outputs, kernel, stride=1, groups=1):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs), nn.ReLU6())


class MobileNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            conv_bn_relu6(3, 8, 3, 2), InvertedResidual(8, 8, 1, 1), InvertedResidual(8, 12, 2, 4), InvertedResidual(12, 12, 1, 4),
            conv_bn_relu6(12, 32, 1))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(32, 10))

    def forward(self, x):
        return self.classifier(self.features(x).mean([2, 3]))


class DoubleConv(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect"), nn.InstanceNorm2d(outputs, affine=True), nn.LeakyReLU(0.2),
            nn.Conv2d(outputs, outputs, 3, padding="same"), nn.GroupNorm(2, outputs), nn.SiLU())

    def forward(self, x):
        return self.double_conv(x)


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.inc = DoubleConv(3, 8)
        self.down1 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(8, 16))
        self.up1 = nn.ConvTranspose2d(16, 8, 2, stride=2)
        self.conv1 = DoubleConv(16, 8)
        self.outc = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        x1 = self.inc(x)
        return self.outc(self.conv1(torch.cat([x1, self.up1(self.down1(x1))], 1)))


class VAE(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(20, 16), nn.ELU(), nn.LayerNorm(16))
        self.fc_mu = nn.Linear(16, 4)
        self.fc_var = nn.Linear(16, 4)
        self.decoder = nn.ModuleDict({"hidden": nn.Linear(4, 16), "output": nn.Linear(16, 20)})
        self.scales = nn.ParameterList([torch.randn(20), torch.randn(20)])
        self.register_buffer("noise", torch.randn(4))

    def forward(self, x):
        h = self.encoder(x)
        z = self.fc_mu(h) + self.noise * (self.fc_var(h) / 2).exp()
        return self.decoder["output"](F.gelu(self.decoder["hidden"](z))) * self.scales[0] + self.scales[1]


class LSTMLanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Embedding(30, 12)
        self.rnn = nn.LSTM(12, 12, 2, batch_first=True, bidirectional=False, dropout=0.1)
        self.decoder = nn.Linear(12, 30)
        self.decoder.weight = self.encoder.weight

    def forward(self, tokens):
        return self.decoder(self.rnn(self.encoder(tokens))[0])


class Seq2Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(20, 8, padding_idx=0)
        self.encoder = nn.GRU(8, 6, bidirectional=True)
        self.bridge = nn.Linear(12, 10)
        self.cell = nn.GRUCell(8, 10)
        self.attention = nn.Bilinear(10, 12, 1)
        self.out = nn.Linear(10, 20)

    def forward(self, source, target):
        memory, last = self.encoder(self.embedding(source))
        h = torch.tanh(self.bridge(torch.cat([last[0], last[1]], 1)))
        logits = []
        for t in range(target.shape[0]):
            h = self.cell(self.embedding(target[t]), h)
            scores = self.attention(h.expand(memory.shape[0], -1, -1).contiguous(), memory)
            logits.append(self.out(h) * torch.softmax(scores, 0).amax(0))
        return torch.stack(logits)


class Encoder(nn.Module):
    """An encoder of text in the manner of BERT."""

    def __init__(self):
        super().__init__()
        self.word_embeddings = nn.Embedding(40, 16)
        self.position_embeddings = nn.Embedding(12, 16)
        self.LayerNorm = nn.LayerNorm(16, eps=1e-12)
        layer = nn.TransformerEncoderLayer(16, 4, 32, activation="gelu", batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.pooler = nn.Linear(16, 16)

    def forward(self, tokens, padding):
        x = self.word_embeddings(tokens) + self.position_embeddings.weight[: tokens.shape[1]]
        x = self.encoder(self.LayerNorm(x), src_key_padding_mask=padding)
        return torch.tanh(self.pooler(x[:, 0]))


class GPTBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1 = nn.LayerNorm(16)
        self.attn = nn.ModuleDict({"c_attn": nn.Linear(16, 48), "c_proj": nn.Linear(16, 16)})
        self.ln_2 = nn.LayerNorm(16)
        self.mlp = nn.ModuleDict({"c_fc": nn.Linear(16, 64), "c_proj": nn.Linear(64, 16)})

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (p.view(b, t, 4, 4).transpose(1, 2) for p in self.attn["c_attn"](self.ln_1(x)).split(16, 2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.attn["c_proj"](y.transpose(1, 2).reshape(b, t, c))
        return x + self.mlp["c_proj"](F.gelu(self.mlp["c_fc"](self.ln_2(x)), approximate="tanh"))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.transformer = nn.ModuleDict({
            "wte": nn.Embedding(40, 16), "wpe": nn.Embedding(12, 16), "h": nn.ModuleList([GPTBlock(), GPTBlock()]), "ln_f": nn.LayerNorm(16)})
        self.lm_head = nn.Linear(16, 40, bias=False)
        self.transformer["wte"].weight = self.lm_head.weight

    def forward(self, tokens):
        x = self.transformer["wte"](tokens) + self.transformer["wpe"](torch.arange(tokens.shape[1]))
        for block in self.transformer["h"]:
            x = block(x)
        return self.lm_head(self.transformer["ln_f"](x))


class ViTBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1 = nn.LayerNorm(16, eps=1e-6)
        self.self_attention = nn.MultiheadAttention(16, 4, batch_first=True)
        self.ln_2 = nn.LayerNorm(16, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Dropout(0.0), nn.Linear(32, 16))

    def forward(self, x):
        y = self.ln_1(x)
        x = x + self.self_attention(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class VisionTransformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_proj = nn.Conv2d(3, 16, 4, 4)
        self.class_token = nn.Parameter(torch.randn(1, 1, 16))
        self.pos_embedding = nn.Parameter(torch.randn(1, 17, 16))
        self.layers = nn.Sequential(ViTBlock(), ViTBlock())
        self.ln = nn.LayerNorm(16, eps=1e-6)
        self.heads = nn.Linear(16, 10)

    def forward(self, x):
        x = self.conv_proj(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_token.expand(x.shape[0], -1, -1), x], 1) + self.pos_embedding
        return self.heads(self.ln(self.layers(x))[:, 0])


class DLRM(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb_l = nn.ModuleList([nn.EmbeddingBag(n, 8, mode="sum") for n in (10, 20, 30)])
        self.bot_l = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU())
        self.top_l = nn.Sequential(nn.Linear(14, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())

    def forward(self, dense, first, second, third):
        x = self.bot_l(dense)
        z = torch.stack([x] + [e(i) for e, i in zip(self.emb_l, (first, second, third))], 1)
        products = torch.bmm(z, z.transpose(1, 2))
        i, j = torch.tril_indices(4, 4, -1)
        return self.top_l(torch.cat([x, products[:, i, j]], 1))


def tokens(high, *sizes):
    return torch.randint(1, high, sizes)


ARCHITECTURES = {
    "lenet": (LeNet, lambda: [torch.randn(2, 1, 28, 28)]),
    "resnet": (ResNet, lambda: [torch.randn(2, 3, 32, 32)]),
    "mobilenet": (MobileNet, lambda: [torch.randn(2, 3, 16, 16)]),
    "unet": (UNet, lambda: [torch.randn(1, 3, 16, 16)]),
    "vae": (VAE, lambda: [torch.randn(3, 20)]),
    "lstm_language_model": (LSTMLanguageModel, lambda: [tokens(30, 2, 7)]),
    "seq2seq": (Seq2Seq, lambda: [tokens(20, 6, 2), tokens(20, 3, 2)]),
    "encoder": (Encoder, lambda: [tokens(40, 2, 9), torch.tensor([[False] * 9, [False] * 6 + [True] * 3])]),
    "gpt": (GPT, lambda: [tokens(40, 2, 8)]),
    "vit": (VisionTransformer, lambda: [torch.randn(2, 3, 16, 16)]),
    "dlrm": (DLRM, lambda: [torch.randn(3, 5), tokens(10, 3, 2), tokens(20, 3, 2), tokens(30, 3, 2)]),
}


def record(folder):
    for name, (make, inputs) in ARCHITECTURES.items():
        torch.manual_seed(3)
        model = make()
        for module in model.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                nn.init.uniform_(module.running_mean, -0.5, 0.5)
                nn.init.uniform_(module.running_var, 0.5, 2)
        given = inputs()
        with torch.no_grad():
            output = model.eval()(*given)
        torch.save({"state": model.state_dict(), "inputs": given, "output": output}, folder / f"{name}.pt")


def check(folder):
    for name, (make, _) in ARCHITECTURES.items():
        stored = torch.load(folder / f"{name}.pt", weights_only=True)
        model = make()
        model.load_state_dict(stored["state"], strict=True)
        with torch.no_grad():
            output = model.eval()(*stored["inputs"])
        difference = (output - stored["output"]).abs().max().item()
        assert difference <= 1e-5, f"{name}: outputs differ by {difference}"
    print(f"{len(ARCHITECTURES)} architectures")


{"record": record, "check": check}[sys.argv[1]](pathlib.Path(sys.argv[2]))
