"""The network between clients and server: one address that outlives restarts, and ways to fail."""
import asyncio
import socket
import struct
import threading
import time


class Proxy:
    """Runs in a thread of its own. Connections that are cut end with a reset, as when a machine vanishes."""

    def __init__(self):
        self.upstream, self.mute_until, self.stall_until = None, 0.0, 0.0
        self.connections = set()
        listener = socket.create_server(("127.0.0.1", 0))
        self.address = "%s:%d" % listener.getsockname()
        self.loop = asyncio.new_event_loop()
        self.loop.create_task(asyncio.start_server(self._serve, sock=listener))
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    def cut(self, chance, share=1.0):
        """Resets that share of the connections."""
        def reset():
            for writers in list(self.connections):
                if chance.random() < share:
                    self._reset(writers)
        self.loop.call_soon_threadsafe(reset)

    def mute(self, seconds):
        """Requests arrive, answers do not; what was answered meanwhile is lost with its connection."""
        self.mute_until = time.monotonic() + seconds

    def stall(self, seconds):
        """Nothing moves, nothing is lost."""
        self.stall_until = time.monotonic() + seconds

    def _reset(self, writers):
        for writer in writers:
            if not writer.is_closing():
                sock = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                writer.transport.abort()

    async def _serve(self, client_reader, client_writer):
        writers = (client_writer,)
        try:
            host, port = self.upstream.rsplit(":", 1)
            server_reader, server_writer = await asyncio.open_connection(host, int(port))
            writers = (client_writer, server_writer)
            self.connections.add(writers)
            pumps = [asyncio.create_task(self._pump(client_reader, server_writer, False)),
                     asyncio.create_task(self._pump(server_reader, client_writer, True))]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
        except (OSError, AttributeError):  # no server now
            pass
        finally:
            self.connections.discard(writers)
            for writer in writers:
                writer.close()

    async def _pump(self, reader, writer, answers):
        try:
            while data := await reader.read(65536):
                while (wait := self.stall_until - time.monotonic()) > 0:
                    await asyncio.sleep(wait)
                if answers and (wait := self.mute_until - time.monotonic()) > 0:
                    await asyncio.sleep(wait)
                    return
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
