"""Search methods, one module each; all run on every problem.

The methods here see a problem through its keys, `[0, 1]^horizon -> design`. `ask` never changes a method and draws only
from the generator it is given; `tell` alone learns. The catalogue name of a method is the name of its module.
"""

from archwright.optimizers.annealing import Annealing
from archwright.optimizers.cmaes import Cmaes
from archwright.optimizers.differential_evolution import DifferentialEvolution
from archwright.optimizers.gaussian_process import GaussianProcess
from archwright.optimizers.gradient import Gradient
from archwright.optimizers.nsga2 import Nsga2
from archwright.optimizers.random import Random
from archwright.optimizers.sobol import Sobol
from archwright.optimizers.tpe import Tpe

__all__ = [
    "Annealing",
    "Cmaes",
    "DifferentialEvolution",
    "GaussianProcess",
    "Gradient",
    "Nsga2",
    "Random",
    "Sobol",
    "Tpe",
]
