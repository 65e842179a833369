"""What a container finds on its disk: paths, sizes and SHA-256 sums."""
import hashlib
import os
import stat
from pathlib import Path


def files(folder):
    """Every file below a folder, sorted by path; a named pipe is read to its end."""
    paths = sorted(path for path in Path(folder).rglob('*') if not path.is_dir())
    return [{'path': str(path.relative_to(folder)), **describe(path)} for path in paths]


def describe(path):
    kind = 'pipe' if stat.S_ISFIFO(path.stat().st_mode) else 'file'
    size, digest = 0, hashlib.sha256()
    with path.open('rb') as content:
        while chunk := content.read(1 << 20):
            size += len(chunk)
            digest.update(chunk)
    return {'kind': kind, 'size': size, 'sha256': digest.hexdigest()}


def writable(folder):
    probe = Path(folder) / '.probe'
    try:
        probe.touch()
        os.unlink(probe)
        return True
    except OSError:
        return False
