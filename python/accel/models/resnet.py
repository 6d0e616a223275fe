"""ResNet-18 and ResNet-50 (He et al. 2015) as linalg."""

from dataclasses import dataclass

from accel.models.builder import ModelError
from accel.models.cnn import ImageNetwork, ImageOptions, option


@dataclass
class Options(ImageOptions):
    """Options of a residual network."""

    block: str = option("basic", "basic (two 3x3 convolutions) or bottleneck (1x1, 3x3, 1x1)")
    blocks: tuple = option((2, 2, 2, 2), "residual blocks of each stage")
    widths: tuple = option((64, 128, 256, 512), "channels of each stage's 3x3 convolutions")


def _basic(net, name, x, width, stride):
    y = net.conv(f"{name}.conv1", x, width, 3, stride)
    y = net.conv(f"{name}.conv2", y, width, 3, activation="none")
    return y, width


def _bottleneck(net, name, x, width, stride):
    y = net.conv(f"{name}.conv1", x, width, 1)
    y = net.conv(f"{name}.conv2", y, width, 3, stride)
    y = net.conv(f"{name}.conv3", y, 4 * width, 1, activation="none")
    return y, 4 * width


def build(name, options):
    """The network as MLIR text: 7x7 stem, max pooling, residual stages, average pooling, dense layer."""
    if options.block not in ("basic", "bottleneck"):
        raise ModelError(f'block "{options.block}" is unknown; allowed are basic and bottleneck')
    if len(options.blocks) != len(options.widths):
        raise ModelError(f"{len(options.blocks)} stages have blocks but {len(options.widths)} have widths")
    block = _basic if options.block == "basic" else _bottleneck
    net = ImageNetwork(name, options)
    x = net.conv("conv1", net.image, net.width(options.widths[0]), 7, 2)
    x = net.maxpool("maxpool", x, 3, 2, 1)
    for stage, (count, width) in enumerate(zip(options.blocks, options.widths), 1):
        for i in range(count):
            prefix = f"l{stage}.{i}"
            stride = 2 if stage > 1 and i == 0 else 1
            shortcut = x
            y, filters = block(net, prefix, x, net.width(width), stride)
            if stride != 1 or x.shape[net.channel] != filters:
                shortcut = net.conv(f"{prefix}.down", x, filters, 1, stride, activation="none")
            x = net.add(f"{prefix}.add", y, shortcut, activation="relu")
    return net.text(net.classify(x))
