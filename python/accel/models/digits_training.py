"""Trains the digits network in floating point with numpy alone: im2col convolutions, backpropagation, Adam.

Everything random comes from one seeded `RandomState`, so a run repeats exactly on the same machine.
"""

import numpy as np


def im2col(x, kernel, stride, pad):
    """NHWC to rows of windows: (N*P*Q, kernel*kernel*C), and the output size (P, Q)."""
    n, h, w, c = x.shape
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    p, q = (h + 2 * pad - kernel) // stride + 1, (w + 2 * pad - kernel) // stride + 1
    windows = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(1, 2))
    windows = windows[:, ::stride, ::stride][:, :p, :q].transpose(0, 1, 2, 4, 5, 3)
    return np.ascontiguousarray(windows).reshape(n * p * q, kernel * kernel * c), (p, q)


def col2im(columns, shape, kernel, stride, pad, size):
    """The adjoint of `im2col`: adds every window's gradient back to its pixels."""
    n, h, w, c = shape
    p, q = size
    windows = columns.reshape(n, p, q, kernel, kernel, c)
    x = np.zeros((n, h + 2 * pad, w + 2 * pad, c), columns.dtype)
    for r in range(kernel):
        for s in range(kernel):
            x[:, r : r + (p - 1) * stride + 1 : stride, s : s + (q - 1) * stride + 1 : stride] += windows[:, :, :, r, s]
    return x[:, pad : pad + h, pad : pad + w]


class Convolution:
    """3x3-style convolution followed by relu; weights are HWCF."""

    def __init__(self, random, kernel, channels, filters, stride, pad):
        self.stride, self.pad = stride, pad
        scale = np.sqrt(2.0 / (kernel * kernel * channels))
        self.weight = (random.standard_normal((kernel, kernel, channels, filters)) * scale).astype(np.float32)
        self.bias = np.zeros(filters, np.float32)

    def forward(self, x):
        kernel, _, channels, filters = self.weight.shape
        self.shape = x.shape
        self.columns, self.size = im2col(x, kernel, self.stride, self.pad)
        y = self.columns @ self.weight.reshape(-1, filters) + self.bias
        self.active = y > 0
        return np.maximum(y, 0).reshape(x.shape[0], *self.size, filters)

    def backward(self, gradient):
        kernel, _, _, filters = self.weight.shape
        gradient = gradient.reshape(-1, filters) * self.active
        self.gradients = [(self.columns.T @ gradient).reshape(self.weight.shape), gradient.sum(0)]
        columns = gradient @ self.weight.reshape(-1, filters).T
        return col2im(columns, self.shape, kernel, self.stride, self.pad, self.size)


class Dense:
    """Fully connected layer without activation."""

    def __init__(self, random, inputs, outputs):
        self.weight = (random.standard_normal((inputs, outputs)) * np.sqrt(1.0 / inputs)).astype(np.float32)
        self.bias = np.zeros(outputs, np.float32)

    def forward(self, x):
        self.shape = x.shape
        self.x = x.reshape(x.shape[0], -1)
        return self.x @ self.weight + self.bias

    def backward(self, gradient):
        self.gradients = [self.x.T @ gradient, gradient.sum(0)]
        return (gradient @ self.weight.T).reshape(self.shape)


def forward(layers, x):
    """The activations after every layer, the input first."""
    activations = [x]
    for layer in layers:
        activations.append(layer.forward(activations[-1]))
    return activations


def shifted(random, images):
    """Every image moved by -1, 0 or 1 pixel in each direction: the augmentation used while training."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    dy, dx = random.randint(0, 3, (2, len(images)))
    return np.stack([padded[i, y : y + 8, x : x + 8] for i, (y, x) in enumerate(zip(dy, dx))])


def train(layers, images, labels, random, epochs=60, batch=32, rate=2e-3, decay=1e-4):
    """Cross-entropy with Adam (Kingma and Ba 2015) and a learning rate that falls along a cosine."""
    parameters = [p for layer in layers for p in (layer.weight, layer.bias)]
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    steps = epochs * (len(images) // batch)
    step = 0
    for _ in range(epochs):
        order = random.permutation(len(images))
        for start in range(0, len(images) - batch + 1, batch):
            chosen = order[start : start + batch]
            x, y = shifted(random, images[chosen]), labels[chosen]
            logits = forward(layers, x)[-1]
            exponents = np.exp(logits - logits.max(1, keepdims=True))
            gradient = exponents / exponents.sum(1, keepdims=True)
            gradient[np.arange(batch), y] -= 1
            gradient /= batch
            for layer in reversed(layers):
                gradient = layer.backward(gradient)
            step += 1
            now = rate * 0.5 * (1 + np.cos(np.pi * step / steps))
            for i, g in enumerate(g for layer in layers for g in layer.gradients):
                g = g + decay * parameters[i]
                first[i] = 0.9 * first[i] + 0.1 * g
                second[i] = 0.999 * second[i] + 0.001 * g * g
                size = np.sqrt(second[i] / (1 - 0.999**step)) + 1e-8
                parameters[i] -= (now * first[i] / (1 - 0.9**step) / size).astype(np.float32)
