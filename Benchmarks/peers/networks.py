"""The models of the `train/` and `infer/` rows, as `Sources/bench-swifttorch/Models` has them: same layers, same order of parameters."""

import torch
from torch import nn
from torch.nn import functional as F

import data
from models import BasicBlock


class LeNet(nn.Module):
    """LeNet-5 on 28×28 images, with ReLU and max pooling."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x.flatten(1))))))


class ResNet18(nn.Module):
    """ResNet-18; `small` is its form for 32×32 images: a 3×3 stem without pooling."""

    def __init__(self, classes, small):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False) if small else nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.Identity() if small else nn.MaxPool2d(3, 2, 1)
        widths = [64, 64, 128, 256, 512]
        self.layers = nn.Sequential(*[
            block for stage, (inputs, outputs) in enumerate(zip(widths, widths[1:]))
            for block in (BasicBlock(inputs, outputs, 2 if stage else 1), BasicBlock(outputs, outputs, 1))
        ])
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        x = self.maxpool(F.relu(self.bn1(self.conv1(x))))
        return self.fc(self.layers(x).mean((2, 3)))


def conv_bn_relu6(inputs, outputs, kernel, stride=1, groups=1):
    return [
        nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs), nn.ReLU6(),
    ]


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        layers = conv_bn_relu6(inputs, hidden, 1) if expansion != 1 else []
        layers += conv_bn_relu6(hidden, hidden, 3, stride, hidden)
        self.conv = nn.Sequential(*layers, nn.Conv2d(hidden, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nn.Module):
    def __init__(self):
        super().__init__()
        layers, inputs = conv_bn_relu6(3, 32, 3, 2), 32
        for expansion, outputs, count, stride in [
            (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)
        ]:
            for i in range(count):
                layers.append(InvertedResidual(inputs, outputs, stride if i == 0 else 1, expansion))
                inputs = outputs
        self.features = nn.Sequential(*layers, *conv_bn_relu6(320, 1280, 1))
        self.classifier = nn.Linear(1280, 1000)

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def heads(x, count):
    """(batch, length, width) as (batch, heads, length, width / heads)."""
    return x.view(x.shape[0], x.shape[1], count, -1).transpose(1, 2)


class EncoderLayer(nn.Module):
    def __init__(self, width, count):
        super().__init__()
        self.count = count
        self.query, self.key, self.value = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, width)
        self.output = nn.Linear(width, width)
        self.norm1 = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm2 = nn.LayerNorm(width)

    def forward(self, x):
        q, k, v = (heads(f(x), self.count) for f in (self.query, self.key, self.value))
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        x = self.norm1(x + self.output(y))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


class Encoder(nn.Module):
    """An encoder of text in the shape of BERT."""

    def __init__(self, layers, width, count, vocabulary=30522):
        super().__init__()
        self.words, self.places = nn.Embedding(vocabulary, width), nn.Embedding(512, width)
        self.norm = nn.LayerNorm(width)
        self.layers = nn.Sequential(*[EncoderLayer(width, count) for _ in range(layers)])

    def forward(self, tokens):
        return self.layers(self.norm(self.words(tokens) + self.places.weight[: tokens.shape[1]]))


class GPTBlock(nn.Module):
    def __init__(self, width, count):
        super().__init__()
        self.count = count
        self.norm1 = nn.LayerNorm(width)
        self.mix, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, cache=None):
        q, k, v = (heads(part, self.count) for part in self.mix(self.norm1(x)).chunk(3, 2))
        if cache is None:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            y = F.scaled_dot_product_attention(q, *cache(k, v))
        x = x + self.output(y.transpose(1, 2).flatten(2))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class GPT(nn.Module):
    def __init__(self, layers, width, count, vocabulary, length):
        super().__init__()
        self.words, self.places = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        self.blocks = nn.ModuleList([GPTBlock(width, count) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary, bias=False)

    def forward(self, tokens):
        x = self.words(tokens) + self.places.weight[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


class Decoding(nn.Module):
    """One step of generation: the token at `past`, with keys and values of all before it in memory made beforehand."""

    def __init__(self, gpt, past, count):
        super().__init__()
        self.gpt, self.past = gpt, past
        width = gpt.norm.weight.shape[0]
        shape = [1, count, past + 1, width // count]
        self.caches = [
            (data.pattern(shape, 2 * i), data.pattern(shape, 2 * i + 1)) for i in range(len(gpt.blocks))]

    def forward(self, token):
        x = self.gpt.words(token) + self.gpt.places.weight[self.past]
        for block, (keys, values) in zip(self.gpt.blocks, self.caches):
            def remember(k, v):
                keys[:, :, self.past :] = k
                values[:, :, self.past :] = v
                return keys, values

            x = block(x, remember)
        return self.gpt.head(self.gpt.norm(x))


class LSTMLanguageModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(5000, 256)
        self.lstm = nn.LSTM(256, 256, batch_first=True)
        self.head = nn.Linear(256, 5000)

    def forward(self, tokens):
        return self.head(self.lstm(self.words(tokens))[0])


class Recommender(nn.Module):
    """In the shape of DLRM: bags of embeddings, a perceptron for the numbers, products of all pairs, a perceptron on top."""

    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList([nn.EmbeddingBag(10_000, 32, mode="sum", sparse=True) for _ in range(8)])
        self.bottom = nn.Sequential(nn.Linear(13, 256), nn.ReLU(), nn.Linear(256, 32), nn.ReLU())
        self.top = nn.Sequential(nn.Linear(32 + 36, 256), nn.ReLU(), nn.Linear(256, 1))
        self.register_buffer("pairs", torch.tensor([i * 9 + j for i in range(9) for j in range(i)]), persistent=False)

    def forward(self, numbers, categories):
        x = self.bottom(numbers)
        z = torch.stack([x] + [table(rows) for table, rows in zip(self.tables, categories)], 1)
        products = z.bmm(z.transpose(1, 2)).flatten(1).index_select(1, self.pairs)
        return self.top(torch.cat([x, products], 1)).squeeze(1)


class GraphConvolution(nn.Module):
    """Two graph convolutions: the neighbourhood matrix times (features times weights)."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(1433, 64), nn.Linear(64, 7)

    def forward(self, neighbours, x):
        x = F.relu(neighbours @ self.first(x))
        return neighbours @ self.second(x)


def places(shape, high, seed):
    """Whole numbers below `high`, from the pattern's formula."""
    return ((data.pattern(shape, seed) + 1) * (high / 2)).floor().clamp(0, high - 1).long()


def neighbours():
    """2,708 nodes with four neighbours each and themselves, each row's weights adding to one."""
    n = 2708
    matrix = torch.eye(n)
    for k in (1, 7, 50, 811):
        matrix += torch.eye(n).roll(k, 1)
    return matrix / 5


def language(model, batch, length, vocabulary):
    tokens, targets = places([batch, length], vocabulary, 1), places([batch, length], vocabulary, 2)
    return model, (tokens,), lambda y: F.cross_entropy(y.flatten(0, 1), targets.flatten())


def classified(model, shape, classes):
    targets = torch.arange(shape[0]) * 7 % classes
    return model, (data.pattern(shape, 1),), lambda y: F.cross_entropy(y, targets)


def graph(sparse):
    matrix = neighbours()
    targets = torch.arange(2708) * 7 % 7
    model = GraphConvolution()
    return model, (matrix.to_sparse_csr() if sparse else matrix, data.pattern([2708, 1433], 1)), lambda y: F.cross_entropy(y, targets)


def recommender():
    numbers, targets = data.pattern([128, 13], 1), (data.pattern([128], 2) > 0).float()
    categories = places([8, 128, 4], 10_000, 3)
    return Recommender(), (numbers, categories), lambda y: F.binary_cross_entropy_with_logits(y, targets)


def perceptron(*widths):
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


# Model, inputs, and the loss of its output.
TRAINING = {
    "perceptron-16x8-32-2": lambda: classified(perceptron(8, 32, 2), [16, 8], 2),
    "mnist-perceptron": lambda: classified(perceptron(784, 512, 512, 10), [64, 784], 10),
    "lenet": lambda: classified(LeNet(), [64, 1, 28, 28], 10),
    "resnet18-16x32x32": lambda: classified(ResNet18(10, small=True), [16, 3, 32, 32], 10),
    "gpt-6x384-4x256": lambda: language(GPT(6, 384, 6, 5000, 256), 4, 256, 5000),
    "lstm-lm-16x64": lambda: language(LSTMLanguageModel(), 16, 64, 5000),
    "dlrm": recommender,
    "gcn-dense": lambda: graph(sparse=False),
    "gcn-sparse": lambda: graph(sparse=True),
}


def encoder(layers, width):
    return Encoder(layers, width, 12), (places([1, 128], 30522, 1),)


def decoding():
    return Decoding(GPT(12, 768, 12, 50257, 1024), 511, 12), (places([1, 1], 50257, 1),)


# Model and inputs.
INFERENCE = {
    "resnet18-1x224": lambda: (ResNet18(1000, small=False), (data.pattern([1, 3, 224, 224], 1),)),
    "resnet18-8x224": lambda: (ResNet18(1000, small=False), (data.pattern([8, 3, 224, 224], 1),)),
    "mobilenet-v2-1x224": lambda: (MobileNetV2(), (data.pattern([1, 3, 224, 224], 1),)),
    "minilm-1x128": lambda: encoder(6, 384),
    "bert-base-1x128": lambda: encoder(12, 768),
    "gpt-12x768-decode": decoding,
}


def optimizer(name, parameters):
    """The recommender has sparse gradients, which AdamW does not take."""
    return torch.optim.SGD(parameters, lr=0.01) if name == "dlrm" else torch.optim.AdamW(parameters, lr=1e-4)


def training_step(name, compiled=False):
    """A function that trains on the same batch once and returns the loss."""
    model, inputs, loss = TRAINING[name]()
    data.fill(model)
    steps = optimizer(name, model.parameters())
    run = torch.compile(lambda *inputs: loss(model(*inputs))) if compiled else lambda *inputs: loss(model(*inputs))

    def step():
        steps.zero_grad()
        value = run(*inputs)
        value.backward()
        steps.step()
        return value

    return step


def inference(name):
    """A model ready to predict, and its inputs."""
    model, inputs = INFERENCE[name]()
    data.fill(model)
    return model.eval(), inputs
