"""AMC: channels or weights taken out layer by layer under a hard budget, by an agent or by any other method.

`problem` is what is searched, in a `walled_space` that no design above its budget is in; `operators` take channels out
(`channel_pruning`, `reconstruction`) or weights; `rules` are what people do by hand, `final` the last judgement.
"""
