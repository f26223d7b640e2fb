"""One HTTP/2 connection whose frames are under the test's control, by hyper's h2."""
import socket
import ssl
from urllib.parse import urlsplit

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings


class Answer:
    def __init__(self):
        self.status, self.headers, self.body, self.ended, self.reset = None, {}, b"", False, None


class Http2:
    """`window`: what each stream may be sent ahead. Without `reads` nothing is given back."""

    def __init__(self, url, window=65535, ca=None, reads=True):
        self.url, self.reads = urlsplit(url), reads
        self.socket = socket.create_connection((self.url.hostname, self.url.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.url.scheme == "https":
            context = ssl.create_default_context(cafile=ca)
            context.set_alpn_protocols(["h2"])
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        code = h2.settings.SettingCodes.INITIAL_WINDOW_SIZE
        self.connection.local_settings = h2.settings.Settings(client=True, initial_values={code: window})
        self.connection.initiate_connection()
        self.answers, self.goodbye = {}, None
        self.flush()

    def flush(self):
        self.socket.sendall(self.connection.data_to_send())

    def ask(self, method, path, body=None, headers=(), ends=True):
        """The stream's number; of its body as much is sent as the windows allow, the rest when they open."""
        stream = self.connection.get_next_available_stream_id()
        self.answers[stream] = Answer()
        fields = [(":method", method), (":scheme", self.url.scheme), (":authority", self.url.netloc), (":path", path)]
        self.connection.send_headers(stream, fields + list(headers), end_stream=body is None)
        self.flush()
        if body is not None:
            self.send(stream, body, ends)
        return stream

    def send(self, stream, data, ends=False):
        data = memoryview(data)
        while len(data) and not self.answers[stream].ended:
            size = min(len(data), self.connection.local_flow_control_window(stream),
                       self.connection.max_outbound_frame_size)
            if size == 0:
                self.flush()
                assert self.read(), "the connection has ended"
                continue
            self.connection.send_data(stream, data[:size].tobytes())
            data = data[size:]
        if ends and not self.answers[stream].ended:
            self.connection.end_stream(stream)
        self.flush()

    def read(self):
        """What has come; False at the end."""
        came = self.socket.recv(1 << 16)
        if not came:
            return False
        for event in self.connection.receive_data(came):
            answer = self.answers.get(getattr(event, "stream_id", None))
            if isinstance(event, h2.events.ResponseReceived):
                fields = {name.decode(): value.decode() for name, value in event.headers}
                answer.status, answer.headers = int(fields[":status"]), fields
            elif isinstance(event, h2.events.DataReceived):
                answer.body += event.data
                if self.reads:
                    self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, h2.events.StreamEnded):
                answer.ended = True
            elif isinstance(event, h2.events.StreamReset):
                answer.ended, answer.reset = True, event.error_code
            elif isinstance(event, h2.events.ConnectionTerminated):
                self.goodbye = event.error_code
        self.flush()
        return True

    def until(self, condition):
        while not condition():
            if not self.read():
                assert condition(), "the connection has ended"
        return True

    def answer(self, stream):
        self.until(lambda: self.answers[stream].ended)
        return self.answers[stream]

    def frames_to_the_end(self):
        """(type, flags, stream, payload) of all that still comes: h2 itself takes nothing behind a GOAWAY."""
        came = b""
        while more := self.socket.recv(1 << 16):
            came += more
        while came:
            size, kind, flags, stream = int.from_bytes(came[:3]), came[3], came[4], int.from_bytes(came[5:9])
            yield kind, flags, stream, came[9:9 + size]
            came = came[9 + size:]

    def close(self):
        self.socket.close()
