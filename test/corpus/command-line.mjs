// node command-line.mjs MAIN MARK: runs the command line for each message { argv, cwd, env }, and answers { code }.
const [, , path, mark] = process.argv;
const { main } = await import(path);

process.on("message", async ({ argv, cwd, env }) => {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  const code = await main([process.execPath, "loadline", ...argv]);
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write(mark, done))));
  process.send({ code });
});
