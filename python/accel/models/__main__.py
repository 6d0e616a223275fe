"""Command line of the generators: `python -m accel.models NAME [--option value ...] -o out.mlir`, or `--list`."""

import argparse
import dataclasses
import sys
from pathlib import Path

from accel.models.builder import ModelError
from accel.models.registry import NETWORKS


def _converter(default):
    """How an option's text becomes a value of the default's type."""
    if isinstance(default, bool):
        def boolean(text):
            if text not in ("true", "false"):
                raise argparse.ArgumentTypeError(f'"{text}" is neither true nor false')
            return text == "true"

        return boolean
    if isinstance(default, tuple):
        def numbers(text):
            rows = [tuple(int(n) for n in row.split(",")) for row in text.split(";")]
            return tuple(rows) if isinstance(default[0], tuple) else rows[0]

        return numbers
    return type(default)


def _shown(value):
    """A default as it would be typed."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        separator = ";" if isinstance(value[0], tuple) else ","
        return separator.join(_shown(v) for v in value)
    return str(value)


def _list_networks():
    width = max(map(len, NETWORKS))
    for name, network in NETWORKS.items():
        print(f"{name:<{width}}  {network.summary}")
    print("\nOptions of one of them: python -m accel.models NAME --help")


def main(arguments=None):
    arguments = sys.argv[1:] if arguments is None else arguments
    if not arguments or arguments[0] in ("--list", "-h", "--help"):
        print(__doc__.strip() + "\n")
        _list_networks()
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in NETWORKS:
        print(f'error: network "{name}" is unknown; --list shows the {len(NETWORKS)} known ones', file=sys.stderr)
        return 1
    network = NETWORKS[name]
    defaults = network.options()
    parser = argparse.ArgumentParser(prog=f"python -m accel.models {name}", description=network.summary)
    parser.add_argument("-o", dest="output", type=Path, help="the file to write (default: standard output)")
    parser.add_argument("--function", default="forward", help="name of the function (default: forward)")
    for field in dataclasses.fields(defaults):
        default = getattr(defaults, field.name)
        parser.add_argument(
            "--" + field.name.replace("_", "-"), dest=field.name, type=_converter(default), default=default,
            metavar=type(default).__name__.upper(), help=f"{field.metadata['help']} (default: {_shown(default)})",
        )
    options = vars(parser.parse_args(rest))
    output, function = options.pop("output"), options.pop("function")
    try:
        text = network.build(function, **options)
    except ModelError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
