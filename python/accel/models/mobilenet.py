"""MobileNetV2 (Sandler et al. 2018) as linalg."""

from dataclasses import dataclass

from accel.models.cnn import ImageNetwork, ImageOptions, option


@dataclass
class Options(ImageOptions):
    """Options of MobileNetV2."""

    stem: int = option(32, "channels of the first convolution")
    last: int = option(1280, "channels of the last convolution")
    bottlenecks: tuple = option(
        ((1, 16, 1, 1), (6, 24, 2, 2)), "rows of expansion, channels, repeats, stride; rows separated by ;"
    )


def build(name, options):
    """The network as MLIR text: stem, inverted residual blocks with depthwise convolutions, dense layer."""
    net = ImageNetwork(name, options)
    x = net.conv("conv1", net.image, net.width(options.stem), 3, 2, "relu6")
    index = 0
    for expansion, channels, repeats, first_stride in options.bottlenecks:
        for i in range(repeats):
            index += 1
            stride = first_stride if i == 0 else 1
            shortcut, y = x, x
            inner = expansion * x.shape[net.channel]
            if expansion != 1:
                y = net.conv(f"b{index}.expand", y, inner, 1, 1, "relu6")
            y = net.conv(f"b{index}.dw", y, inner, 3, stride, "relu6", depthwise=True)
            y = net.conv(f"b{index}.project", y, net.width(channels), 1, 1, "none")
            if stride == 1 and shortcut.shape == y.shape:
                y = net.add(f"b{index}.add", y, shortcut)
            x = y
    x = net.conv("conv_last", x, net.width(options.last), 1, 1, "relu6")
    return net.text(net.classify(x))
