"""Published systems, rebuilt: one module each, whose function runs the paper's protocol and yields its claims.

`archwright reproduce SLUG` prints them. A function takes a `Scope`, which runs studies and keeps them, and yields
`Claim`s (a published figure beside ours) and evidence (what the page draws: `Curves`, `Points`, `Sheet`, `Picture`).
"""
