"""Networks that adapt: routing chosen by load, switched as traffic changes, or learned by every router."""

from archwright.interconnect.adaptive.load_learning import LEARNERS, LoadLearning, learn_loads
from archwright.interconnect.adaptive.load_table import PAPER_LOADS, PAPER_ROUTINGS, Scenario, latency_table
from archwright.interconnect.adaptive.q_routing import learned_network
from archwright.interconnect.adaptive.running import Course, Epoch, RunningNetwork, mean_latency
from archwright.interconnect.adaptive.switcher import Switcher, best_by_pattern, run_fixed, run_oracle

__all__ = [
    "LEARNERS",
    "PAPER_LOADS",
    "PAPER_ROUTINGS",
    "Course",
    "Epoch",
    "LoadLearning",
    "RunningNetwork",
    "Scenario",
    "Switcher",
    "best_by_pattern",
    "latency_table",
    "learn_loads",
    "learned_network",
    "mean_latency",
    "run_fixed",
    "run_oracle",
]
