"""Memory like a saw: fills up 40 MB in ten seconds, lets go of it, and keeps so many MB an hour for good."""
import sys
import time

LEAK_BYTES_PER_SECOND = float(sys.argv[1]) * 1e6 / 3600
TOOTH_SECONDS = 10
TOOTH_BYTES = 40_000_000
LEAK_CHUNK = 65_536

print('{"event":"listening","url":"http://127.0.0.1:1"}', flush=True)
start = time.monotonic()
tooth, kept = [], []
while True:
    passed = time.monotonic() - start
    while (len(kept) + 1) * LEAK_CHUNK <= passed * LEAK_BYTES_PER_SECOND:
        kept.append(bytearray(b"\xa5") * LEAK_CHUNK)
    wanted = passed % TOOTH_SECONDS / TOOTH_SECONDS * TOOTH_BYTES
    if wanted < len(tooth) * 262_144 - 1_000_000:
        tooth.clear()
    while (len(tooth) + 1) * 262_144 <= wanted:
        tooth.append(bytearray(b"\xa5") * 262_144)
    time.sleep(0.05)
