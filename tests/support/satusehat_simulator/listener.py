"""The listening socket and a thread per connection, plain or TLS; can go down and come up again on the same port."""
import socket
import ssl
import threading


class Listener:
    """Any thread. `serve(socket, peer)` is called in a thread of each connection's own, and closes the socket."""

    def __init__(self, bind, port, serve, certificate_file=None, key_file=None):
        self.bind, self.port, self.serve, self.tls = bind, port, serve, None
        if certificate_file:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.minimum_version = ssl.TLSVersion.TLSv1_2
            self.tls.load_cert_chain(certificate_file, key_file)
        self.lock = threading.Lock()
        # Under `lock`:
        self.socket, self.acceptor = None, None
        # Thread -> its socket; each thread has its own entry, and the acceptor is over when all are looked at.
        self.open = {}

    def come_up(self):
        with self.lock:
            if self.socket:
                return
            family = socket.AF_INET6 if ":" in self.bind else socket.AF_INET
            self.socket = socket.create_server((self.bind, self.port), family=family, backlog=128)
            self.port = self.socket.getsockname()[1]
            self.acceptor = threading.Thread(target=self.accept, args=(self.socket,), name="accept", daemon=True)
            self.acceptor.start()

    def go_down(self):
        """Refuses connections from now on, and ends those that there are, without an answer."""
        with self.lock:
            listening, self.socket = self.socket, None
            if listening:
                listening.shutdown(socket.SHUT_RDWR)  # wakes the acceptor
                self.acceptor.join()
                listening.close()
            connections = dict(self.open)
        for each in connections.values():
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in connections:
            thread.join(10)

    def accept(self, listening):
        while True:
            try:
                connection, peer = listening.accept()
            except OSError:
                if self.socket is not listening:
                    return
                threading.Event().wait(0.05)  # out of file descriptors, which others give back
                continue
            thread = threading.Thread(target=self.run, args=(connection, peer), name="connection", daemon=True)
            self.open[thread] = connection
            thread.start()

    def run(self, connection, peer):
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                connection.settimeout(10)
                connection = self.tls.wrap_socket(connection, server_side=True)
                self.open[threading.current_thread()] = connection
            self.serve(connection, peer)
        except OSError:
            connection.close()
        finally:
            self.open.pop(threading.current_thread(), None)
