"""The spine: spaces, problems, goals, trials, optimizers, studies and where they are stored."""
