"""Where things stand in the arrays that the controller's kernel takes and fills."""

# A request: columns of an (n, 6) int64 array.
ARRIVAL, BANK, ROW, LINE, IS_WRITE, INITIATOR = range(6)

# What became of a request, in clocks: columns of an (n, 3) int64 array.
ACCEPTED, ISSUED, RESPONDED = range(3)

# A command of the log: columns of an (m, 4) int64 array. Bank and row are -1 for commands to all banks.
AT, KIND, TO_BANK, OF_ROW = range(4)

# Commands; after the `*_CLOSE` ones the bank precharges by itself.
ACTIVATE, PRECHARGE, READ, READ_CLOSE, WRITE, WRITE_CLOSE, PRECHARGE_ALL, REFRESH = range(8)
COMMANDS = ("ACT", "PRE", "RD", "RDA", "WR", "WRA", "PREA", "REF")

# Clocks of the device: the kernel's `timing`.
(
    BURST, READ_LATENCY, WRITE_LATENCY, RCD, RP, RAS, RRD_SHORT, RRD_LONG, FAW, CCD_SHORT, CCD_LONG, RTP, WR,
    WTR_SHORT, WTR_LONG, RTW, RFC, REFI,
) = range(18)  # fmt: skip

# The controller: the kernel's `control`.
(
    N_BANKS, N_GROUPS, PAGE_POLICY, SCHEDULER, BUFFER_KIND, BUFFER_SIZE, RESPONSE_QUEUE, REFRESHES, MAX_POSTPONED,
    MAX_PULLED_IN, ARBITER, MAX_ACTIVE,
) = range(12)  # fmt: skip

# What the kernel counts.
ACTIVATIONS, FIRST_COLUMNS, READS, WRITES, REFRESHES_DONE, ACTIVE_CLOCKS, MOST_POSTPONED, N_LOGGED = range(8)
N_COUNTS = 8
