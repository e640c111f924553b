"""Sparse formats: what they take in memory, how hardware converts them, and which of them suit a computation.

After Qin et al., "Extending Sparse Tensor Accelerators to Support Multiple Compression Formats", IPDPS 2021. `encode`
and `size_bits` are exact to the bit, `convert` is a row of hardware blocks, `time_product` counts the exact cycles of a
flexible weight-stationary array, `tabulate` time and energy of every choice of formats. `FormatsDesign` is the problem
of choosing formats, converter and array.
"""

from archwright.accelerators.formats.classes import CLASSES, FLEXIBLE, Comparison, FormatClass, ratios
from archwright.accelerators.formats.codec import FORMATS, decode, encode, formats_of
from archwright.accelerators.formats.compactness import crossovers, found_crossover, most_compact
from archwright.accelerators.formats.conversions import Conversion, convert
from archwright.accelerators.formats.converter import Converter, Cost
from archwright.accelerators.formats.counts import Counts, counts_of, expected_counts
from archwright.accelerators.formats.entries import Entries, draw_entries, entries_of
from archwright.accelerators.formats.layout import Layout
from archwright.accelerators.formats.machine import Array
from archwright.accelerators.formats.predictor import SagePredictor, draw_products
from archwright.accelerators.formats.problem import FormatsDesign
from archwright.accelerators.formats.recipes import conversion_steps
from archwright.accelerators.formats.sage import Choice, Table, choices_of, tabulate
from archwright.accelerators.formats.simulator import FormatsSimulator
from archwright.accelerators.formats.sizes import size_bits
from archwright.accelerators.formats.stored import Field, Stored, pack, unpack
from archwright.accelerators.formats.timing import Timing, time_product
from archwright.accelerators.formats.workloads import Workload, named_workload, product_of, tensor_times, workload_of

__all__ = [
    "CLASSES",
    "FLEXIBLE",
    "FORMATS",
    "Array",
    "Choice",
    "Comparison",
    "Conversion",
    "Converter",
    "Cost",
    "Counts",
    "Entries",
    "Field",
    "FormatClass",
    "FormatsDesign",
    "FormatsSimulator",
    "Layout",
    "SagePredictor",
    "Stored",
    "Table",
    "Timing",
    "Workload",
    "choices_of",
    "conversion_steps",
    "convert",
    "counts_of",
    "crossovers",
    "decode",
    "draw_entries",
    "draw_products",
    "encode",
    "entries_of",
    "expected_counts",
    "formats_of",
    "found_crossover",
    "most_compact",
    "named_workload",
    "pack",
    "product_of",
    "ratios",
    "size_bits",
    "tabulate",
    "tensor_times",
    "time_product",
    "unpack",
    "workload_of",
]
