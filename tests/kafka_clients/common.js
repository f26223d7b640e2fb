// What the programs for Node.js have in common: PROGRAM ADDRESS (round-trip | groups | transactions | admin).
'use strict';
const assert = require('assert');

const START = Date.now() - 3600000; // not so old that retention removes it meanwhile

module.exports = {
  CODECS: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
  COUNT: 300,
  START,
  key: (i) => (i % 7 === 0 ? null : `k${i}`),
  value: (i) => (i % 7 && i % 11 === 0 ? null : `value ${i} `.repeat((i % 50) + 1)),
  numbers: (from, to) => Array.from({ length: to - from }, (_, n) => from + n),
  text: (part) => (part === null ? null : part.toString()),

  async until(what, holds) {
    const end = Date.now() + 40000;
    while (!(await holds())) {
      assert(Date.now() < end, `not in 40 s: ${what}`);
      await new Promise((done) => setTimeout(done, 100));
    }
  },

  async connected(client, work) {
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.disconnect();
    }
  },

  // A group with four partitions: the first member has them all, with the second each has two, then the first goes.
  // All that is sent meanwhile, sorted. member(given) is {owned(), go()}, send(i) of one number to partition i % 4.
  async comeAndGo(member, send) {
    const given = [];
    const round = async (from, to) => {
      await Promise.all(module.exports.numbers(from, to).map(send));
      await module.exports.until(`${to} are read`, () => given.length >= to);
    };
    const first = await member(given);
    await module.exports.until('one has four', () => first.owned() === 4);
    await round(0, 100);
    const second = await member(given);
    await module.exports.until('each has two', () => first.owned() === 2 && second.owned() === 2);
    await round(100, 200);
    await first.go();
    await module.exports.until('the other has four', () => second.owned() === 4);
    await round(200, 300);
    await second.go();
    return given.sort((a, b) => a - b);
  },

  main(clientOf, actions) {
    const [address, action] = process.argv.slice(2);
    actions[action](clientOf(address), address).then(() => process.exit(0), (error) => {
      console.error(error);
      process.exit(1);
    });
  },
};
