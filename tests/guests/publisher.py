# SPDX-License-Identifier: GPL-2.0-or-later
"""A publisher of disk images on loopback, honest and otherwise: files with ranges and ETags, and servers that cut, lie,
send in circles."""
import hashlib
import http.server
import os
import ssl
import subprocess
import threading


class Publisher:
    """Serves self.files (name: bytes). Behaviours are looked up by the first folder of the path: see Handler."""

    def __init__(self, certificate=None):
        """By https with the file of a certificate and its key."""
        self.files = {}
        self.log = []  # (path, Range header)
        self.cuts = {}  # name: how many more times the connection ends in the middle
        self.go = threading.Event()  # 'stall' sends half, then waits for it
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *unused):
                pass

            def do_GET(self):
                outer.answer(self)

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.base = f'http://127.0.0.1:{self.server.server_port}'
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.base = self.base.replace('http:', 'https:')
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def url(self, name, behaviour='plain'):
        return f'{self.base}/{behaviour}/{name}'

    def sums(self, name, sha='sha512'):
        """The line of a list of checksums."""
        return f'{hashlib.new(sha, self.files[name]).hexdigest()}  {name}\n'

    def ranges(self, name):
        return [asked for path, asked in self.log if path.endswith('/' + name)]

    def answer(self, request):
        # To a proxy the whole address is said.
        path = request.path.removeprefix('http://images.invalid')
        behaviour, _, name = path.lstrip('/').partition('/')
        asked = request.headers.get('Range')
        self.log.append((request.path, asked))
        if behaviour == 'loop':
            return self.redirect(request, self.url(name, 'loop'))
        if behaviour == 'to':  # the address that stands in files['to'], with the name behind it
            return self.redirect(request, f'{self.files["to"]}/{name}')
        if behaviour == 'away':
            return self.redirect(request, 'file:///etc/passwd')
        if behaviour == 'once':
            return self.redirect(request, self.url(name))
        if name not in self.files:
            return request.send_error(404)
        return self.send(request, behaviour, name, asked)

    @staticmethod
    def redirect(request, where):
        request.send_response(302)
        request.send_header('Location', where)
        request.send_header('Content-Length', '0')
        request.end_headers()

    def send(self, request, behaviour, name, asked):
        data = self.files[name]
        tag = '"' + hashlib.sha256(data).hexdigest()[:16] + '"'
        start = 0
        fresh = request.headers.get('If-Range', tag) == tag
        if asked and fresh and behaviour != 'norange':
            start = int(asked.removeprefix('bytes=').rstrip('-'))
        request.send_response(206 if start else 200)
        if start:
            request.send_header('Content-Range', f'bytes {start}-{len(data) - 1}/{len(data)}')
        request.send_header('ETag', tag)
        claimed = len(data) - start
        if behaviour == 'huge':
            claimed = 1 << 50
        elif behaviour == 'short':
            claimed //= 2
        if behaviour != 'endless':
            request.send_header('Content-Length', str(claimed))
        request.send_header('Connection', 'close')
        request.end_headers()
        body = data[start:]
        if self.cuts.get(name, 0) > 0:
            self.cuts[name] -= 1
            body = body[:len(body) // 2]
        try:
            if behaviour == 'stall':
                request.wfile.write(body[:len(body) // 2])
                request.wfile.flush()
                self.go.wait(60)
                body = body[len(body) // 2:]
            request.wfile.write(body[:claimed])
            request.wfile.flush()
        except OSError:
            pass
        request.close_connection = True


def pattern(size, seed=1):
    """Bytes that do not pack well, the same each time."""
    block = b''.join(hashlib.sha512(f'{seed}-{i}'.encode()).digest() for i in range(1024))
    return (block * (size // len(block) + 1))[:size]


def qemu_img(*arguments):
    subprocess.run(['qemu-img', *arguments], check=True, stdout=subprocess.DEVNULL)


def make_image(folder, format_, size=8 << 20, seed=1, *options):
    """A disk image whose guest sees pattern(size); its path."""
    raw = os.path.join(folder, f'{seed}.raw')
    with open(raw, 'wb') as file:
        file.write(pattern(size, seed))
    if format_ == 'raw':
        return raw
    path = os.path.join(folder, f'{seed}.{format_}')
    qemu_img('convert', '-f', 'raw', '-O', format_, *options, raw, path)
    return path
