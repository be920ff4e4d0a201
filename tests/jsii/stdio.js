// The kernel talks on descriptor 3, here on standard input and output; what it prints goes to Python in jsii's envelope.
const fs = require('fs');

const { readSync, writeSync } = fs;
fs.readSync = (descriptor, ...rest) => readSync(descriptor === 3 ? 0 : descriptor, ...rest);
fs.writeSync = (descriptor, ...rest) => writeSync(descriptor === 3 ? 1 : descriptor, ...rest);

for (const stream of ['stdout', 'stderr']) {
  process[stream].write = (text) => {
    writeSync(2, `${JSON.stringify({ [stream]: Buffer.from(text).toString('base64') })}\n`);
    return true;
  };
}
