"""Bridges to other people's tools: any problem as a Gymnasium environment, any study as an Optuna study."""
