// A rejection in an async function is logged like an exception.
export const options = { iterations: 2 };

export default async function () {
  await Promise.resolve();
  throw new Error("went wrong later");
}
