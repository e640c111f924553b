"""The `.awz` codec: speed, size beside general packers, products with compressed layers, peak memory.

Speeds are megabytes of dense float32 weights per processor second of one thread. Layers are drawn: fc6 of AlexNet's
shape at its density, survivors anywhere; `archwright reproduce deep-compression` has trained ones.
"""

import os
import platform
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numba
import numpy as np
import torch

from archwright.compression.codec.accounting import model_bytes
from archwright.compression.codec.packed import pack_layer
from archwright.compression.plan import LayerPlan
from archwright.compression.three_stages.rates import (
    codec_rates,
    convolution_rates,
    packer_sizes,
    pruned_layer,
    vector_rates,
)

SEED = 0
LAYERS = {
    "fully connected, 9 %": ((4096, 4096), 0.09, 5),
    "convolution, 35 %": ((384, 256, 3, 3), 0.35, 8),
    "dense, 8 bits": ((2048, 2048), 1.0, 8),
}


def show_codec(folder):
    print(f"{'layer':22}{'coder':9}{'encode MB/s':>12}{'decode MB/s':>12}{'bytes':>12}{'counted':>12}")
    for name, (shape, density, bits) in LAYERS.items():
        layer = pruned_layer(shape, density, bits, rng=np.random.default_rng(SEED))
        for coder in ("fixed", "huffman", "range"):
            codec_rates(layer, coder, folder, rounds=1)  # compiles
            rates = codec_rates(layer, coder, folder)
            counted = model_bytes([layer], coder)
            print(f"{name:22}{coder:9}{rates.encode:12,.0f}{rates.decode:12,.0f}{rates.n_bytes:12,}{counted:12,}")


def show_packers(folder):
    layer = pruned_layer((1024, 1024), 0.09, 5, rng=np.random.default_rng(SEED))
    pruned = np.random.default_rng(1).standard_normal((1024, 1024), dtype=np.float32) * (layer.to_dense() != 0)
    ours = codec_rates(layer, "auto", folder, rounds=1).n_bytes
    print(f"1024 by 1024 at 9 %: dense {layer.size * 4:,} bytes, .awz {ours:,}")
    for name, weights in (("pruned float32", pruned), ("pruned and shared float32", layer.to_dense())):
        sizes = packer_sizes(weights)
        print(f"  {name}: " + ", ".join(f"{packer} {size:,} ({size / ours:.2f}x)" for packer, size in sizes.items()))


def show_products():
    for shape, density in (((4096, 9216), 0.09), ((4096, 4096), 0.09), ((4096, 4096), 0.35)):
        layer = pruned_layer(shape, density, 5, rng=np.random.default_rng(SEED))
        rates = vector_rates(layer, rng=np.random.default_rng(1))
        print(f"vector, {shape[0]} by {shape[1]} at {density:.0%}: dense {1e3 * rates.dense_s:.2f} ms,"
              f" compressed {1e3 * rates.compressed_s:.2f} ms, ratio {rates.ratio:.2f}")  # fmt: skip
    layer = pruned_layer((384, 256, 3, 3), 0.35, 8, rng=np.random.default_rng(SEED))
    rates = convolution_rates(layer, 13, rng=np.random.default_rng(1))
    print(f"convolution, 384 by 256 by 3 by 3 at 35 %, 13 by 13 pixels: dense {1e3 * rates.dense_s:.2f} ms,"
          f" compressed {1e3 * rates.compressed_s:.2f} ms, ratio {rates.ratio:.2f}")  # fmt: skip


def compress_100_megabytes():
    """Compress and read back a model of 100 MB; prints the most memory that this process ever held."""
    from archwright.compression.codec.model_file import load_model, write_model

    rng = np.random.default_rng(SEED)
    weights = {f"fc{k}": rng.standard_normal((2500, 2500), dtype=np.float32) for k in range(4)}
    plan = LayerPlan(0.1, 5)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.awz"
        write_model(path, [pack_layer(name, one, plan, rng=rng) for name, one in weights.items()])
        load_model(path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory, a 100 MB model pruned, shared, written and read, with all libraries: {peak:,.0f} MiB")


def main():
    if sys.argv[1:] == ["memory"]:
        return compress_100_megabytes()
    torch.set_num_threads(1)
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}, numpy {np.__version__},"
          f" numba {numba.__version__}, torch {torch.__version__}, seed {SEED}, one thread")  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        show_codec(Path(name))
        show_packers(Path(name))
    show_products()
    sys.stdout.flush()
    subprocess.run([sys.executable, __file__, "memory"], check=True)


if __name__ == "__main__":
    main()
