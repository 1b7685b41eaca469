"""The line between a gate and a server: it passes every byte, and can be cut where one of the words
goes by."""
import contextlib
import socket
import threading


class Line:
    """`request_word` is cut off before the server sees it, `answer_word` after it has passed."""

    def __init__(self, server_port, request_word, answer_word):
        self._server_port = server_port
        self._request_word, self._answer_word = request_word, answer_word
        self.cuts = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                gate = self._listener.accept()[0]
                server = socket.create_connection(("127.0.0.1", self._server_port))
                ends = (gate, server)
                for source, sink, word, passes in ((gate, server, self._request_word, False),
                                                   (server, gate, self._answer_word, True)):
                    threading.Thread(target=self._pass, args=(source, sink, word, passes, ends),
                                     daemon=True).start()

    def _pass(self, source, sink, word, passes, ends):
        """The end of one direction is the end of both."""
        before = b""  # a word may come in two pieces
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                place = (before + piece).find(word) if self.cuts else -1
                if place >= 0:
                    if passes:
                        sink.sendall((before + piece)[len(before):place + len(word)])
                    break
                sink.sendall(piece)
                before = (before + piece)[-len(word) + 1:]
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
