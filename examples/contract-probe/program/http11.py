"""A small, fast HTTP/1.1 server: keep-alive, pipelining, Content-Length and chunked bodies, on asyncio protocols."""
import asyncio

REASONS = {
    200: 'OK', 400: 'Bad Request', 404: 'Not Found', 409: 'Conflict', 411: 'Length Required', 500: 'Internal Server Error',
    507: 'Insufficient Storage',
}


class Request:
    __slots__ = ('method', 'path', 'headers', 'body')

    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body


def response(status, body=b'', content_type='text/plain', headers=()):
    extra = ''.join(f'{name}: {value}\r\n' for name, value in headers)
    head = f'HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{extra}\r\n'
    return head.encode('latin-1') + body


class Connection(asyncio.Protocol):
    """One client. `answer(request, send)` gets each request in turn and calls `send(bytes, done=True)` now or later."""

    def __init__(self, answer):
        self.answer, self.buffer, self.busy, self.transport = answer, bytearray(), False, None
        self.head, self.parts, self.need, self.close = None, None, 0, False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        if not self.busy:
            self.advance()

    def advance(self):
        """Answers what the buffer holds, until it holds no whole request or an answer is still due."""
        while not self.busy and len(self.buffer) >= self.need and (request := self.take()):
            self.busy = True
            self.answer(request, self.send)

    def send(self, data, done=True):
        if self.transport.is_closing():
            return
        self.transport.write(data)
        if done:
            self.finish()

    def finish(self):
        if self.close:
            self.transport.close()
        self.busy = False
        # Called from within advance for an answer given at once; the loop there goes on by itself.
        if self.buffer:
            asyncio.get_running_loop().call_soon(self.resume)

    def resume(self):
        if not self.busy:
            self.advance()

    def take(self):
        """The next whole request, or None."""
        if self.head is None and not self.read_head():
            return None
        method, path, headers = self.head
        body = self.take_chunks() if self.parts is not None else self.take_bytes()
        if body is None:
            return None
        self.head, self.parts, self.need = None, None, 0
        return Request(method, path, headers, body)

    def take_bytes(self):
        if len(self.buffer) < self.need:
            return None
        body = bytes(memoryview(self.buffer)[: self.need])
        del self.buffer[: self.need]
        return body

    def take_chunks(self):
        """Moves whole chunks out of the buffer; the body once the last one, of size 0, is there."""
        position, ended = 0, False
        while not ended and (line := self.buffer.find(b'\r\n', position)) >= 0:
            size = int(bytes(self.buffer[position:line]).split(b';')[0], 16)
            end = line + 2 + size + 2
            if len(self.buffer) < end:
                break
            self.parts.append(bytes(memoryview(self.buffer)[line + 2 : end - 2]))
            position, ended = end, size == 0
        del self.buffer[:position]
        return b''.join(self.parts) if ended else None

    def read_head(self):
        stop = self.buffer.find(b'\r\n\r\n')
        if stop < 0:
            return False
        first, *rest = self.buffer[:stop].decode('latin-1').split('\r\n')
        method, path, version = first.split(' ')
        headers = {}
        for line in rest:
            name, _, value = line.partition(':')
            headers[name.lower()] = value.strip()
        self.close = headers.get('connection', '').lower() == 'close' or version == 'HTTP/1.0'
        if headers.get('expect', '').lower() == '100-continue':
            self.transport.write(b'HTTP/1.1 100 Continue\r\n\r\n')
        self.head = method, path, headers
        self.parts = [] if headers.get('transfer-encoding', '').lower() == 'chunked' else None
        self.need = 0 if self.parts is not None else int(headers.get('content-length', 0))
        del self.buffer[: stop + 4]
        return True


async def serve(answer, port, host='0.0.0.0'):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answer), host, port, backlog=1024)
    await server.serve_forever()
