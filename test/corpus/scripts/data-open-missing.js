// A file that is missing ends the script before it begins.
open("./data/nowhere.txt");

export default function () {}
