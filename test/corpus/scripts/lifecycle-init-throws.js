// An exception at the top of the script ends the run.
if (__ENV.URL !== "") throw new Error("bad start");

export default function () {}
