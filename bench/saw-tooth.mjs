// Memory like a saw, under Node's own collector with a small heap: rubbish all the time, and so many MB an hour kept for good.
const leakBytesPerMs = (Number(process.argv[2]) * 1e6) / 3_600_000;
const chunkBytes = 16_384;
const kept = [];
const startMs = performance.now();
process.stdout.write('{"event":"listening","url":"http://127.0.0.1:1"}\n');

let recent = [];
setInterval(() => {
  const owedBytes = (performance.now() - startMs) * leakBytesPerMs;
  while ((kept.length + 1) * chunkBytes <= owedBytes) kept.push(Buffer.allocUnsafeSlow(chunkBytes).fill(0xa5));
  // Survives its youth, so that only a full collection takes it away.
  for (let i = 0; i < 400; i += 1) recent.push({ id: i, text: `${performance.now()}`.repeat(4) });
  if (recent.length > 100_000) recent = [];
}, 50);
