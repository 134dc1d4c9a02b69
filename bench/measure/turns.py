# SPDX-License-Identifier: BSD-3-Clause
#
# The two views of a stall: the longest turn that the server's own loop saw (INFO, CPU time of its thread; only
# aerie-server has it), and the longest wait of a client that sends one PING after the other, which the load on the
# other CPU blurs.
from .table import Result

LONGEST_TURN = "eventloop_turn_cpu_max_usec"


def watched(bench, server, act):
    """(longest turn in µs or None, longest wait of a PING in ms, what act() returned), while act() runs"""
    if server is bench.ours:
        server.call("CONFIG", "RESETSTAT")
    with bench.load.phase(server, "ping") as phase:
        outcome = act()
    turn = server.info().get(LONGEST_TURN)
    waits = phase.rest[-1].split()
    return None if turn is None else float(turn), int(waits[4]) / 1000, outcome


def results_of(name):
    """What takes the first two figures of watched()."""
    return [Result(f"{name}: longest turn", unit="µs", bar=1000, judged="ours", digits=0),
            Result(f"{name}: longest wait of a PING", unit="ms", digits=1)]
