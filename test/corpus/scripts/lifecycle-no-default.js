// A script without a function to run is refused.
export const options = { iterations: 1 };

export function other() {}
