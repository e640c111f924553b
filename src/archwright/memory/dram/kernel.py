"""The controller and its device, command by command, compiled; clocks in which nothing can happen are skipped.

In every clock, in this order: the arbiter hands over at most one request, the refresh manager decides, the command bus
carries at most one command. `referee` is the same in plain Python, clock by clock, written apart from this.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from archwright.memory.dram import layout as of

FAR = 1 << 60
# A bank: columns of its row.
OPEN, MAY_ACTIVATE, MAY_PRECHARGE, MAY_COLUMN, HEAD, TAIL, CHOSEN, IS_FRESH, QUEUED = range(9)
# A bank group, and all of them together in the last row: from when on.
MAY_READ, MAY_WRITE, MAY_OPEN = range(3)
# An initiator: its next request, the responses on their way to it, how many it waits for, the first one unanswered.
NEXT, FIRST_BACK, LAST_BACK, ACTIVE, IN_TURN, ANSWERED_AT = range(6)
# Links between requests: of one bank, of one initiator, of responses; acceptance order.
IN_BANK, IN_INITIATOR, IN_RESPONSE, IN_ORDER, ENDS_AT = range(5)
# One number each.
(
    DIRECTION, PENDING, QUEUED_READS, QUEUED_WRITES, LAST_ACCEPTED, N_OPEN, CLOSED_AT, ACTIVE_SINCE, N_ACCEPTED,
    RELEASED, RELEASED_AT, DUE, POSTPONED, IS_BLOCKED, IS_PULLING, CHECK_AT, WINDOW, IS_STALE,
) = range(18)  # fmt: skip

Ints = np.ndarray[Any, np.dtype[np.int64]]

# Only kernels call these, and none makes an array. Counting references to arrays, as numba does otherwise, would take
# four fifths of the time.
_INNER: Any = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}


@njit(cache=True, **_INNER)
def _kernel_choose(b: int, bank: Ints, one: Ints, links: Ints, requests: Ints, control: Ints) -> None:
    """Choose the request that bank `b` works on: the oldest row hit if the scheduler looks for one, or the oldest."""
    first = bank[b, HEAD]
    bank[b, CHOSEN] = first
    if control[of.SCHEDULER] == 0 or bank[b, OPEN] < 0:
        return
    hit = -1
    k = first
    while k >= 0:
        if requests[k, of.ROW] == bank[b, OPEN]:
            if control[of.SCHEDULER] == 1 or requests[k, of.IS_WRITE] == one[DIRECTION]:
                blocker = first  # an older access to the same line goes first
                while blocker != k and not (
                    requests[blocker, of.ROW] == bank[b, OPEN] and requests[blocker, of.LINE] == requests[k, of.LINE]
                ):
                    blocker = links[blocker, IN_BANK]
                bank[b, CHOSEN] = blocker
                return
            hit = k if hit < 0 else hit
        k = links[k, IN_BANK]
    if hit >= 0:
        bank[b, CHOSEN] = hit


@njit(cache=True, **_INNER)
def _kernel_accept(
    now: int, bank: Ints, player: Ints, one: Ints, links: Ints, requests: Ints, control: Ints, times: Ints
) -> int:
    """Hand over the oldest request that may go, if there is room; returns when to look again."""
    last = one[LAST_ACCEPTED]
    if last >= 0:
        queued = one[PENDING]
        if control[of.BUFFER_KIND] == 0:
            queued = bank[requests[last, of.BANK], QUEUED]
        elif control[of.BUFFER_KIND] == 1:
            queued = one[QUEUED_WRITES] if requests[last, of.IS_WRITE] else one[QUEUED_READS]
        if queued >= control[of.BUFFER_SIZE]:
            return FAR
    best, wake = -1, FAR
    for i in range(len(player)):
        while player[i, FIRST_BACK] >= 0 and times[player[i, FIRST_BACK], of.RESPONDED] <= now:
            player[i, FIRST_BACK] = links[player[i, FIRST_BACK], IN_RESPONSE]
            player[i, ACTIVE] -= 1
        k = player[i, NEXT]
        if k < 0:
            continue
        ready = requests[k, of.ARRIVAL]
        if control[of.ARBITER] > 0 and player[i, ACTIVE] >= control[of.MAX_ACTIVE]:
            back = player[i, FIRST_BACK]
            ready = max(ready, times[back, of.RESPONDED]) if back >= 0 else FAR
        if ready > now:
            wake = min(wake, ready)
        elif best < 0 or k < best:
            best = k
    if best < 0:
        return wake
    i, b = requests[best, of.INITIATOR], requests[best, of.BANK]
    player[i, NEXT] = links[best, IN_INITIATOR]
    player[i, ACTIVE] += 1
    times[best, of.ACCEPTED] = now
    links[one[N_ACCEPTED], IN_ORDER] = best
    one[N_ACCEPTED] += 1
    one[LAST_ACCEPTED] = best
    one[PENDING] += 1
    one[QUEUED_WRITES if requests[best, of.IS_WRITE] else QUEUED_READS] += 1
    links[best, IN_BANK] = -1
    if bank[b, HEAD] < 0:
        bank[b, HEAD] = best
    else:
        links[bank[b, TAIL], IN_BANK] = best
    bank[b, TAIL] = best
    bank[b, QUEUED] += 1
    chosen = bank[b, CHOSEN]
    if chosen < 0 or requests[chosen, of.ROW] != bank[b, OPEN] or control[of.SCHEDULER] == 2:
        _kernel_choose(b, bank, one, links, requests, control)
        one[IS_STALE] = 1
    return now + 1


@njit(cache=True, **_INNER)
def _kernel_remove(k: int, bank: Ints, one: Ints, links: Ints, requests: Ints) -> None:
    """Take request `k` out of its bank's queue."""
    b, before = requests[k, of.BANK], -1
    at = bank[b, HEAD]
    while at != k:
        before, at = at, links[at, IN_BANK]
    if before < 0:
        bank[b, HEAD] = links[k, IN_BANK]
    else:
        links[before, IN_BANK] = links[k, IN_BANK]
    if bank[b, TAIL] == k:
        bank[b, TAIL] = before
    bank[b, QUEUED] -= 1
    one[PENDING] -= 1
    one[QUEUED_WRITES if requests[k, of.IS_WRITE] else QUEUED_READS] -= 1


@njit(cache=True, **_INNER)
def _kernel_answer(k: int, ends: int, player: Ints, links: Ints, requests: Ints, times: Ints) -> None:
    """Pass the response of `k` on to its initiator."""
    i = requests[k, of.INITIATOR]
    times[k, of.RESPONDED] = ends
    links[k, IN_RESPONSE] = -1
    if player[i, FIRST_BACK] < 0:
        player[i, FIRST_BACK] = k
    else:
        links[player[i, LAST_BACK], IN_RESPONSE] = k
    player[i, LAST_BACK] = k


@njit(cache=True, **_INNER)
def _kernel_respond(
    k: int, ends: int, player: Ints, one: Ints, links: Ints, requests: Ints, control: Ints, times: Ints
) -> None:
    """The data of `k` is through at `ends`: respond, in order where queue or arbiter keep one."""
    links[k, ENDS_AT] = ends
    if control[of.RESPONSE_QUEUE] == 1:  # in the order in which the controller took the requests
        while one[RELEASED] < one[N_ACCEPTED] and links[links[one[RELEASED], IN_ORDER], ENDS_AT] >= 0:
            k = links[one[RELEASED], IN_ORDER]
            one[RELEASED] += 1
            one[RELEASED_AT] = max(one[RELEASED_AT], links[k, ENDS_AT])
            _kernel_answer(k, one[RELEASED_AT], player, links, requests, times)
    elif control[of.ARBITER] == 2:  # in each initiator's own order
        i = requests[k, of.INITIATOR]
        while player[i, IN_TURN] >= 0 and links[player[i, IN_TURN], ENDS_AT] >= 0:
            k = player[i, IN_TURN]
            player[i, IN_TURN] = links[k, IN_INITIATOR]
            player[i, ANSWERED_AT] = max(player[i, ANSWERED_AT], links[k, ENDS_AT])
            _kernel_answer(k, player[i, ANSWERED_AT], player, links, requests, times)
    else:
        _kernel_answer(k, ends, player, links, requests, times)


@njit(cache=True, **_INNER)
def _kernel_close(b: int, closes: int, bank: Ints, one: Ints, timing: Ints) -> None:
    """The row of bank `b` closes from clock `closes` on."""
    bank[b, OPEN] = -1
    bank[b, MAY_ACTIVATE] = max(bank[b, MAY_ACTIVATE], closes + timing[of.RP])
    one[N_OPEN] -= 1
    one[CLOSED_AT] = max(one[CLOSED_AT], closes)


@njit(cache=True, **_INNER)
def _kernel_wake(now: int, one: Ints, counts: Ints) -> None:
    """After clocks with all banks closed, a new stretch of activity begins."""
    if now > one[CLOSED_AT]:
        counts[of.ACTIVE_CLOCKS] += one[CLOSED_AT] - one[ACTIVE_SINCE]
        one[ACTIVE_SINCE] = now


@njit(cache=True, **_INNER)
def _kernel_activate(
    now: int, b: int, bank: Ints, group: Ints, window: Ints, one: Ints, timing: Ints, requests: Ints, counts: Ints
) -> None:
    """Open the row that the chosen request of bank `b` wants."""
    if one[N_OPEN] == 0:
        _kernel_wake(now, one, counts)
    one[N_OPEN] += 1
    bank[b, OPEN] = requests[bank[b, CHOSEN], of.ROW]
    bank[b, IS_FRESH] = 1
    bank[b, MAY_COLUMN] = now + timing[of.RCD]
    bank[b, MAY_PRECHARGE] = now + timing[of.RAS]
    g, n_groups = b % (len(group) - 1), len(group) - 1
    group[g, MAY_OPEN] = now + timing[of.RRD_LONG]
    group[n_groups, MAY_OPEN] = now + timing[of.RRD_SHORT]
    window[one[WINDOW] % 4] = now + timing[of.FAW]
    one[WINDOW] += 1
    counts[of.ACTIVATIONS] += 1


@njit(cache=True, **_INNER)
def _kernel_column(now: int, k: int, bank: Ints, group: Ints, timing: Ints, requests: Ints) -> Any:
    """Read or write: what has to wait how long for it; returns when its data is through."""
    b, n_groups = requests[k, of.BANK], len(group) - 1
    g = b % n_groups
    if requests[k, of.IS_WRITE]:
        through = now + timing[of.WRITE_LATENCY] + timing[of.BURST]
        bank[b, MAY_PRECHARGE] = max(bank[b, MAY_PRECHARGE], through + timing[of.WR])
        group[g, MAY_READ] = max(group[g, MAY_READ], through + timing[of.WTR_LONG])
        group[n_groups, MAY_READ] = max(group[n_groups, MAY_READ], through + timing[of.WTR_SHORT])
        group[g, MAY_WRITE] = max(group[g, MAY_WRITE], now + timing[of.CCD_LONG])
        group[n_groups, MAY_WRITE] = max(group[n_groups, MAY_WRITE], now + timing[of.CCD_SHORT])
        return through
    bank[b, MAY_PRECHARGE] = max(bank[b, MAY_PRECHARGE], now + timing[of.RTP])
    group[g, MAY_READ] = max(group[g, MAY_READ], now + timing[of.CCD_LONG])
    group[n_groups, MAY_READ] = max(group[n_groups, MAY_READ], now + timing[of.CCD_SHORT])
    group[n_groups, MAY_WRITE] = max(group[n_groups, MAY_WRITE], now + timing[of.RTW])
    return now + timing[of.READ_LATENCY] + timing[of.BURST]


@njit(cache=True, **_INNER)
def _kernel_next(now: int, bank: Ints, group: Ints, window: Ints, one: Ints, requests: Ints, times: Ints) -> Any:
    """Bank, kind and clock of the next command for a request: the earliest, then the one of the oldest request."""
    n_groups = len(group) - 1
    best, kind, soonest, oldest = -1, -1, FAR, FAR
    may_open = max(group[n_groups, MAY_OPEN], window[one[WINDOW] % 4])
    for b in range(len(bank)):
        k = bank[b, CHOSEN]
        if k < 0:
            continue
        if bank[b, OPEN] < 0:
            wanted = of.ACTIVATE
            ready = max(bank[b, MAY_ACTIVATE], group[b % n_groups, MAY_OPEN], may_open)
        elif bank[b, OPEN] != requests[k, of.ROW]:
            wanted, ready = of.PRECHARGE, bank[b, MAY_PRECHARGE]
        else:
            wanted, may = (of.WRITE, MAY_WRITE) if requests[k, of.IS_WRITE] else (of.READ, MAY_READ)
            ready = max(bank[b, MAY_COLUMN], group[b % n_groups, may], group[n_groups, may])
        ready = max(ready, now)
        if ready < soonest or (ready == soonest and times[k, of.ACCEPTED] < oldest):
            best, kind, soonest, oldest = b, wanted, ready, times[k, of.ACCEPTED]
    return best, kind, soonest


@njit(cache=True, **_INNER)
def _kernel_refresh(now: int, one: Ints, timing: Ints, control: Ints, counts: Ints) -> Any:
    """Whether a refresh is to be done, postponed or pulled in; returns when to look again."""
    if control[of.REFRESHES] == 0 or one[IS_BLOCKED]:
        return FAR
    if one[IS_PULLING] and now >= one[CHECK_AT]:
        if one[PENDING] == 0 and one[POSTPONED] > -control[of.MAX_PULLED_IN]:
            one[IS_BLOCKED] = 1
            return FAR
        one[IS_PULLING] = 0
    if now < one[DUE]:
        return min(one[DUE], one[CHECK_AT]) if one[IS_PULLING] else one[DUE]
    one[IS_PULLING] = 0
    one[DUE] += timing[of.REFI]
    if one[PENDING] and one[POSTPONED] < control[of.MAX_POSTPONED]:
        one[POSTPONED] += 1
        counts[of.MOST_POSTPONED] = max(counts[of.MOST_POSTPONED], one[POSTPONED])
        return one[DUE]
    one[IS_BLOCKED] = 1
    return FAR


@njit(cache=True, **_INNER)
def _kernel_next_refresh(now: int, bank: Ints, one: Ints) -> Any:
    """Kind and clock of the next command towards a refresh."""
    soonest = now
    for b in range(len(bank)):
        if bank[b, OPEN] >= 0:
            soonest = max(soonest, bank[b, MAY_PRECHARGE])
        elif one[N_OPEN] == 0:
            soonest = max(soonest, bank[b, MAY_ACTIVATE])
    return (of.PRECHARGE_ALL if one[N_OPEN] else of.REFRESH), soonest


@njit(cache=True, **_INNER)
def _kernel_issue_refresh(now: int, kind: int, bank: Ints, one: Ints, timing: Ints, counts: Ints) -> None:
    """Precharge all banks, or refresh them."""
    if kind == of.PRECHARGE_ALL:
        for b in range(len(bank)):
            if bank[b, OPEN] >= 0:
                _kernel_close(b, now, bank, one, timing)
            bank[b, CHOSEN] = bank[b, HEAD]
        return
    _kernel_wake(now, one, counts)
    one[CLOSED_AT] = max(one[CLOSED_AT], now + timing[of.RFC])
    for b in range(len(bank)):
        bank[b, MAY_ACTIVATE] = max(bank[b, MAY_ACTIVATE], now + timing[of.RFC])
    one[CHECK_AT] = now + timing[of.RFC]
    one[POSTPONED] -= one[IS_PULLING]
    one[IS_PULLING] = 1
    one[IS_BLOCKED] = 0
    counts[of.REFRESHES_DONE] += 1


@njit(cache=True, **_INNER)
def _kernel_serve(
    now: int, k: int, bank: Ints, group: Ints, player: Ints, one: Ints, links: Ints, requests: Ints, timing: Ints,
    control: Ints, times: Ints, counts: Ints,
) -> int:  # fmt: skip
    """Issue the read or write of `k`; returns the command, which says whether the bank closes."""
    b, is_write = requests[k, of.BANK], requests[k, of.IS_WRITE]
    times[k, of.ISSUED] = now
    counts[of.FIRST_COLUMNS] += bank[b, IS_FRESH]
    bank[b, IS_FRESH] = 0
    counts[of.WRITES if is_write else of.READS] += 1
    through = _kernel_column(now, k, bank, group, timing, requests)
    _kernel_remove(k, bank, one, links, requests)
    _kernel_respond(k, through, player, one, links, requests, control, times)
    turned = one[DIRECTION] != is_write
    one[DIRECTION] = is_write
    _kernel_choose(b, bank, one, links, requests, control)
    chosen, policy = bank[b, CHOSEN], control[of.PAGE_POLICY]
    is_hit = chosen >= 0 and requests[chosen, of.ROW] == bank[b, OPEN]
    closes = policy == 2 or (policy == 3 and not is_hit) or (policy == 1 and chosen >= 0 and not is_hit)
    if closes:
        _kernel_close(b, bank[b, MAY_PRECHARGE], bank, one, timing)
        bank[b, CHOSEN] = bank[b, HEAD]
    if turned and control[of.SCHEDULER] == 2:
        for other in range(len(bank)):
            _kernel_choose(other, bank, one, links, requests, control)
    return (of.WRITE if is_write else of.READ) + closes


@njit(cache=True, nogil=True, error_model="numpy")
def _kernel_run(
    requests: Ints, n_initiators: int, timing: Ints, control: Ints, times: Ints, log: Ints, counts: Ints
) -> None:
    """Serve all requests; fills `times`, `counts` and as much of `log` as there is room for."""
    n = len(requests)
    n_groups = control[of.N_GROUPS]
    bank = np.full((control[of.N_BANKS], 9), -1, np.int64)
    bank[:, MAY_ACTIVATE : MAY_COLUMN + 1] = 0
    bank[:, QUEUED] = 0
    group = np.zeros((n_groups + 1, 3), np.int64)
    window = np.zeros(4, np.int64)
    links = np.full((n, 5), -1, np.int64)
    player = np.full((n_initiators, 6), -1, np.int64)
    player[:, ACTIVE] = 0
    one = np.zeros(18, np.int64)
    one[LAST_ACCEPTED] = -1
    one[DUE] = timing[of.REFI]
    for k in range(n - 1, -1, -1):
        i = requests[k, of.INITIATOR]
        links[k, IN_INITIATOR] = player[i, NEXT]
        player[i, NEXT] = player[i, IN_TURN] = k
    now, served, b, kind, at = 0, 0, -1, -1, 0
    next_accept, next_refresh, one[IS_STALE] = 0, 0, 1
    while served < n:
        if next_accept <= now:
            next_accept = _kernel_accept(now, bank, player, one, links, requests, control, times)
        if next_refresh <= now:
            next_refresh = _kernel_refresh(now, one, timing, control, counts)
            one[IS_STALE] |= one[IS_BLOCKED]
        if one[IS_STALE]:  # a command was issued, a bank works on another request, or a refresh begins
            b, one[IS_STALE] = -1, 0
            if one[IS_BLOCKED]:
                kind, at = _kernel_next_refresh(now, bank, one)
            else:
                b, kind, at = _kernel_next(now, bank, group, window, one, requests, times)
        if at > now:
            now = min(at, next_accept, next_refresh)
            continue
        one[IS_STALE] = 1
        k = bank[b, CHOSEN] if b >= 0 else -1
        row = requests[k, of.ROW] if b >= 0 else -1
        if kind == of.ACTIVATE:
            _kernel_activate(now, b, bank, group, window, one, timing, requests, counts)
            _kernel_choose(b, bank, one, links, requests, control)
        elif kind == of.PRECHARGE:
            _kernel_close(b, now, bank, one, timing)
            bank[b, CHOSEN] = bank[b, HEAD]
        elif b >= 0:
            kind = _kernel_serve(now, k, bank, group, player, one, links, requests, timing, control, times, counts)
            served += 1
            next_accept = 0
        else:
            _kernel_issue_refresh(now, kind, bank, one, timing, counts)
            next_refresh = 0
        if counts[of.N_LOGGED] < len(log):
            line = counts[of.N_LOGGED]
            log[line, of.AT], log[line, of.KIND], log[line, of.TO_BANK], log[line, of.OF_ROW] = now, kind, b, row
            counts[of.N_LOGGED] += 1
        now += 1
    end = times[:, of.RESPONDED].max()
    closed = end if one[N_OPEN] else min(one[CLOSED_AT], end)
    counts[of.ACTIVE_CLOCKS] += max(closed - one[ACTIVE_SINCE], 0)
