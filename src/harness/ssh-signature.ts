import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { Problem } from "../model/problem.js";

/** Keeps signatures for other purposes from being taken for a sign-off. */
const namespace = "loadline-signoff";
const limitMs = 60_000;

/** Signs a file with an SSH key: writes `FILE.sig`. @throws {Problem} `signoff.not-signed` */
export async function signWithSsh(path: string, key: string): Promise<string> {
  const { code, said } = await sshKeygen(["-Y", "sign", "-f", key, "-n", namespace, path]);
  if (code === 0) return `${path}.sig`;
  throw new Problem("signoff.not-signed", "ssh-keygen did not sign the statement.", {
    at: key,
    found: said,
    expected: "a private SSH key, or a public one whose private half an agent holds",
    hint: "Try by hand: ssh-keygen -Y sign -f KEY -n loadline-signoff FILE",
  });
}

export type SignatureCheck =
  | { readonly ok: true; readonly signer: string | undefined }
  | { readonly ok: false; readonly said: string };

/**
 * Checks `FILE.sig`.
 *
 * @param allowedSigners in ssh-keygen's format; without it only the mathematics is checked, and the signer stays unknown
 */
export async function checkSshSignature(path: string, allowedSigners: string | undefined): Promise<SignatureCheck> {
  const signature = `${path}.sig`;
  const input = readFileSync(path);
  if (allowedSigners === undefined) {
    const { code, said } = await sshKeygen(["-Y", "check-novalidate", "-n", namespace, "-s", signature], input);
    return code === 0 ? { ok: true, signer: undefined } : { ok: false, said };
  }
  const found = await sshKeygen(["-Y", "find-principals", "-s", signature, "-f", allowedSigners]);
  const signer = found.said.split("\n")[0]!.trim();
  if (found.code !== 0 || signer === "") return { ok: false, said: "the key is none of the allowed signers'" };
  const verify = ["-Y", "verify", "-f", allowedSigners, "-I", signer, "-n", namespace, "-s", signature];
  const { code, said } = await sshKeygen(verify, input);
  return code === 0 ? { ok: true, signer } : { ok: false, said };
}

function sshKeygen(words: readonly string[], input?: Uint8Array): Promise<{ code: number; said: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("ssh-keygen", [...words], {
      stdio: [input === undefined ? "inherit" : "pipe", "pipe", "pipe"],
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
    let said = "";
    const hear = (chunk: Buffer): void => {
      if (said.length < 10_000) said += chunk.toString("utf8");
    };
    child.stdout!.on("data", hear);
    child.stderr!.on("data", hear);
    child.on("error", (cause) => {
      clearTimeout(timer);
      const hint = "Install OpenSSH 8.2 or newer.";
      reject(
        new Problem("signoff.no-ssh-keygen", "ssh-keygen cannot be started.", { found: cause.message, hint, cause }),
      );
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 1, said: said.trim() });
    });
    // It may end before it has read everything; its exit code then says why.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}
