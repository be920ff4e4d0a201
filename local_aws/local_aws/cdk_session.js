// Runs commands of the CDK CLI one after the other in one process, since its start takes most of a short command.
//
//     node cdk_session.js <file descriptor> <program>
//
// Each line of the file descriptor is a command, as JSON. After the output of a command comes the mark below with its
// exit code. A command that ends the process itself ends it with its exit code, as it does in a process of its own.

"use strict";

const fs = require("node:fs");

const END = "\x1eend of command ";
const LINE_FEED = 10;

const [commands, program] = [Number(process.argv[2]), process.argv[3]];

// The CLI asks for the state of a change set and of a stack every 5 s, and for new events every 2 s. Here the
// pauses are shorter, and twice as long after the first ten of a command.
const PAUSES = new Map([
  [2000, 400],
  [5000, 500],
]);
const SHORT_PAUSES = 10;
let pauses = 0;

function pause(delay) {
  const short = PAUSES.get(delay);
  if (short === undefined) {
    return delay;
  }
  pauses += 1;
  return pauses > SHORT_PAUSES ? 2 * short : short;
}

const realSetTimeout = globalThis.setTimeout;
globalThis.setTimeout = Object.assign(
  (callback, delay, ...rest) => realSetTimeout(callback, pause(delay), ...rest),
  realSetTimeout,
);

// The CLI connects anew for each call of an API, which takes longer than most calls.
Object.defineProperty(require("node:http").Agent.prototype, "keepAlive", { get: () => true, set: () => {} });

function readLine() {
  const bytes = [];
  const one = Buffer.alloc(1);
  while (fs.readSync(commands, one, 0, 1, null) === 1) {
    if (one[0] === LINE_FEED) {
      return Buffer.from(bytes).toString();
    }
    bytes.push(one[0]);
  }
  return null;
}

function begin() {
  const line = readLine();
  if (line === null) {
    process.exit(0);
  }
  const command = JSON.parse(line);
  for (const name of Object.keys(process.env)) {
    delete process.env[name];
  }
  Object.assign(process.env, command.environment);
  process.chdir(command.cwd);
  process.exitCode = undefined;
  pauses = 0;
  process.argv = [process.execPath, program, ...command.arguments];
  // The program runs when it is loaded, and loads the modules that it needs no second time.
  delete require.cache[require.resolve(program)];
  require(program);
}

// Emitted when nothing is left to do: then a process of its own would end.
process.on("beforeExit", () => {
  fs.writeSync(1, `${END}${process.exitCode ?? 0}\n`);
  begin();
});

begin();
