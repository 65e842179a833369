"""Ways out of a container, each tried once and reported with what came back.

`escaped` means that the attempt did what it wanted: a connection stood, a name was resolved, a page was served.
`answered` is weaker: some machine sent something back, if only a refusal, so packets do get out.
"""
import http.client
import json
import os
import random
import socket
import struct
import threading
import time

LIMIT = 1.5
PORTS = [22, 53, 80, 443, 2375, 2376, 5000, 8080, 8600]
PUBLIC_NAME = 'example.com'
SOCKETS = ['/var/run/docker.sock', '/run/podman/podman.sock', '/run/containerd/containerd.sock']
ANSWERS = {0: 'NOERROR', 2: 'SERVFAIL', 3: 'NXDOMAIN', 5: 'REFUSED'}


def run(targets, ports):
    """All attempts at once; a report of `attempts`, `facts` and a `summary`."""
    attempts = [attempt_at(target) for target in targets] + always(ports)
    results = [None] * len(attempts)
    threads = [threading.Thread(target=carry_out, args=(results, i, *one), daemon=True) for i, one in enumerate(attempts)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + LIMIT + 0.3
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    done = [result or verdict(False, False, f'nothing within {LIMIT} s') for result in results]
    report = [{'attempt': name, **result} for (name, _, _), result in zip(attempts, done)]
    return {'attempts': report, 'facts': facts(), 'summary': summary(report)}


def attempt_at(target):
    """(name, function, arguments) of a target `{"name", "kind", "host", "port"}`."""
    kind, host, port = target['kind'], target['host'], int(target['port'])
    if kind not in KINDS:
        raise ValueError(f'unknown kind {kind!r} of target {target["name"]!r}; known are {", ".join(KINDS)}')
    return target['name'], KINDS[kind], (host, port)


def always(ports):
    gateways = sorted(default_gateways() | first_addresses())
    servers = nameservers() | {'127.0.0.11'}
    return [
        *((f'gateway tcp {host}:{port}', tcp, (host, port)) for host in gateways for port in ports),
        *((f'gateway dns {host}:53', udp_dns, (host, 53)) for host in gateways),
        ('metadata http 169.254.169.254:80', page, ('169.254.169.254', 80)),
        ('resolve ' + PUBLIC_NAME, resolve, (PUBLIC_NAME,)),
        *((f'nameserver dns {host}:53', udp_dns, (host, 53)) for host in sorted(servers)),
        *((f'link-local tcp [{host}]:{port}', tcp, (host, port)) for host in link_local_neighbours() for port in ports),
        *((f'socket {path}', unix, (path,)) for path in SOCKETS),
    ]


def carry_out(results, index, _name, function, arguments):
    try:
        results[index] = function(*arguments)
    except (ConnectionRefusedError, ConnectionResetError) as error:
        # A refusal on loopback is the container's own.
        results[index] = verdict(False, not str(arguments[0]).startswith('127.'), error)
    except (OSError, http.client.HTTPException) as error:
        results[index] = verdict(False, False, error)


def verdict(escaped, answered, detail):
    text = f'{type(detail).__name__}: {detail}' if isinstance(detail, Exception) else str(detail)
    return {'escaped': escaped, 'answered': answered, 'detail': text}


def tcp(host, port):
    with socket.create_connection((host, port), LIMIT) as connection:
        return verdict(True, True, f'connected from {connection.getsockname()[0]}')


def page(host, port):
    connection = http.client.HTTPConnection(host, port, timeout=LIMIT)
    connection.request('GET', '/')
    response = connection.getresponse()
    return verdict(True, True, f'HTTP {response.status} {response.read(200)!r}')


def resolve(name):
    addresses = {info[4][0] for info in socket.getaddrinfo(name, 80)}
    return verdict(True, True, f'resolved to {", ".join(sorted(addresses))}')


def udp_dns(host, port):
    """An answer that a name exists or does not means that somebody asked the world; SERVFAIL only that somebody answered."""
    number = random.randrange(65536)
    labels = b''.join(bytes([len(part)]) + part.encode() for part in PUBLIC_NAME.split('.'))
    query = struct.pack('>HHHHHH', number, 0x0100, 1, 0, 0, 0) + labels + b'\0' + struct.pack('>HH', 1, 1)
    family = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)[0][0]
    with socket.socket(family, socket.SOCK_DGRAM) as channel:
        channel.settimeout(LIMIT)
        channel.connect((host, port))
        channel.send(query)
        code = channel.recv(512)[3] & 15
    return verdict(code in (0, 3), True, f'answer {ANSWERS.get(code, code)}')


def unix(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(LIMIT)
        connection.connect(path)
        return verdict(True, True, 'connected')


def link_local_neighbours():
    """Other machines on each interface, as `fe80::1%eth0`: those that answer a ping to all nodes, and those ARP knows of."""
    found = set()
    wait_for_ipv6()
    for index, name in ipv6_interfaces():
        guessed = {link_local_address(mac) for mac in hardware_addresses(name)}
        found |= {f'{host}%{name}' for host in (ping_all_nodes(index) | guessed) - own_ipv6_addresses()}
    return sorted(found)


def wait_for_ipv6():
    """A fresh interface may use its address only after some two seconds of asking whether another has it."""
    deadline = time.monotonic() + 3
    wanted = {name for _, name in socket.if_nameindex() if name != 'lo' and speaks_ipv6(name)}
    while wanted - {name for _, name in ipv6_interfaces()} and time.monotonic() < deadline:
        time.sleep(0.1)


def speaks_ipv6(name):
    return lines(f'/proc/sys/net/ipv6/conf/{name}/disable_ipv6') == ['0']


def ping_all_nodes(index):
    found = set()
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6) as channel:
            channel.settimeout(0.3)
            channel.sendto(struct.pack('>BBHHH', 128, 0, 0, 1, 1), ('ff02::1', 0, 0, index))
            while True:
                found.add(channel.recvfrom(64)[1][0].split('%')[0])
    except OSError:
        # The end of the answers, or an engine that allows no ping.
        return found


def link_local_address(mac):
    parts = [int(part, 16) for part in mac.split(':')]
    packed = bytes([0xFE, 0x80] + [0] * 6 + [parts[0] ^ 2, *parts[1:3], 0xFF, 0xFE, *parts[3:]])
    return socket.inet_ntop(socket.AF_INET6, packed)


def lines(path):
    try:
        with open(path) as file:
            return file.read().splitlines()
    except OSError:
        return []


def routes():
    return [line.split() for line in lines('/proc/net/route')[1:]]


def address(little_endian_hex, offset=0):
    number = struct.unpack('<I', bytes.fromhex(little_endian_hex))[0]
    return socket.inet_ntoa(struct.pack('>I', number + offset))


def default_gateways():
    return {address(route[2]) for route in routes() if route[2] != '00000000'}


def first_addresses():
    """Where an engine puts the host on a bridge: the first address of each network this container is on."""
    return {address(route[1], 1) for route in routes() if route[1] != '00000000' and route[2] == '00000000'}


def nameservers():
    return {line.split()[1] for line in lines('/etc/resolv.conf') if line.startswith('nameserver ')}


def hardware_addresses(name):
    entries = [line.split() for line in lines('/proc/net/arp')[1:]]
    return {entry[3] for entry in entries if entry[5] == name and entry[3] != '00:00:00:00:00:00'}


def ipv6_entries():
    return [line.split() for line in lines('/proc/net/if_inet6')]


def ipv6_interfaces():
    """(index, name) of the interfaces with a link-local address that is no longer tentative."""
    link, tentative = '20', 0x40
    usable = [entry for entry in ipv6_entries() if entry[3] == link and not int(entry[4], 16) & tentative]
    return sorted({(int(entry[1], 16), entry[5]) for entry in usable})


def own_ipv6_addresses():
    return {socket.inet_ntop(socket.AF_INET6, bytes.fromhex(entry[0])) for entry in ipv6_entries()}


def facts():
    """What the container was left with, for a test of least privilege."""
    wanted = ('CapEff', 'CapBnd', 'NoNewPrivs', 'Seccomp', 'Uid')
    status = dict(line.split(':', 1) for line in lines('/proc/self/status') if line.split(':')[0] in wanted)
    return {**{name: value.strip() for name, value in status.items()}, 'interfaces': [name for _, name in socket.if_nameindex()]}


def summary(report):
    escaped, answered = ([one['attempt'] for one in report if one[key]] for key in ('escaped', 'answered'))
    return {'attempts': len(report), 'escaped': escaped, 'answered': answered}


def print_report(report):
    for one in report['attempts']:
        print(json.dumps(one))
    print(json.dumps({'facts': report['facts']}))
    print(json.dumps({'summary': report['summary']}), flush=True)


KINDS = {'tcp': tcp, 'udp-dns': udp_dns, 'http': page}
