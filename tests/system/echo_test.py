#!/usr/bin/python3
"""Echoes of operators to a peer that takes connections and says nothing: one at a time, and no stop waits for them."""
import socket
import threading
import time

import bridge

STOP_WITHIN_S = 10


def silent():
    listener = socket.create_server(("127.0.0.1", 0), backlog=16)
    return listener, listener.getsockname()[1]


def connections_to(port):
    """Established ones of this machine, as the listening side sees them."""
    wanted = "0100007F:%04X" % port
    return sum(line.split()[1] == wanted and line.split()[3] == "01" for line in open("/proc/net/tcp").readlines()[1:])


def a_stop_cuts_an_echo_short_and_the_others_were_told():
    listener, port = silent()
    toml = bridge.dicom_destination("d", port, extra='timeout = "60s"')
    with bridge.Bridge(toml, delivery={"connect_timeout": "60s"}) as broker:
        said = {}

        def ask(name):
            said[name] = broker.cli("destination", "echo", "d", ok=(1,)).stderr

        first = threading.Thread(target=ask, args=("first",))
        first.start()
        bridge.until("the first echo to connect", lambda: connections_to(port) == 1)
        others = [threading.Thread(target=ask, args=(n,)) for n in range(3)]
        for each in others:
            each.start()
        for each in others:
            each.join(20)
            assert not each.is_alive(), "an echo waited for another one"
        for n in range(3):
            assert "asking this destination already" in said[n] and "(409)" in said[n], said[n]
        assert connections_to(port) == 1, "each echo connected"
        began = time.monotonic()
        assert broker.stop(30) == 0, broker.tail()
        took = time.monotonic() - began
        assert took < STOP_WITHIN_S, "stopped after %.1f s" % took
        first.join(20)
        assert "the broker is stopping" in said["first"], said["first"]
        answers = broker.rows("SELECT COUNT(*) FROM history WHERE event LIKE 'echo%'")
        assert answers == [(0,)], answers
    listener.close()
    return "stopped after %.1f s" % took


for test in (a_stop_cuts_an_echo_short_and_the_others_were_told,):
    print("%s: %s" % (test.__name__, test()), flush=True)
