"""Functions drawn from fitted Gaussian processes: cheap to evaluate anywhere, so that they can be optimized.

A prior function is a sum of random cosines, `f(x) = sqrt(2 / F) sum_i w_i cos(a_i x + b_i)` with normal `w` (Rahimi and
Recht, "Random Features for Large-Scale Kernel Machines", NIPS 2007); frequencies `a` come from the spectrum of the
*fitted* kernel: normal over the length scales for `rbf`, Student's t with five degrees of freedom for `matern52`. It is
turned into a posterior function by the exact kernel, as in Wilson and others, "Efficiently Sampling Functions from
Gaussian Process Posteriors", ICML 2020, equation 12:

    (f | y)(x) = f(x) + k(x, X) (K + noise I)^-1 (y - f(X) - e),  e ~ N(0, noise I)

so that far more data than features do not starve its variance, as they do a regression on the features alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from archwright.core.errors import SpecError
from archwright.learning.gaussian_processes import Floats, GaussianProcesses, covariance

N_FEATURES = 1000
MATERN_FREEDOM = 5.0
"""Degrees of freedom of the spectrum of a Matern-5/2 kernel: twice its smoothness."""


@dataclass(frozen=True)
class PosteriorSample:
    """One function per output, drawn once; calling it never draws.

    Args:
        model: the processes they are drawn from.
        frequencies: (m, d, F) of the cosines.
        phases: (m, F).
        amplitudes: (m, F) of the cosines, for standardised outputs.
        updates: (m, n) weights of the kernel at the data.
    """

    model: GaussianProcesses
    frequencies: Floats
    phases: Floats
    amplitudes: Floats
    updates: Floats

    def __call__(self, points: Floats) -> Floats:
        """The functions at `(k, d)` points, `(k, m)` in the outputs' own units."""
        model, columns = self.model, []
        for i, length in enumerate(model.lengths):
            waves = np.cos(points @ self.frequencies[i] + self.phases[i]) @ self.amplitudes[i]
            kernel = covariance(model.kernel, points / length, model.inputs / length).value
            columns.append(model.means[i] + waves + kernel @ self.updates[i])
        return np.array(columns).T * model.scales + model.centres


def sample_posterior(
    model: GaussianProcesses, rng: np.random.Generator, *, n_features: int = N_FEATURES
) -> PosteriorSample:
    """Draw one function per output from the posterior of `model`.

    Args:
        model: fitted processes.
        rng: draws frequencies, phases, weights and noise.
        n_features: cosines per function, >= 1.

    Raises:
        SpecError: `n_features` is not a whole number from 1.

    Example:
        >>> from archwright.learning.gaussian_processes import fit_gaussian_processes
        >>> x = np.linspace(0.0, 1.0, 9)[:, None]
        >>> sample = sample_posterior(fit_gaussian_processes(x, np.sin(6 * x)), np.random.default_rng(0))
        >>> bool(np.abs(sample(x) - np.sin(6 * x)).max() < 0.1)
        True
    """
    from scipy.linalg import cho_solve

    if isinstance(n_features, bool) or n_features != int(n_features) or n_features < 1:
        raise SpecError("n_features", n_features, "a whole number from 1")
    (n_outputs, d), n = model.lengths.shape, len(model.inputs)
    frequencies = rng.standard_normal((n_outputs, d, n_features))
    if model.kernel == "matern52":
        frequencies *= np.sqrt(MATERN_FREEDOM / rng.chisquare(MATERN_FREEDOM, (n_outputs, 1, n_features)))
    frequencies /= model.lengths[:, :, None]
    phases = rng.uniform(0.0, 2.0 * np.pi, (n_outputs, n_features))
    amplitudes = rng.standard_normal((n_outputs, n_features)) * np.sqrt(2.0 / n_features)
    noise = rng.standard_normal((n_outputs, n)) * np.sqrt(model.noises)[:, None]
    updates = []
    for i, factor in enumerate(model.factors):
        drawn = np.cos(model.inputs @ frequencies[i] + phases[i]) @ amplitudes[i] + noise[i]
        # The model's weights already solve for the data, so only what was drawn is left to take away.
        updates.append(model.weights[i] - cho_solve((factor, True), drawn, check_finite=False))
    return PosteriorSample(model, frequencies, phases, amplitudes, np.array(updates))
