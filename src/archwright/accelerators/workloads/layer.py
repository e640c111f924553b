"""A layer as an accelerator sees it: seven sizes, stride and padding.

The letters of the literature: K filters over C channels of an input of Y x X, kernels of R x S. A depthwise layer has
as many groups as channels and filters; a matrix product is a convolution with a 1 x 1 kernel over a column of rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from archwright.core.errors import SpecError

SIZES = ("filters", "channels", "height", "width", "kernel_height", "kernel_width", "stride", "groups")


@dataclass(frozen=True)
class Layer:
    """One convolution, or a matrix product.

    Args:
        name: what the layer is called.
        filters: K, output channels, >= 1.
        channels: C, input channels, >= 1.
        height: Y, rows of the input, >= 1.
        width: X, columns of the input, >= 1.
        kernel_height: R, >= 1.
        kernel_width: S, >= 1.
        stride: of the kernel in both directions, >= 1.
        padding: zero rows above and below together, >= 0: 2 for a 3 x 3 kernel that keeps sizes.
        groups: convolutions side by side, each over its own share of channels and filters, >= 1.
        side_padding: zero columns on both sides together, >= 0; as many as rows by default.

    Raises:
        SpecError: a size is zero or negative, the kernel is larger than the padded input, or the groups do not divide
            channels and filters; the message names the layer.

    Example:
        >>> layer = Layer("conv1", 64, 3, 224, 224, 7, 7, stride=2, padding=6)
        >>> layer.rows, layer.columns, layer.macs
        (112, 112, 118013952)
    """

    name: str
    filters: int
    channels: int
    height: int = 1
    width: int = 1
    kernel_height: int = 1
    kernel_width: int = 1
    stride: int = 1
    padding: int = 0
    groups: int = 1
    side_padding: int | None = None

    def __post_init__(self) -> None:
        """Hold every size to its range."""
        for field in SIZES:
            _check_whole(f"{self.name}.{field}", getattr(self, field), 1)
        for field in ("padding", "padded_columns"):
            _check_whole(f"{self.name}.{field}", getattr(self, field), 0)
        padded = self.height + self.padding, self.width + self.padded_columns
        for kernel, size in zip(("kernel_height", "kernel_width"), padded, strict=True):
            if getattr(self, kernel) > size:
                allowed = f"at most the padded input, {size}"
                raise SpecError(f"{self.name}.{kernel}", getattr(self, kernel), allowed)
        if self.channels % self.groups or self.filters % self.groups:
            allowed = f"a divisor of {self.channels} channels and {self.filters} filters"
            raise SpecError(f"{self.name}.groups", self.groups, allowed)

    @property
    def rows(self) -> int:
        """Rows of the output, y'."""
        return (self.height + self.padding - self.kernel_height) // self.stride + 1

    @property
    def columns(self) -> int:
        """Columns of the output, x'."""
        return (self.width + self.padded_columns - self.kernel_width) // self.stride + 1

    @property
    def padded_columns(self) -> int:
        """Zero columns on both sides together."""
        return self.padding if self.side_padding is None else self.side_padding

    @property
    def is_depthwise(self) -> bool:
        """True when every channel has a filter of its own."""
        return self.groups > 1 and self.groups == self.channels == self.filters

    @property
    def kind(self) -> str:
        """`depthwise`, `convolution` or `matrix product`."""
        if self.is_depthwise:
            return "depthwise"
        is_product = self.kernel_height == self.kernel_width == 1 and self.width == 1
        return "matrix product" if is_product else "convolution"

    @property
    def macs(self) -> int:
        """Multiplications, those with padding included."""
        return self.weights * self.rows * self.columns

    @property
    def weights(self) -> int:
        """Weights, without biases."""
        return self.filters * (self.channels // self.groups) * self.kernel_height * self.kernel_width

    @property
    def compatible(self) -> Layer:
        """The layer as the tables of MAESTRO's users have it: stride 1, no padding, groups as fewer channels.

        Those tables have no column for stride, padding and groups; the input keeps its size, so outputs are larger
        (a strided layer) or smaller (a padded one) than they are.

        Example:
            >>> Layer("conv1", 64, 3, 224, 224, 7, 7, stride=2, padding=6).compatible.rows
            218
        """
        if self.is_depthwise:
            return replace(self, stride=1, padding=0, side_padding=None)
        return replace(self, stride=1, padding=0, side_padding=None, groups=1, channels=self.channels // self.groups)


def matrix_product(name: str, rows: int, inner: int, columns: int, *, groups: int = 1) -> Layer:
    """A (rows, inner) by (inner, columns) product as a layer: `rows` positions, `inner` channels, `columns` filters.

    Args:
        name: of the layer.
        rows: of the activations, such as tokens, >= 1.
        inner: summed over, >= 1.
        columns: of the result, >= 1.
        groups: such products side by side, such as the heads of an attention, >= 1.

    Raises:
        SpecError: a size is zero or negative.

    Example:
        >>> matrix_product("feed forward", 128, 512, 2048).macs == 128 * 512 * 2048
        True
    """
    return Layer(name, columns * groups, inner * groups, height=rows, groups=groups)


def _check_whole(field: str, value: object, low: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < low:
        raise SpecError(field, value, f"a whole number >= {low}")
