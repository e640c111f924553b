"""Problems without Python: a TOML file with parameters, goals, and a netlist or a command that measures a design.

How to write one::

    name = "rc-filter"
    goals = ["min noise_v", "cutoff_hz >= 10 kHz"]     # `min`, `max`, `>=`, `<=`; bounds may carry units

    [parameters.r_ohm]                                 # a number: low, high, and log, step, unit where wanted
    low = 100
    high = "100 kohm"
    unit = "ohm"
    log = true

    [parameters.model]                                 # a choice
    choices = ["fast", "slow"]

    [metrics]                                          # every metric with its unit, "" for a plain number
    cutoff_hz = "Hz"
    noise_v = "V"

and then one of two tables. With ngspice::

    [spice]
    netlist = "rc.cir"              # a file, or the text itself; {r_ohm} stands for the value of a parameter
    files = ["models.lib"]          # put beside it in the working folder
    timeout_s = 20                  # default 60
    [spice.measures]                # a .meas name or a vector expression; a .meas called like the metric needs no line
    cutoff_hz = "f3db"
    noise_v = "noise2.onoise_total"

or with any program::

    [command]
    run = "python3 evaluate.py --r {r_ohm} --model {model}"
    files = ["evaluate.py"]         # put into the working folder, a fresh one for each trial
    templates = ["settings.ini"]    # the same, with {parameter} placeholders filled in
    timeout_s = 20                  # default 60
    retries = 1                     # further attempts after a failure, default 0
    infeasible_exit_code = 3        # the exit status that means "this design cannot exist"
    keep_failed = true              # keep working folders of failed trials in failed-NAME/ beside the file
    reads_design_file = true        # the program reads design.json or ARCHWRIGHT_NAME variables itself

It prints `name value` lines, with a unit if it likes (`gain 60 dB`, `power: 3 mW`), or one JSON object. Exit status 0
with every metric printed is an answer. Anything else fails that trial alone, with one line that says why: no output,
a missing metric, a value that is no number or of another kind of unit, another exit status, no answer in time.

`archwright run FILE.toml --with METHOD --trials N` takes it from there, and so does `load_problem` in Python.
"""

from archwright.user_problems.problem_file import UserProblem, load_problem

__all__ = ["UserProblem", "load_problem"]
