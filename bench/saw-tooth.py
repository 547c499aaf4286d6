"""Memory like a saw: fills up 40 MB in ten seconds, lets go of it, and keeps so many MB an hour for good."""
import mmap
import sys
import time

LEAK_BYTES_PER_SECOND = float(sys.argv[1]) * 1e6 / 3600
TOOTH_SECONDS = 10
TOOTH_BYTES = 40_000_000
CHUNK = 65_536


def touched():
    # Mapped and not from malloc, whose fragments would grow by more than what is kept.
    chunk = mmap.mmap(-1, CHUNK)
    chunk.write(b"\xa5" * CHUNK)
    return chunk


print('{"event":"listening","url":"http://127.0.0.1:1"}', flush=True)
start = time.monotonic()
tooth, kept = [], []
while True:
    passed = time.monotonic() - start
    while (len(kept) + 1) * CHUNK <= passed * LEAK_BYTES_PER_SECOND:
        kept.append(touched())
    wanted = passed % TOOTH_SECONDS / TOOTH_SECONDS * TOOTH_BYTES
    if wanted < len(tooth) * CHUNK - 1_000_000:
        for chunk in tooth:
            chunk.close()
        tooth.clear()
    while (len(tooth) + 1) * CHUNK <= wanted:
        tooth.append(touched())
    time.sleep(0.05)
